/**
 * Fetches one chunk and writes it to its place.
 *
 * @module
 */

import { LanspreadError, toLanspreadError } from "../../base/errors.ts";
import { writeQuickly } from "../../base/pace.ts";
import { RateLimiter } from "../../base/rate_limit.ts";
import type { GameId, Sha256 } from "../../proto/ids.ts";
import type { Chunk } from "../../proto/manifest.ts";
import { withDeadline } from "../../base/abort.ts";
import { HEADER_TIMEOUT_MS } from "../../proto/limits.ts";
import { ask } from "../exchange.ts";
import { Intake } from "../intake.ts";
import type { ByteStream, Connection } from "../transport/port.ts";

/** Bytes read and written at a time. */
const BLOCK_BYTES = 256 * 1024;
const NO_LIMIT = new RateLimiter(undefined);

/** Where the bytes of a chunk go. Failures are local ones: no other source would help. */
export interface ChunkSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Which chunk of what. */
export interface ChunkRequest {
  game_id: GameId;
  manifest_hash: Sha256;
  chunk: Chunk;
}

/**
 * Asks `connection` for a chunk and writes exactly its bytes to `sink`, within the limit. Throws what the other side answers,
 * `connection_lost` and `timeout`, and what the sink throws.
 */
export async function fetchChunk(
  connection: Connection,
  { game_id, manifest_hash, chunk }: ChunkRequest,
  sink: ChunkSink,
  signal: AbortSignal,
  limiter = NO_LIMIT,
): Promise<void> {
  const request = { type: "get_chunk" as const, game_id, manifest_hash, ...chunk };
  const what = `get_chunk to ${connection.remote_addr}`;
  const { answer, stream } = await withDeadline(
    what,
    HEADER_TIMEOUT_MS,
    signal,
    (s) => ask(connection, request, s),
  );
  const onAbort = () => stream.reset();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (answer.length !== chunk.length) {
      throw new LanspreadError(
        "invalid_request",
        `${connection.remote_addr} offers another length than asked for`,
      );
    }
    using intake = new Intake(stream, connection, limiter);
    await receive(stream, chunk.length, sink, { connection, intake, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.reset();
  }
}

/** Reads and writes overlap: while one block goes to the sink the next one is read. */
async function receive(
  stream: ByteStream,
  length: number,
  sink: ChunkSink,
  { connection, intake, signal }: { connection: Connection; intake: Intake; signal: AbortSignal },
): Promise<void> {
  let received = 0;
  let writing: Promise<void> = Promise.resolve();
  let free = [newBlock(length), newBlock(length)];
  try {
    while (received < length) {
      const [buffer = newBlock(length), ...others] = free;
      const part = await stream.read(buffer.subarray(0, await intake.room(length - received, signal)));
      if (!part) {
        throw new LanspreadError(
          "connection_lost",
          `${connection.remote_addr} ended a chunk after ${received} bytes`,
        );
      }
      received += part.length;
      intake.took(part.length);
      await writing;
      writing = sink.write(part);
      writing.catch(() => {});
      free = [...others, new Uint8Array(part.buffer)];
    }
  } finally {
    // Whatever ended it: nothing is written any more afterwards, and the sink's own error counts first.
    await writing;
  }
}

function newBlock(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.min(BLOCK_BYTES, length));
}

/** A sink that writes into an existing file from `offset` on, through a handle of its own. */
export class FileSink implements ChunkSink, Disposable {
  readonly #file: Deno.FsFile;
  readonly #context: string;

  private constructor(file: Deno.FsFile, context: string) {
    this.#file = file;
    this.#context = context;
  }

  /** Throws `io`. */
  static async open(path: string, offset: number): Promise<FileSink> {
    const context = `Cannot write ${path}`;
    try {
      using handle = new DisposableStack();
      const file = handle.use(await Deno.open(path, { write: true }));
      await file.seek(offset, Deno.SeekMode.Start);
      handle.move();
      return new FileSink(file, context);
    } catch (error) {
      throw toLanspreadError(error, "io", context);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeQuickly(this.#file, bytes);
    } catch (error) {
      throw toLanspreadError(error, "io", this.#context);
    }
  }

  /** Makes what was written durable. */
  async sync(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (error) {
      throw toLanspreadError(error, "io", this.#context);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A sink that keeps the bytes of one small chunk. */
export class MemorySink implements ChunkSink {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  write(bytes: Uint8Array): Promise<void> {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    this.#bytes = all;
    return Promise.resolve();
  }

  /** Forgets what came so far, for another try. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  /** All bytes so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }
}
