/**
 * Downloads over links of a set speed, next to plain TCP over one of the same links in the same round.
 *
 * @module
 */

import { print } from "../support/print.ts";
import { heading, largest, median, mib, mibOrUntold, rateRow, ratioRow, rounds, row } from "./figures.ts";
import { LanParty, type LinkFetched, oneFile } from "./lan_party.ts";

/** A download takes several seconds where it fills its links. */
const CASES: { sources: number; mbit_per_s: number; size_mib: number; at_least?: number }[] = [
  { sources: 1, mbit_per_s: 1_000, size_mib: 768, at_least: 0.97 },
  { sources: 1, mbit_per_s: 2_500, size_mib: 1024 },
  { sources: 2, mbit_per_s: 200, size_mib: 320, at_least: 0.95 },
  { sources: 4, mbit_per_s: 200, size_mib: 640, at_least: 0.95 },
];

/** Measures and prints. */
export async function benchLinks(round_count: number): Promise<void> {
  for (const one of CASES) await benchCase(one, round_count);
}

async function benchCase(
  { sources, mbit_per_s, size_mib, ...goal }: typeof CASES[number],
  round_count: number,
): Promise<void> {
  const who = sources === 1 ? "one source" : `${sources} sources, each`;
  heading(`links: ${who} at ${mbit_per_s} Mbit/s, ${size_mib} MiB, median of ${round_count}`);
  await using party = await LanParty.start(Array(sources).fill(mbit_per_s), oneFile(size_mib));
  const all = await rounds(round_count, async (i) => {
    const tcp = await party.tcp(mbit_per_s);
    const fetched = await party.fetch();
    print(`  round ${i + 1}: plain TCP ${mib(tcp)}, download ${mib(rateOf(fetched))} MiB/s`);
    return { tcp, ...fetched };
  });
  const tcp = median(all.map((round) => round.tcp));
  const rate = median(all.map(rateOf));
  rateRow("plain TCP over one link, memory to nowhere", tcp);
  rateRow("download, disk to disk", rate);
  ratioRow(`download / ${sources === 1 ? "" : `${sources} × `}plain TCP`, rate / (sources * tcp), goal);
  tellCost(all);
}

function rateOf({ bytes, seconds }: LinkFetched): number {
  return bytes / seconds;
}

/** What downloads cost beside their time. */
export function tellCost(all: readonly LinkFetched[]): void {
  ratioRow("bytes on the wire / bytes of the game", median(all.map((one) => one.wire_bytes / one.bytes)));
  row("most memory of the target", mibOrUntold(largest(all.map((one) => one.target_peak_bytes))));
  row("most memory of a source", mibOrUntold(largest(all.map((one) => one.source_peak_bytes))));
}
