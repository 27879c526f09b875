/**
 * One of two sources is killed when half of the game is there: the other one brings the rest alone.
 *
 * @module
 */

import { print } from "../support/print.ts";
import { heading, median, MIB, mib, ms, ratioRow, rounds, row } from "./figures.ts";
import { LanParty, oneFile } from "./lan_party.ts";
import { tellCost } from "./links_bench.ts";

const MBIT_PER_S = 200;
/** Half way, both sources are in the middle of a chunk. */
const SIZE_MIB = 304;
const KILLED = 1;

/** Measures and prints. */
export async function benchKilledSource(round_count: number): Promise<void> {
  heading(
    `killed source: one of two at ${MBIT_PER_S} Mbit/s is killed half way, ${SIZE_MIB} MiB, median of ${round_count}`,
  );
  await using party = await LanParty.start([MBIT_PER_S, MBIT_PER_S], oneFile(SIZE_MIB));
  const all = await rounds(round_count, async (i) => {
    // Half of the bytes over two links, half over one.
    const ideal_seconds = 0.75 * SIZE_MIB * MIB / await party.tcp(MBIT_PER_S);
    const fetched = await party.fetch(async (arrived) => {
      await arrived(0.5);
      await party.killSource(KILLED);
    });
    print(`  round ${i + 1}: ideal ${ideal_seconds.toFixed(1)} s, download ${fetched.seconds.toFixed(1)} s`);
    if (i + 1 < round_count) await party.startSource(KILLED);
    return { ideal_seconds, ...fetched };
  });
  row("what the links allow, by plain TCP", ms(1_000 * median(all.map((one) => one.ideal_seconds))));
  row("download, disk to disk", ms(1_000 * median(all.map((one) => one.seconds))));
  ratioRow("download / what the links allow", median(all.map((one) => one.seconds / one.ideal_seconds)));
  row("finished chunks that came twice", `${mib(Math.max(...all.map((one) => one.repeated_bytes)))} MiB`);
  tellCost(all);
}
