/**
 * Waits until peers know the SHA-256 of every chunk of a game, which they compute in the background: asked over the wire,
 * as any member of the party may.
 *
 * ```ts ignore
 * await hashesKnown(swarm.party, "alienswarm", [alice, bob]);
 * ```
 *
 * @module
 */

import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { until } from "./deadline.ts";
import { HostilePeer, type WireValue } from "./hostile_peer.ts";
import type { PeerProcess } from "./swarm.ts";

const HASH_BYTES = 32;
const DEADLINE_MS = 60_000;

/** Waits until each of the peers knows all hashes of its files of the game, as they are listed now. */
export async function hashesKnown(
  party: string,
  game_id: string,
  peers: readonly PeerProcess[],
): Promise<void> {
  for (const peer of peers) {
    await using asker = await HostilePeer.start({ party });
    await asker.greet(peer.addr);
    await until(`${peer.name} knows its hashes of ${game_id}`, () => knowsAll(asker, game_id), DEADLINE_MS);
  }
}

async function knowsAll(asker: HostilePeer, game_id: string): Promise<boolean> {
  const list = await asker.ask({ type: "get_game", game_id });
  const { type, hashes } = await asker.ask({
    type: "get_hashes",
    game_id,
    manifest_hash: list.manifest_hash,
  });
  if (type !== "hashes") return false;
  const bytes = Uint8Array.fromBase64(String(hashes));
  if (bytes.length !== chunkCount(list) * HASH_BYTES) return false;
  for (let at = 0; at < bytes.length; at += HASH_BYTES) {
    if (bytes.subarray(at, at + HASH_BYTES).every((byte) => byte === 0)) return false;
  }
  return true;
}

function chunkCount({ files }: WireValue): number {
  if (!Array.isArray(files)) return Infinity;
  return files.reduce((sum, { size }) => sum + Math.max(1, Math.ceil(size / CHUNK_BYTES)), 0);
}
