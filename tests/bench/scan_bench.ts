/**
 * The scan at the start, over many game roots. Each scan runs in a process of its own, as the one of a starting peer
 * does: code that has not run yet is slow.
 *
 * Run as a program it scans once: `<game_dir> <index>` prints what it found and how long it took.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { scanLibrary } from "../../src/watch/scan.ts";
import { print } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { heading, median, medianMs, ms, rounds, row } from "./figures.ts";
import { gameId, makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";

const ROOTS = 5_000;
const ROUNDS = 5;

/** One scan: milliseconds from opening the index to the result. */
interface ScanFigures {
  elapsed_ms: number;
  games: number;
  walked: number;
  reused: number;
}

/** Measures and prints. */
export async function benchScan(): Promise<void> {
  heading(`scan: ${ROOTS} game roots, a process for each scan, median of ${ROUNDS}`);
  await using dir = atInterrupt(await TempDir.make());
  const game_dir = await dir.mkdir("games");
  makeRoots(game_dir, ROOTS);
  const index = dir.join("library.db");
  const cold = await rounds(2, async (round) => await scan(game_dir, `${index}.${round}`));
  row("first scan, no index yet", ms(median(cold.map((one) => one.elapsed_ms))));
  await scan(game_dir, index);
  const warm = await rounds(ROUNDS, async () => await scan(game_dir, index));
  row("warm scan, nothing changed", medianMs(warm.map((one) => one.elapsed_ms)), "at most 1 s");
  row("  roots walked / taken from the index", walkedOf(warm));
  const changed = await rounds(ROUNDS, async (round) => {
    await Deno.writeTextFile(join(game_dir, gameId(round), "version.ini"), `2.${round}\n`);
    return await scan(game_dir, index);
  });
  row("warm scan, one root changed", medianMs(changed.map((one) => one.elapsed_ms)));
  row("  roots walked / taken from the index", walkedOf(changed), "1, the changed one");
}

function walkedOf(scans: readonly ScanFigures[]): string {
  const of = (name: "walked" | "reused") => median(scans.map((one) => one[name]));
  return `${of("walked")} / ${of("reused")}`;
}

async function scan(game_dir: string, index: string): Promise<ScanFigures> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.url, game_dir, index],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

if (import.meta.main) {
  const [game_dir = "", path = ""] = Deno.args;
  const started_ms = performance.now();
  using index = LibraryIndex.open(path);
  const { games, walked, reused } = await scanLibrary(game_dir, {
    signal: new AbortController().signal,
    index,
  });
  const elapsed_ms = performance.now() - started_ms;
  print(JSON.stringify({ elapsed_ms, games: games.size, walked, reused }));
}
