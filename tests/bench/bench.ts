/**
 * `deno task bench`: figures and ratios, measured in one run on one machine.
 *
 * Both sides of a ratio are measured in each round, and the medians are compared: a machine whose speed drifts changes
 * both. Flags: `--rounds N` (default 5), `--mib N` (default 1024).
 *
 * @module
 */

import { parseArgs } from "../../src/base/std/cli.ts";
import { print } from "../support/print.ts";
import { measureRound, type RoundFigures } from "./disk_to_disk.ts";

const MIB = 1024 * 1024;
const flags = parseArgs(Deno.args, { string: ["rounds", "mib"] });
const round_count = Number(flags.rounds ?? 5);
const bytes = Number(flags.mib ?? 1_024) * MIB;

print(`lanspread bench: ${round_count} rounds of ${bytes / MIB} MiB on loopback, one process at each end`);
const rounds: RoundFigures[] = [];
for (let i = 1; i <= round_count; i++) {
  const round = await measureRound(bytes);
  rounds.push(round);
  const { bare, bare_new_file, new_file, same_file } = round;
  print(`  round ${i}: ${[bare, bare_new_file, new_file, same_file].map(mib).join(", ")} MiB/s`);
}

const bare = median(rounds.map((round) => round.bare));
const bare_new_file = median(rounds.map((round) => round.bare_new_file));
const new_file = median(rounds.map((round) => round.new_file));
const same_file = median(rounds.map((round) => round.same_file));
row("bare engine, memory to nowhere", `${mib(bare)} MiB/s`);
row("bare engine, plainest loop from file to new file", `${mib(bare_new_file)} MiB/s`);
row("download from one source, disk to disk, new files", `${mib(new_file)} MiB/s`);
row("download from one source, disk to disk, again", `${mib(same_file)} MiB/s`);
row("download, new files / bare engine to new file", (new_file / bare_new_file).toFixed(2));
row("download, new files / bare engine to nowhere", (new_file / bare).toFixed(2));
row("download, again / bare engine to nowhere", (same_file / bare).toFixed(2));
row("peak memory of the source", peak(rounds.map((round) => round.source_peak_bytes)));
row("peak memory of the target", peak(rounds.map((round) => round.target_peak_bytes)));

function row(what: string, figure: string): void {
  print(`${what.padEnd(52)}${figure.padStart(12)}`);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

function peak(values: (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? "not told" : `${mib(Math.max(...known))} MiB`;
}

function mib(value: number): string {
  return (value / MIB).toFixed(0);
}
