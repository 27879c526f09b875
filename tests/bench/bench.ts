/**
 * `deno task bench`: figures and ratios, measured in one run on one machine.
 *
 * The two sides of a ratio are measured in turn, and the medians are compared: a machine whose speed drifts changes
 * both. Flags: `--rounds N` (default 5), `--mib N` (default 1024).
 *
 * @module
 */

import { parseArgs } from "../../src/base/std/cli.ts";
import { measureBareEngine } from "./bare_engine.ts";
import { type DownloadFigures, measureDownload } from "./disk_to_disk.ts";
import { print } from "../support/print.ts";

const MIB = 1024 * 1024;
const flags = parseArgs(Deno.args, { string: ["rounds", "mib"] });
const rounds = Number(flags.rounds ?? 5);
const bytes = Number(flags.mib ?? 1_024) * MIB;

print(`lanspread bench: ${rounds} rounds of ${bytes / MIB} MiB on loopback, two processes each`);
const bare: number[] = [];
const downloads: DownloadFigures[] = [];
for (let round = 1; round <= rounds; round++) {
  bare.push(await measureBareEngine(bytes));
  downloads.push(await measureDownload(bytes));
  print(
    `  round ${round}: bare engine ${mib(bare.at(-1))} MiB/s, download ${
      mib(downloads.at(-1)?.bytes_per_s)
    } MiB/s`,
  );
}
const bare_median = median(bare);
const download_median = median(downloads.map((figures) => figures.bytes_per_s));
row("bare engine, memory to nowhere", `${mib(bare_median)} MiB/s`);
row("one source, disk to disk, whole download", `${mib(download_median)} MiB/s`);
row("ratio of the medians", (download_median / bare_median).toFixed(2));
row("peak memory of the source", peak(downloads.map((figures) => figures.source_peak_bytes)));
row("peak memory of the target", peak(downloads.map((figures) => figures.target_peak_bytes)));

function row(what: string, figure: string): void {
  print(`${what.padEnd(44)}${figure.padStart(14)}`);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

function peak(values: (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? "not told here" : `${mib(Math.max(...known))} MiB`;
}

function mib(value: number | undefined): string {
  return ((value ?? 0) / MIB).toFixed(0);
}
