/**
 * A game of many small files, next to a game of one file with the same bytes: what a file costs.
 *
 * @module
 */

import { type Files, makeGame } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { fetchGame, removeGame } from "./fetched.ts";
import { heading, median, mib, rateRow, ratioRow, rounds, row } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { whyNoLan } from "../support/lan.ts";
import { LanParty } from "./lan_party.ts";

const GAME = "bench";
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

/** Measures and prints. */
export async function benchSmallFiles(round_count: number): Promise<void> {
  const many = smallFiles();
  const one = { "data.bin": totalOf(many) };
  const about = `${FILES} files, ${mib(totalOf(many))} MiB, median of ${round_count}`;
  heading(`small files: ${about}, on loopback`);
  tell(await onLoopback(many, round_count), await onLoopback(one, round_count), one["data.bin"]);
  if (leftOut("small files over a link", await whyNoLan())) return;
  heading(`small files: ${about}, one source at ${LINK_MBIT_PER_S} Mbit/s`);
  tell(await onLink(many, round_count), await onLink(one, round_count), one["data.bin"]);
}

function tell(many_seconds: number, one_seconds: number, bytes: number): void {
  rateRow(`${FILES} small files`, bytes / many_seconds);
  row("  files a second", (FILES / many_seconds).toFixed(0));
  rateRow("one file of the same bytes", bytes / one_seconds);
  ratioRow("small files / one file", one_seconds / many_seconds);
}

async function onLoopback(files: Files, round_count: number): Promise<number> {
  await using swarm = atInterrupt(await Swarm.make());
  await makeGame(swarm.gameDir("source"), GAME, { version: "1.0", files });
  const source = await swarm.start("source", QUIET);
  const target = await swarm.start("target", QUIET);
  const seconds = await rounds(round_count, async () => {
    const fetched = await fetchGame(GAME, { target, sources: [source] });
    await removeGame(target, GAME);
    return fetched.seconds;
  });
  return median(seconds);
}

async function onLink(files: Files, round_count: number): Promise<number> {
  await using party = await LanParty.start([LINK_MBIT_PER_S], files);
  return median(await rounds(round_count, async () => (await party.fetch()).seconds));
}
