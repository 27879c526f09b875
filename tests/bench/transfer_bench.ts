/**
 * One large download from one source, next to the bare engine.
 *
 * Both sides of a ratio are measured in each round, and the medians are compared: a machine whose speed drifts changes
 * both. Where both ends share all processors, a rate is bound by the processor time that both need for the same bytes,
 * which is printed as well: no program can be faster than that.
 *
 * @module
 */

import { print } from "../support/print.ts";
import { measureRound, type RoundFigures } from "./disk_to_disk.ts";
import {
  heading,
  largest,
  median,
  MIB,
  mib,
  mibOrUntold,
  rateRow,
  ratioRow,
  rounds,
  row,
} from "./figures.ts";

/** The rates of a round, in the order in which they are told. */
const RATES = {
  bare: "bare engine, memory to nowhere",
  bare_new_file: "bare engine, plainest loop from file to new file",
  curl_new_file: "curl from nginx over TLS 1.3, file to new file",
  new_file: "download from one source, disk to disk, new files",
  same_file: "download from one source, disk to disk, again",
} satisfies Partial<Record<keyof RoundFigures, string>>;
type Rate = keyof typeof RATES;

/** What the processor was busy with. */
const SHORT = {
  bare: "bare, nowhere",
  bare_new_file: "bare, file",
  new_file: "download",
  same_file: "again",
} as const;

const RATIOS: { what: string; of: Rate; to: Rate; at_least?: number }[] = [
  { what: "download, new files / bare engine to new file", of: "new_file", to: "bare_new_file" },
  { what: "download, new files / bare engine to nowhere", of: "new_file", to: "bare", at_least: 0.9 },
  { what: "download, again / bare engine to nowhere", of: "same_file", to: "bare" },
  { what: "download, new files / curl from nginx", of: "new_file", to: "curl_new_file" },
];

/** Measures and prints. */
export async function benchTransfer(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`transfer: ${size_mib} MiB on loopback, one process at each end, median of ${round_count}`);
  const all = await rounds(round_count, async (i) => {
    const round = await measureRound(size_mib * MIB);
    const rates = ratesIn(round).map((rate) => mib(round[rate] ?? 0));
    print(`  round ${i + 1}: ${rates.join(", ")} MiB/s`);
    return round;
  });
  const measured = ratesIn(...all);
  const of = (rate: Rate) => median(all.flatMap((round) => round[rate] ?? []));
  for (const rate of measured) rateRow(RATES[rate], of(rate));
  for (const { what, of: rate, to, ...goal } of RATIOS) {
    if (measured.includes(to)) ratioRow(what, of(rate) / of(to), goal);
  }
  const cpu_s = (what: keyof RoundFigures["cpu_s_per_gib"]) =>
    median(all.flatMap(({ cpu_s_per_gib }) => cpu_s_per_gib[what] ?? []));
  for (const what of ["bare", "bare_new_file", "new_file", "same_file"] as const) {
    row(`processor time for a GiB at both ends: ${SHORT[what]}`, `${cpu_s(what).toFixed(2)} s`);
  }
  ratioRow(
    "bare / download by processor time: the bound where both share it",
    cpu_s("bare") / cpu_s("new_file"),
  );
  if (!measured.includes("curl_new_file")) row(RATES.curl_new_file, "not installed");
  row("peak memory of the source", mibOrUntold(largest(all.map((round) => round.source_peak_bytes))));
  row("peak memory of the target", mibOrUntold(largest(all.map((round) => round.target_peak_bytes))));
}

/** The rates that were measured in all of the rounds. */
function ratesIn(...all: readonly RoundFigures[]): Rate[] {
  const rates: Rate[] = ["bare", "bare_new_file", "curl_new_file", "new_file", "same_file"];
  return rates.filter((rate) => all.every((round) => round[rate] !== undefined));
}
