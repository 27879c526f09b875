/**
 * The receiving end of a streamed install: reads the frames of one source and hands them on as they come.
 *
 * Non-goals: whether what comes fits together, and where it goes; that is `install/streamed_tree.ts`.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import { LanspreadError } from "../base/errors.ts";
import type { RateLimiter } from "../base/rate_limit.ts";
import type { StreamedTree } from "../install/streamed_tree.ts";
import { FrameDecoder, parseMessage } from "../proto/codec.ts";
import type { GameId, Sha256 } from "../proto/ids.ts";
import { MAX_REQUEST_BYTES, STREAM_DATA_BYTES } from "../proto/limits.ts";
import { type StreamFailed, StreamFrame, type StreamItem } from "../proto/stream.ts";
import { ask } from "./exchange.ts";
import { Intake } from "./intake.ts";
import { moved } from "./stall.ts";
import { StreamWaits } from "./stream_waits.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

/** The source lists its archives before it answers, for at most so many milliseconds. */
const ANSWER_TIMEOUT_MS = 60_000;

/** A stream that has begun. Disposing it ends it, and wakes a source that waits for it. */
export interface OpenStream extends StreamedTree, Disposable {}

/** What is asked for, and who hears that bytes came. */
export interface StreamOrder {
  game_id: GameId;
  manifest_hash: Sha256;
  /** The download limit, shared with everything else that is received. */
  limiter: RateLimiter;
  /** Content came: the source is alive. */
  onBytes: (bytes: number) => void;
}

/**
 * Asks `connection` for the expanded game. Throws what the source answers, `connection_lost`, `timeout`,
 * `invalid_request`, and the signal's reason; so do the items.
 */
export async function openStream(
  connection: Connection,
  order: StreamOrder,
  signal: AbortSignal,
): Promise<OpenStream> {
  const { game_id, manifest_hash } = order;
  const what = `stream_install to ${connection.remote_addr}`;
  const { answer, stream } = await withDeadline(
    what,
    ANSWER_TIMEOUT_MS,
    signal,
    (both) => ask(connection, { type: "stream_install", game_id, manifest_hash }, both),
  );
  const onAbort = () => stream.reset();
  signal.addEventListener("abort", onAbort, { once: true });
  const dispose = () => {
    signal.removeEventListener("abort", onAbort);
    stream.reset();
  };
  if (signal.aborted || answer.type === "stream_failed") {
    dispose();
    signal.throwIfAborted();
  }
  if (answer.type === "stream_failed") throw failure(answer, connection);
  const { entries, total_bytes } = answer;
  const items = readItems(stream, connection, order, signal);
  return { entries, total_bytes, items, [Symbol.dispose]: dispose };
}

async function* readItems(
  stream: ByteStream,
  connection: Connection,
  order: StreamOrder,
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  using reader = new FrameReader(stream, connection, order, signal);
  const waits = new StreamWaits();
  try {
    while (true) {
      const frame = await reader.frame();
      if (frame.type === "stream_wait") {
        waits.add();
        continue;
      }
      waits.moved();
      if (frame.type === "stream_failed") throw failure(frame, connection);
      if (frame.type === "stream_data") {
        yield* reader.content(frame.length);
        continue;
      }
      yield frame;
      if (frame.type === "stream_end") return;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Reads frames and the content between them; an early end of the stream is a broken connection. */
class FrameReader implements Disposable {
  readonly #intake: Intake;
  /** Two of them: one is written while the other is filled. */
  #free = [new Uint8Array(STREAM_DATA_BYTES), new Uint8Array(STREAM_DATA_BYTES)];

  constructor(
    readonly stream: ByteStream,
    readonly connection: Connection,
    readonly order: StreamOrder,
    readonly signal: AbortSignal,
  ) {
    this.#intake = new Intake(stream, connection, order.limiter);
  }

  async frame(): Promise<StreamFrame> {
    const decoder = new FrameDecoder(MAX_REQUEST_BYTES);
    for (let frame = decoder.take();; frame = decoder.take()) {
      if (frame) return parseMessage(StreamFrame, frame.value);
      const part = await this.#fill(new Uint8Array(decoder.needed_bytes));
      moved(this.connection, part.length);
      decoder.push(part);
    }
  }

  /** Content of the file that was begun, in the parts in which it comes. */
  async *content(length: number): AsyncGenerator<StreamItem> {
    for (let left = length; left > 0;) {
      const [buffer = new Uint8Array(STREAM_DATA_BYTES), ...others] = this.#free;
      const bytes = await this.#fill(buffer.subarray(0, await this.#intake.room(left, this.signal)));
      this.#intake.took(bytes.length);
      this.order.onBytes(bytes.length);
      left -= bytes.length;
      this.#free = [...others, new Uint8Array(bytes.buffer)];
      yield { type: "stream_data", bytes };
    }
  }

  async #fill(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const length = buffer.length;
    const part = await this.stream.read(buffer);
    if (part?.length === length) return part;
    const { remote_addr } = this.connection;
    throw new LanspreadError("connection_lost", `${remote_addr} ended the stream before it was complete`);
  }

  [Symbol.dispose](): void {
    this.#intake[Symbol.dispose]();
  }
}

function failure({ code, message }: StreamFailed, { remote_addr }: Connection): LanspreadError {
  return new LanspreadError(code, `${message} (from ${remote_addr})`);
}
