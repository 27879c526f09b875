/**
 * Asks a source what it has of a chunk that others sent differently: its bytes are fetched to be hashed, not to be kept.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { withDeadline } from "../../base/abort.ts";
import { LanspreadError } from "../../base/errors.ts";
import type { RateLimiter } from "../../base/rate_limit.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import type { Chunk, Manifest } from "../../proto/manifest.ts";
import type { Connection } from "../transport/port.ts";
import { fetchRange } from "./fetch.ts";
import type { RangeSink } from "./sinks.ts";

/** A source that takes longer to send a chunk has nothing to say of it, in milliseconds. */
const WITNESS_MS = 30_000;

/** What asking needs of the rest of the peer. */
export interface WitnessPorts {
  connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection>;
  /** The download limit, shared by all downloads. */
  readonly limiter?: RateLimiter | undefined;
  /** Bytes came from the peer: it is alive. */
  heard(peer_id: PeerId, bytes: number): void;
}

/** The hash of the chunk's bytes at the source; `undefined` where they can't be had. Throws the signal's reason. */
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
    await withDeadline(`${chunk.path} from ${peer_id}`, WITNESS_MS, signal, async (inner) => {
      const connection = await ports.connectionTo(peer_id, inner);
      await fetchRange(connection, request, sink, demand, inner, ports.limiter);
    });
    return hash.digest("hex") as Sha256;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LanspreadError) return undefined;
    throw error;
  }
}
