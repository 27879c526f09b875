/**
 * The receiving end of a streamed install: reads the frames of one source and hands them on as they come.
 *
 * Non-goals: whether what comes fits together, and where it goes; that is `install/streamed_tree.ts`.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import { LanspreadError } from "../base/errors.ts";
import type { StreamedTree } from "../install/streamed_tree.ts";
import { FrameDecoder, parseMessage } from "../proto/codec.ts";
import type { GameId, Sha256 } from "../proto/ids.ts";
import { MAX_REQUEST_BYTES, STREAM_DATA_BYTES } from "../proto/limits.ts";
import { type StreamFailed, StreamFrame, type StreamItem } from "../proto/stream.ts";
import { ask } from "./exchange.ts";
import { moved, watchForStall } from "./stall.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

/** The source lists its archives before it answers, for at most so many milliseconds. */
const ANSWER_TIMEOUT_MS = 60_000;

/** A stream that has begun. Disposing it ends it, and wakes a source that waits for it. */
export interface OpenStream extends StreamedTree, Disposable {}

/** What is asked for, and who hears that bytes came. */
export interface StreamOrder {
  game_id: GameId;
  manifest_hash: Sha256;
  /** Bytes came: the source is alive. */
  onBytes: () => void;
}

/**
 * Asks `connection` for the expanded game. Throws what the source answers, `connection_lost`, `timeout`,
 * `invalid_request`, and the signal's reason; so do the items.
 */
export async function openStream(
  connection: Connection,
  { game_id, manifest_hash, onBytes }: StreamOrder,
  signal: AbortSignal,
): Promise<OpenStream> {
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
  const items = readItems(new FrameReader(stream, connection, onBytes), signal);
  return { entries, total_bytes, items, [Symbol.dispose]: dispose };
}

async function* readItems(reader: FrameReader, signal: AbortSignal): AsyncGenerator<StreamItem> {
  using _ = watchForStall(reader.stream, reader.connection);
  // Two of them: one is written while the other is filled.
  let free = [new Uint8Array(STREAM_DATA_BYTES), new Uint8Array(STREAM_DATA_BYTES)];
  try {
    while (true) {
      const frame = await reader.frame();
      if (frame.type === "stream_wait") continue;
      if (frame.type === "stream_failed") throw failure(frame, reader.connection);
      if (frame.type === "stream_data") {
        const [buffer = new Uint8Array(STREAM_DATA_BYTES), ...others] = free;
        const bytes = await reader.bytes(buffer.subarray(0, frame.length));
        free = [...others, new Uint8Array(bytes.buffer)];
        yield { type: "stream_data", bytes };
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

/** Reads frames and raw bytes; an early end of the stream is a broken connection. */
class FrameReader {
  constructor(
    readonly stream: ByteStream,
    readonly connection: Connection,
    readonly onBytes: () => void,
  ) {}

  async frame(): Promise<StreamFrame> {
    const decoder = new FrameDecoder(MAX_REQUEST_BYTES);
    for (let frame = decoder.take();; frame = decoder.take()) {
      if (frame) return parseMessage(StreamFrame, frame.value);
      decoder.push(await this.bytes(new Uint8Array(decoder.needed_bytes)));
    }
  }

  /** Fills the whole buffer. */
  async bytes(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const length = buffer.length;
    const part = await this.stream.read(buffer);
    if (part?.length !== length) {
      throw new LanspreadError(
        "connection_lost",
        `${this.connection.remote_addr} ended the stream before it was complete`,
      );
    }
    moved(this.connection, length);
    this.onBytes();
    return part;
  }
}

function failure({ code, message }: StreamFailed, { remote_addr }: Connection): LanspreadError {
  return new LanspreadError(code, `${message} (from ${remote_addr})`);
}
