/**
 * How soon a game that is completed on one machine's disk is in the list of another one.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, median, ms, rounds, row } from "./figures.ts";
import { gameId, makeRoot, makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";

const ROUNDS = 10;
const QUIET = { args: ["--log", "warning"] };

/** Measures and prints. */
export async function benchChange(): Promise<void> {
  heading(`change on disk: version.ini renamed into place to the other peer's list, median of ${ROUNDS}`);
  for (const count of [10, 1_000]) {
    const times_ms = await changes(count);
    row(`beside ${count} games`, ms(median(times_ms)));
    row("  the slowest", ms(Math.max(...times_ms)));
  }
}

async function changes(count: number): Promise<number[]> {
  await using swarm = atInterrupt(await Swarm.make());
  const game_dir = swarm.gameDir("source");
  makeRoots(game_dir, count);
  for (let n = 0; n < ROUNDS; n++) makeRoot(game_dir, count + n, { sentinel: false });
  await swarm.start("source", QUIET);
  const other = await swarm.start("other", QUIET);
  await other.sources(gameId(count - 1), 1);
  return await rounds(ROUNDS, (round) => change(other, game_dir, count + round));
}

async function change(other: PeerProcess, game_dir: string, n: number): Promise<number> {
  const root = join(game_dir, gameId(n));
  await Deno.writeTextFile(join(root, "version.ini.new"), "1.0\n");
  const from = other.lines.length;
  const started_ms = performance.now();
  await Deno.rename(join(root, "version.ini.new"), join(root, "version.ini"));
  await other.event("games-list-updated", ({ games }) => games.some(({ id }) => id === gameId(n)), { from });
  return performance.now() - started_ms;
}
