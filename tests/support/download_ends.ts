/**
 * What holds of every download whatever its scenario: how many ends it had, what an end that is no success leaves on
 * the disk, and sources that are slow enough to look at one while it runs.
 *
 * @module
 */

import { assertEquals } from "./assert.ts";
import { until } from "./deadline.ts";
import { filesBelow, MIB } from "./games.ts";
import type { DownloadEnd, PeerProcess, StartOptions } from "./swarm.ts";

const ENDS: readonly DownloadEnd[] = [
  "download-finished",
  "download-failed",
  "download-cancelled",
  "download-peers-gone",
];
/** From this size on a part is no small file. */
const LARGE_BYTES = 4 * MIB;
const SCRATCH = [".version.ini.tmp", ".version.ini.discarded"];

/** How to start a source that sends `rate` at most, such as `16M` for 16 MiB a second. */
export function braked(rate: `${number}M`): StartOptions {
  return { args: ["--limit-up", rate] };
}

/** The ends that the peer told for a game, in order, from line `from` on. */
export function endsOf(peer: PeerProcess, game_id: string, from = 0): DownloadEnd[] {
  return peer.lines.slice(from).flatMap((line) => {
    const end = ENDS.find((name) => name === line.event);
    return end && "game_id" in line && line.game_id === game_id ? [end] : [];
  });
}

/** Fails where an end was told while the game still had its operation: a command right behind it would be refused. */
export function assertClearedBeforeEnds(peer: PeerProcess, game_id: string): void {
  let is_running = false;
  for (const line of peer.lines) {
    if (line.event === "active-operations-changed") {
      is_running = line.operations.some((operation) => operation.game_id === game_id);
    }
    const is_end = ENDS.some((name) => name === line.event) && "game_id" in line && line.game_id === game_id;
    if (is_end && is_running) throw new Error(`${line.event} of ${game_id} came while it still ran`);
  }
}

/** Fails unless the peer's one download of the game, from line `from` on, went well and nothing broke meanwhile. */
export function assertOnlyFinished(peer: PeerProcess, game_id: string, from = 0): void {
  assertEquals(endsOf(peer, game_id, from), ["download-finished"]);
  assertEquals(peer.eventsOf("runtime-failed"), []);
}

/** Fails unless the game counts as not downloaded, with no sentinel, no scratch and no operation. */
export async function assertNothingCommitted(
  peer: PeerProcess,
  game_id: string,
  root: string,
): Promise<void> {
  const game = await peer.game(game_id);
  assertEquals([game?.downloaded ?? false, game?.operation ?? null], [false, null]);
  assertEquals(await sentinelFiles(root), []);
  assertEquals((await peer.ok("status")).operations, []);
}

/** The sentinel and its scratch, where they stand in a game root. */
export async function sentinelFiles(root: string): Promise<string[]> {
  const paths = await filesBelow(root).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  return paths.filter((path) => path === "version.ini" || SCRATCH.includes(path));
}

/** Waits until a download of the game has received something, but not yet everything. Gives how much. */
export async function underWay(peer: PeerProcess, game_id: string, from = 0): Promise<number> {
  const { done_bytes, total_bytes } = await peer.event(
    "download-progress",
    (event) => event.game_id === game_id && event.done_bytes > 0,
    { from },
  );
  if (done_bytes === total_bytes) throw new Error(`${game_id} came too quickly to look at`);
  return done_bytes;
}

/** Waits until `count` large parts of the game came, such as chunks, and gives how many have. */
export async function partsCame(
  peer: PeerProcess,
  game_id: string,
  count: number,
  from = 0,
): Promise<number> {
  return await until(`${peer.name}: ${count} parts of ${game_id}`, () => {
    const parts = peer.eventsOf("download-chunk-finished", from)
      .filter((part) => part.game_id === game_id && part.length >= LARGE_BYTES);
    return parts.length >= count && parts.length;
  });
}

/** Waits until `peer` knows another one that was started again by its new address. */
export async function metAgain(peer: PeerProcess, other: PeerProcess): Promise<void> {
  await until(`${peer.name} meets ${other.name} again`, async () => {
    return (await peer.knownPeers()).get(other.peer_id)?.addr === other.addr;
  });
}
