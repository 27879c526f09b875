/**
 * The memory of one source from which ten peers download at once: each another game, then all the same.
 *
 * @module
 */

import { makeGame } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, largest, MIB, mibOrUntold, rateRow, row } from "./figures.ts";
import { gameId } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";
import { forgetPeak, peakBytes, residentBytes } from "./process_figures.ts";

const TARGETS = 10;
const MIB_EACH = 64;
const GAME_BYTES = MIB_EACH * MIB;
const QUIET = { args: ["--log", "warning"] };

/** Measures and prints. */
export async function benchServing(): Promise<void> {
  await using swarm = atInterrupt(await Swarm.make());
  for (let n = 0; n <= TARGETS; n++) {
    await makeGame(swarm.gameDir("source"), gameId(n), { version: "1.0", files: { "data.bin": GAME_BYTES } });
  }
  const source = await swarm.start("source", QUIET);
  const targets = await startTargets(swarm);
  heading(
    `serving: ${TARGETS} peers download ${MIB_EACH} MiB each from one source, at once, each another game`,
  );
  row("memory of the source before", mibOrUntold(residentBytes(source.pid)));
  await serve(source, targets, gameId);
  heading(`serving: ${TARGETS} peers download the same game of ${MIB_EACH} MiB from one source, at once`);
  await serve(source, targets, () => gameId(TARGETS));
}

async function serve(
  source: PeerProcess,
  targets: readonly PeerProcess[],
  gameOf: (n: number) => string,
): Promise<void> {
  for (const { pid } of [source, ...targets]) forgetPeak(pid);
  const started_ms = performance.now();
  await Promise.all(targets.map((target, n) => target.download(gameOf(n), { install: false })));
  const seconds = (performance.now() - started_ms) / 1_000;
  const target_peak = largest(targets.map(({ pid }) => peakBytes(pid)));
  row("most memory of the source meanwhile", mibOrUntold(peakBytes(source.pid)), "at most 250 MiB");
  row("most memory of a target meanwhile", mibOrUntold(target_peak));
  rateRow("all downloads together", TARGETS * GAME_BYTES / seconds);
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
