/**
 * A game of many small files, next to a game of one file with the same bytes: what a file costs.
 *
 * Every round downloads a game of its own, and nothing is removed before the end: some file systems make new files
 * slowly for a while after thousands were removed. The sources have hashed all of them before.
 *
 * @module
 */

import { type Files, makeGame } from "../support/games.ts";
import { untilQuiet } from "./process_figures.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { fetchGame } from "./fetched.ts";
import { heading, median, mib, rateRow, ratioRow, row } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { whyNoLan } from "../support/lan.ts";
import { LanParty } from "./lan_party.ts";

const FILES = 2_000;
const LARGEST_KIB = 64;
const LINK_MBIT_PER_S = 1_000;
const QUIET = { args: ["--log", "warning"] };

/** 1 to 64 KiB, every size as often as any other, in 40 folders. */
function smallFiles(): Files {
  const sizeOf = (n: number) => (1 + n * 37 % LARGEST_KIB) * 1024;
  return Object.fromEntries(
    Array.from({ length: FILES }, (_, n) => [`part${n % 40}/${n}.dat`, sizeOf(n)]),
  );
}

function totalOf(files: Files): number {
  return Object.values(files).reduce<number>((sum, size) => sum + Number(size), 0);
}

/** The ids of the games that hold these files, one for each round. */
function idsOf(kind: "many" | "one", round_count: number): string[] {
  return Array.from({ length: round_count }, (_, round) => `${kind}${round}`);
}

/** Measures and prints. */
export async function benchSmallFiles(round_count: number): Promise<void> {
  const many = smallFiles();
  const one = { "data.bin": totalOf(many) };
  const ids = { many: idsOf("many", round_count), one: idsOf("one", round_count) };
  const games = Object.fromEntries([
    ...ids.many.map((id) => [id, many] as const),
    ...ids.one.map((id) => [id, one] as const),
  ]);
  const about = `${FILES} files, ${mib(totalOf(many))} MiB, median of ${round_count}`;
  heading(`small files: ${about}, on loopback`);
  await using swarm = atInterrupt(await Swarm.make());
  const fetchOnLoopback = await loopback(swarm, games);
  tell(await medianOf(ids.many, fetchOnLoopback), await medianOf(ids.one, fetchOnLoopback), one["data.bin"]);
  if (leftOut("small files over a link", await whyNoLan())) return;
  heading(`small files: ${about}, one source at ${LINK_MBIT_PER_S} Mbit/s`);
  await using party = await LanParty.startWith([LINK_MBIT_PER_S], games);
  await party.quiet();
  const fetchOnLink = (id: string) => party.fetchOnce(id);
  tell(await medianOf(ids.many, fetchOnLink), await medianOf(ids.one, fetchOnLink), one["data.bin"]);
}

function tell(many_seconds: number, one_seconds: number, bytes: number): void {
  rateRow(`${FILES} small files`, bytes / many_seconds);
  row("  files a second", (FILES / many_seconds).toFixed(0));
  rateRow("one file of the same bytes", bytes / one_seconds);
  ratioRow("small files / one file", one_seconds / many_seconds);
}

/** Seconds of a download, by the game's id. */
type Fetch = (game_id: string) => Promise<{ seconds: number }>;

async function medianOf(ids: readonly string[], fetch: Fetch): Promise<number> {
  const seconds: number[] = [];
  for (const id of ids) seconds.push((await fetch(id)).seconds);
  return median(seconds);
}

/** A source of these games, and a target that has none of them. */
async function loopback(swarm: Swarm, games: Record<string, Files>): Promise<Fetch> {
  const game_dir = swarm.gameDir("source");
  for (const [id, files] of Object.entries(games)) await makeGame(game_dir, id, { version: "1.0", files });
  const source = await swarm.start("source", QUIET);
  const target = await swarm.start("target", QUIET);
  await untilQuiet(source.pid);
  return (id) => fetchGame(id, { target, sources: [source] });
}
