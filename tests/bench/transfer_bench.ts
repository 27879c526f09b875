/**
 * One large download from one source, next to the bare engine.
 *
 * Both sides of a ratio are measured in each round, and the medians are compared: a machine whose speed drifts changes
 * both.
 *
 * @module
 */

import { print } from "../support/print.ts";
import { measureRound, type RoundFigures } from "./disk_to_disk.ts";
import { heading, median, MIB, mib, mibOrUntold, rounds, row } from "./figures.ts";

/** Measures and prints. */
export async function benchTransfer(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`transfer: ${round_count} rounds of ${size_mib} MiB on loopback, one process at each end`);
  const all = await rounds(round_count, async (i) => {
    const round = await measureRound(size_mib * MIB);
    const { bare, bare_new_file, new_file, same_file } = round;
    print(`  round ${i + 1}: ${[bare, bare_new_file, new_file, same_file].map(mib).join(", ")} MiB/s`);
    return round;
  });
  const of = (name: "bare" | "bare_new_file" | "new_file" | "same_file") =>
    median(all.map((round) => round[name]));
  row("bare engine, memory to nowhere", `${mib(of("bare"))} MiB/s`);
  row("bare engine, plainest loop from file to new file", `${mib(of("bare_new_file"))} MiB/s`);
  row("download from one source, disk to disk, new files", `${mib(of("new_file"))} MiB/s`);
  row("download from one source, disk to disk, again", `${mib(of("same_file"))} MiB/s`);
  row("download, new files / bare engine to new file", (of("new_file") / of("bare_new_file")).toFixed(2));
  row(
    "download, new files / bare engine to nowhere",
    (of("new_file") / of("bare")).toFixed(2),
    "at least 0.9",
  );
  row("download, again / bare engine to nowhere", (of("same_file") / of("bare")).toFixed(2));
  row("peak memory of the source", peak(all, "source_peak_bytes"));
  row("peak memory of the target", peak(all, "target_peak_bytes"));
}

function peak(all: readonly RoundFigures[], end: "source_peak_bytes" | "target_peak_bytes"): string {
  const known = all.flatMap((round) => round[end] ?? []);
  return mibOrUntold(known.length === 0 ? undefined : Math.max(...known));
}
