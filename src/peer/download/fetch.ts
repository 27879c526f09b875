/**
 * Fetches one range and writes it to its place.
 *
 * @module
 */

import { withDeadline } from "../../base/abort.ts";
import { LanspreadError } from "../../base/errors.ts";
import type { GameId, Sha256 } from "../../proto/ids.ts";
import { HEADER_TIMEOUT_MS } from "../../proto/limits.ts";
import { RateLimiter } from "../../base/rate_limit.ts";
import { ask } from "../exchange.ts";
import { Intake } from "../intake.ts";
import type { ByteStream, Connection } from "../transport/port.ts";
import { MIN_KEPT_BYTES } from "./end_game.ts";
import type { ByteRange } from "./schedule.ts";
import type { RangeSink } from "./sinks.ts";

/** Bytes read and written at a time, at most. A range that is shortened keeps at least one block more than it has. */
const BLOCK_BYTES = MIN_KEPT_BYTES;
const NO_LIMIT = new RateLimiter(undefined);

/** Which range of what. */
export interface RangeRequest {
  game_id: GameId;
  manifest_hash: Sha256;
  range: ByteRange;
}

/** What the receiving end wants, and what it is told. */
export interface Demand {
  /** How many bytes of the range are wanted still, from its beginning; it may become less while they come. */
  readonly wanted: number;
  /** The source began to answer. */
  onHeader(): void;
  /** So many bytes more are in the sink. */
  onWritten(count: number): void;
}

/**
 * Asks `connection` for a range and writes exactly the wanted bytes to `sink`, within the limit; when this is over, in
 * whatever way, nothing is written any more. Throws what the other side answers, `connection_lost` and `timeout`, `invalid_request`
 * where it breaks the rules, what the sink throws, and the signal's reason.
 */
export async function fetchRange(
  connection: Connection,
  { game_id, manifest_hash, range }: RangeRequest,
  sink: RangeSink,
  demand: Demand,
  signal: AbortSignal,
  limiter = NO_LIMIT,
): Promise<void> {
  const { path, offset, length } = range;
  const request = { type: "get_chunk" as const, game_id, manifest_hash, path, offset, length };
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
    if (answer.length !== length) {
      throw new LanspreadError(
        "invalid_request",
        `${connection.remote_addr} offers another length than asked for`,
      );
    }
    demand.onHeader();
    using intake = new Intake(stream, connection, limiter);
    await receive(stream, sink, demand, intake, signal);
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
  sink: RangeSink,
  demand: Demand,
  intake: Intake,
  signal: AbortSignal,
): Promise<void> {
  const length = demand.wanted;
  let free = [newBlock(length), newBlock(length)];
  let received = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    while (received < demand.wanted) {
      const [buffer = newBlock(length), ...others] = free;
      const room = await intake.room(demand.wanted - received, signal);
      const part = await stream.read(buffer.subarray(0, room));
      if (!part) {
        throw new LanspreadError("invalid_request", `the source ended a range after ${received} bytes`);
      }
      intake.took(part.length);
      await writing;
      // Less may be wanted by now; what another source sends must not be written over.
      const wanted = part.subarray(0, Math.max(0, demand.wanted - received));
      received += part.length;
      writing = write(sink, wanted, demand);
      writing.catch(() => {});
      free = [...others, new Uint8Array(part.buffer)];
    }
  } finally {
    // Whatever ended it: nothing is written any more afterwards, and the sink's own error counts first.
    await writing;
  }
}

async function write(sink: RangeSink, bytes: Uint8Array, demand: Demand): Promise<void> {
  await sink.write(bytes);
  demand.onWritten(bytes.length);
}

function newBlock(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.min(BLOCK_BYTES, length));
}
