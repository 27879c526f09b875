/**
 * What it costs to hash every chunk that arrives: the same download by this program and by a copy of it that takes
 * every chunk for unknown without looking at it.
 *
 * @module
 */

import { makeGame } from "../support/games.ts";
import { print } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { type Fetched, fetchGame, removeGame } from "./fetched.ts";
import { heading, median, MIB, mib, rateRow, ratioRow, rounds } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";

const GAME = "bench";
const QUIET = ["--log", "warning"];
const ROOT = new URL("../../", import.meta.url);
/** What is copied, and the one line that is another one there. */
const PROGRAM = ["main.ts", "deno.json", "deno.lock", "src"];
const FILE = "src/peer/download/verification.ts";
const HASHING = "this.#hash(chunk, signal)";
const NO_HASHING = 'Promise.resolve("0".repeat(64) as Sha256)';

/** Measures and prints. */
export async function benchHashing(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`hash on arrival: ${size_mib} MiB on loopback, with and without, median of ${round_count}`);
  await using swarm = atInterrupt(await Swarm.make());
  const main = await copyWithoutHashing(swarm.dir.join("program"));
  await makeGame(swarm.gameDir("source"), GAME, {
    version: "1.0",
    files: { "data.bin": size_mib * MIB },
  });
  const source = await swarm.start("source", { args: QUIET });
  const hashing = await swarm.start("hashing", { args: QUIET });
  const trusting = await swarm.start("trusting", { args: QUIET, main });
  const all = await rounds(round_count, async (i) => {
    const [first, second] = i % 2 === 0 ? [hashing, trusting] : [trusting, hashing];
    const fetched = new Map<unknown, Fetched>();
    for (const target of [first, second]) {
      fetched.set(target, await fetchGame(GAME, { target, sources: [source] }));
      await removeGame(target, GAME);
    }
    const rateOf = (target: unknown) => size_mib * MIB / (fetched.get(target)?.seconds ?? NaN);
    print(`  round ${i + 1}: ${mib(rateOf(hashing))} with, ${mib(rateOf(trusting))} MiB/s without`);
    return { with_hashes: rateOf(hashing), without: rateOf(trusting) };
  });
  const with_hashes = median(all.map((round) => round.with_hashes));
  const without = median(all.map((round) => round.without));
  rateRow("download, every chunk hashed", with_hashes);
  rateRow("download, no chunk hashed", without);
  ratioRow("hashed / not hashed", with_hashes / without);
}

async function copyWithoutHashing(to: string): Promise<string> {
  for (const name of PROGRAM) await copy(new URL(name, ROOT), `${to}/${name}`);
  const text = await Deno.readTextFile(`${to}/${FILE}`);
  if (text.split(HASHING).length !== 2) throw new Error(`${FILE} does not hold ${HASHING} once`);
  await Deno.writeTextFile(`${to}/${FILE}`, text.replace(HASHING, NO_HASHING));
  return `${to}/main.ts`;
}

async function copy(from: URL, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href}/${name}`), `${to}/${name}`);
  }
}
