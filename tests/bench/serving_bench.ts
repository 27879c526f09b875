/**
 * The memory of one source from which ten peers download at once, each another game.
 *
 * @module
 */

import { makeGame } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, MIB, mib, mibOrUntold, row } from "./figures.ts";
import { gameId } from "./game_roots.ts";
import { forgetPeak, peakBytes, residentBytes } from "./process_figures.ts";

const TARGETS = 10;
const GAME_BYTES = 64 * MIB;
const QUIET = { args: ["--log", "warning"] };

/** Measures and prints. */
export async function benchServing(): Promise<void> {
  heading(`serving: ${TARGETS} peers download ${mib(GAME_BYTES)} MiB each from one source, at once`);
  await using swarm = await Swarm.make();
  for (let n = 0; n < TARGETS; n++) {
    await makeGame(swarm.gameDir("source"), gameId(n), { version: "1.0", files: { "data.bin": GAME_BYTES } });
  }
  const source = await swarm.start("source", QUIET);
  const targets = await startTargets(swarm);
  row("memory of the source before", mibOrUntold(residentBytes(source.pid)));
  forgetPeak(source.pid);
  const started_ms = performance.now();
  await Promise.all(targets.map((target, n) => target.download(gameId(n), { install: false })));
  const seconds = (performance.now() - started_ms) / 1_000;
  row("most memory of the source meanwhile", mibOrUntold(peakBytes(source.pid)), "at most 250 MiB");
  row("all downloads together", `${mib(TARGETS * GAME_BYTES / seconds)} MiB/s`);
}

/** One after another: ten starts at once would starve each other. */
async function startTargets(swarm: Swarm): Promise<PeerProcess[]> {
  const targets: PeerProcess[] = [];
  for (let n = 0; n < TARGETS; n++) {
    const target = await swarm.start(`target${n}`, QUIET);
    await target.sources(gameId(n), 1);
    targets.push(target);
  }
  return targets;
}
