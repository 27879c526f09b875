/**
 * The two QUIC engines against each other: all four pairings in each round, so that a machine whose speed drifts
 * changes all of them.
 *
 * "on a cable" are matrixai's figures with the datagrams of a network instead of those of one machine.
 *
 * @module
 */

import { newIdentity } from "../support/parties.ts";
import { Swarm } from "../support/swarm.ts";
import type { Engine } from "../compliance/engines.ts";
import { writeGame } from "./disk_to_disk.ts";
import { fetchGame } from "./fetched.ts";
import { heading, median, MIB, rateRow, ratioRow, rounds, row } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { cpuSeconds } from "./process_figures.ts";

const END = new URL("./engine_end.ts", import.meta.url).href;
const HOST = "127.0.0.1";
const REQUESTS = 1_000;
const GOAL_MIB = 112;
const GAME = "bench";

/** Who sends and who receives. */
type Pair = readonly [source: Engine, target: Engine];
const PAIRS: readonly Pair[] = [
  ["deno", "deno"],
  ["deno", "matrixai"],
  ["matrixai", "deno"],
  ["matrixai", "matrixai"],
  ["matrixai lan", "matrixai lan"],
];

/** Rates in bytes a second, requests a second, and MiB for each second of processor time of the source. */
interface Figures {
  memory: number;
  two: number;
  disk: number;
  requests: number;
  mib_per_cpu_s: number;
}

/** Measures and prints. */
export async function benchEngines(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`engines: ${round_count} rounds of ${size_mib} MiB on loopback, one process at each end`);
  const all = await rounds(round_count, () => measurePairs(size_mib * MIB));
  const of = (pair: number, name: keyof Figures) => median(all.map((round) => round[pair]?.[name] ?? NaN));
  for (const [i, [source, target]] of PAIRS.entries()) {
    const [lone, base] = [of(i, "memory"), of(0, "memory")];
    const is_wanted = source === "matrixai" && target === "matrixai";
    const name = `${source} to ${target}`.replaceAll("matrixai lan", "matrixai on a cable");
    rateRow(`${name}, memory to nowhere`, lone);
    ratioRow("  of deno to deno", lone / base);
    if (is_wanted) {
      ratioRow(`  of ${GOAL_MIB} MiB/s, a gigabit link`, lone / (GOAL_MIB * MIB), { at_least: 1 });
    }
    rateRow("  two downloads at once, together", of(i, "two"));
    row("  MiB for a second of processor time of the source", of(i, "mib_per_cpu_s").toFixed(0));
    if (!Number.isNaN(of(i, "disk"))) rateRow("  disk to disk", of(i, "disk"));
    row(`  ${REQUESTS} small requests, one after another`, `${of(i, "requests").toFixed(0)} a second`);
  }
}

async function measurePairs(bytes: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const pair of PAIRS) figures.push(await measurePair(pair, bytes));
  return figures;
}

async function measurePair([source, target]: Pair, bytes: number): Promise<Figures> {
  const identity = JSON.stringify(await newIdentity());
  const server = end(["serve", source, HOST, identity]).spawn();
  try {
    const reader = server.stdout.getReader();
    const addr = new TextDecoder().decode((await reader.read()).value).trim();
    reader.releaseLock();
    const secondsOf = async (role: string, ...counts: number[]) => {
      const { stdout } = await end([role, target, HOST, identity, addr, ...counts.map(String)]).output();
      return Number(new TextDecoder().decode(stdout));
    };
    const cpu_before_s = cpuSeconds(server.pid) ?? NaN;
    const memory = bytes / await secondsOf("fetch", bytes, 1);
    const cpu_s = (cpuSeconds(server.pid) ?? NaN) - cpu_before_s;
    const two = bytes / await secondsOf("fetch", bytes, 2);
    const requests = REQUESTS / await secondsOf("ask", REQUESTS);
    const disk = source === "matrixai lan" ? NaN : await diskToDisk([source, target], bytes);
    return { memory, two, requests, disk, mib_per_cpu_s: bytes / MIB / cpu_s };
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await server.stdout.cancel();
  }
}

function end(args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-net", END, ...args],
    stdout: "piped",
    stderr: "inherit",
  });
}

async function diskToDisk([source, target]: Pair, bytes: number): Promise<number> {
  await using swarm = atInterrupt(await Swarm.make());
  await writeGame(`${swarm.gameDir("source")}/${GAME}`, bytes);
  const start = (name: string, engine: Engine) =>
    swarm.start(name, { args: ["--log", "warning", "--quic", engine] });
  const sources = [await start("source", source)];
  const { seconds } = await fetchGame(GAME, { target: await start("target", target), sources });
  return bytes / seconds;
}
