/**
 * Asks a source what it has of a chunk that others sent differently: its bytes are fetched to be hashed, not to be kept.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { withDeadline } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { LanspreadError } from "../../base/errors.ts";
import type { RateLimiter } from "../../base/rate_limit.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import type { Chunk, Manifest } from "../../proto/manifest.ts";
import type { Connection } from "../transport/port.ts";
import { isLost } from "./failures.ts";
import { fetchRange } from "./fetch.ts";
import type { RangeSink } from "./sinks.ts";

/** A source that takes longer to send a chunk has nothing to say of it, in milliseconds; what the limit takes is not counted. */
const WITNESS_MS = 30_000;

/** What asking needs of the rest of the peer. */
export interface WitnessPorts {
  connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection>;
  /** The download limit, shared by all downloads. */
  readonly limiter?: RateLimiter | undefined;
  clock: Clock;
  /** Bytes came from the peer: it is alive. */
  heard(peer_id: PeerId, bytes: number): void;
}

/**
 * The hash of the chunk's bytes at the source; `undefined` where it refuses them. Throws `connection_lost`,
 * `handshake_failed` and `timeout` where it is out of reach or takes too long, and the signal's reason.
 */
export async function hashAtSource(
  peer_id: PeerId,
  { game_id, manifest_hash }: Manifest,
  chunk: Chunk,
  ports: WitnessPorts,
  signal: AbortSignal,
): Promise<Sha256 | undefined> {
  const hash = createHash("sha256");
  const sink: RangeSink = {
    write: (bytes) => {
      hash.update(bytes);
      return Promise.resolve();
    },
    [Symbol.dispose]: () => {},
  };
  const demand = {
    wanted: chunk.length,
    onHeader: () => {},
    onWritten: (count: number) => ports.heard(peer_id, count),
  };
  const request = { game_id, manifest_hash, range: chunk };
  try {
    const fetch = async (inner: AbortSignal) => {
      const connection = await ports.connectionTo(peer_id, inner);
      await fetchRange(connection, request, sink, demand, inner, ports.limiter);
    };
    await withDeadline(`${chunk.path} from ${peer_id}`, WITNESS_MS, signal, fetch, unlimited(ports));
    return hash.digest("hex") as Sha256;
  } catch (error) {
    signal.throwIfAborted();
    if (isLost(error) || !(error instanceof LanspreadError)) throw error;
    return undefined;
  }
}

/** A clock whose sleeps leave out the time for which the limit holds somebody back: that is no source's fault. */
function unlimited({ clock, limiter }: WitnessPorts): Clock {
  const held_ms = () => limiter?.held_ms ?? 0;
  const sleep = async (ms: number, signal: AbortSignal) => {
    for (let left = ms; left > 0;) {
      const before = held_ms();
      await clock.sleep(left, signal);
      left = held_ms() - before;
    }
  };
  return { now: () => clock.now(), sleep };
}
