/**
 * How soon the program answers, and how soon a peer with many games is ready.
 *
 * @module
 */

import { fromFileUrl } from "../../src/base/std/path.ts";
import { Swarm } from "../support/swarm.ts";
import { heading, medianMs, rounds, row } from "./figures.ts";
import { makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const GAMES = 1_000;
const ROUNDS = 9;

/** Measures and prints. */
export async function benchStart(): Promise<void> {
  heading(`start: from the start of the process, median of ${ROUNDS}`);
  await using swarm = atInterrupt(await Swarm.make());
  const nothing = await swarm.dir.write("nothing.ts", "");
  row("the runtime alone, an empty program", medianMs(await rounds(ROUNDS, () => run(nothing))));
  row("lanspread --help", medianMs(await rounds(ROUNDS, () => run(MAIN, "--help"))), "at most 150 ms");
  makeRoots(swarm.gameDir("alice"), GAMES);
  for (const party of ["", swarm.party]) {
    // The first start of a party makes the certificate, the first of all fills the index.
    await readyMs(swarm, party);
    const figure = medianMs(await rounds(ROUNDS, () => readyMs(swarm, party)));
    const kind = party === "" ? "open" : "closed";
    row(`a peer of the ${kind} party is ready, warm index of ${GAMES} games`, figure, "at most 500 ms");
  }
}

async function run(...args: string[]): Promise<number> {
  const started_ms = performance.now();
  await new Deno.Command(Deno.execPath(), { args: ["run", "-A", ...args], stdout: "null" }).output();
  return performance.now() - started_ms;
}

async function readyMs(swarm: Swarm, party: string): Promise<number> {
  const started_ms = performance.now();
  const peer = await swarm.start("alice", { party, args: ["--log", "warning"] });
  const elapsed_ms = performance.now() - started_ms;
  await peer.stop();
  return elapsed_ms;
}
