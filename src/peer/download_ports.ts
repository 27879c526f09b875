/**
 * What downloads and streamed installs use of the running peer.
 *
 * @module
 */

import { logger } from "../base/log.ts";
import type { RateLimiter } from "../base/rate_limit.ts";
import type { Hasher } from "../watch/hasher.ts";
import type { LibraryIndex } from "../watch/index.ts";
import type { DownloadPorts } from "./download/download.ts";
import { DownloadJournal } from "./download/journal.ts";
import type { PeerNetwork } from "./network.ts";
import type { TransferTally } from "./transfer_tally.ts";

/** A source looks at every file of the game before it tells its hashes. */
const HASHES_TIMEOUT_MS = 60_000;

/** The parts that are used. */
export interface DownloadPortsOptions {
  network: PeerNetwork;
  hasher: Hasher;
  index: LibraryIndex;
  /** The download limit, shared by all transfers. */
  limiter: RateLimiter;
  tally: TransferTally;
}

/** The ports that are the same for every download. */
export function downloadPorts(
  { network, hasher, index, limiter, tally }: DownloadPortsOptions,
): Omit<DownloadPorts, "game_dir" | "clock" | "emit"> & { limiter: RateLimiter } {
  const { db, sessions } = network;
  return {
    limiter,
    journal: new DownloadJournal(index.store),
    hashes: index.hashes,
    askDetails: (id, game_id, signal) => sessions.call(id, { type: "get_game", game_id }, signal),
    askHashes: async (id, { game_id, manifest_hash }, signal) => {
      const request = { type: "get_hashes" as const, game_id, manifest_hash };
      return (await sessions.call(id, request, signal, HASHES_TIMEOUT_MS)).hashes;
    },
    connectionTo: (id, signal) => sessions.connectionTo(id, signal),
    sourcesOf: ({ game_id, version }) => db.sources(game_id, version).map(({ peer_id }) => peer_id),
    hash: (range, signal) => hasher.hash(range, signal),
    heard: (id, bytes) => {
      network.heard(id);
      tally.received(id, bytes);
    },
    onRejected: (peer, reason) => logger("download").info("{peer} is not used: {reason}", { peer, reason }),
  };
}
