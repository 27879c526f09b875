/**
 * One source among four has a tenth of the others' speed: it helps a little, and must not hold up the rest.
 *
 * @module
 */

import { print } from "../support/print.ts";
import { heading, median, ms, ratioRow, rounds, row } from "./figures.ts";
import { LanParty, oneFile } from "./lan_party.ts";
import { tellCost } from "./links_bench.ts";

const MBIT_PER_S = [200, 200, 200, 20];
const FULL_MBIT_PER_S = 200;
/** The sum of the speeds, in full links. */
const LINKS = 3.1;
const SIZE_MIB = 448;

/** Measures and prints. */
export async function benchSlowSource(round_count: number): Promise<void> {
  heading(`slow source: ${MBIT_PER_S.join(", ")} Mbit/s, ${SIZE_MIB} MiB, median of ${round_count}`);
  await using party = await LanParty.start(MBIT_PER_S, oneFile(SIZE_MIB));
  const all = await rounds(round_count, async (i) => {
    const ideal_seconds = SIZE_MIB * 1024 * 1024 / (LINKS * await party.tcp(FULL_MBIT_PER_S));
    const fetched = await party.fetch();
    print(`  round ${i + 1}: ideal ${ideal_seconds.toFixed(1)} s, download ${fetched.seconds.toFixed(1)} s`);
    return { ideal_seconds, ...fetched };
  });
  row(
    "what the sum of the speeds allows, by plain TCP",
    ms(1_000 * median(all.map((one) => one.ideal_seconds))),
  );
  row("download, disk to disk", ms(1_000 * median(all.map((one) => one.seconds))));
  const ratio = median(all.map((one) => one.seconds / one.ideal_seconds));
  ratioRow("download / what the sum of the speeds allows", ratio, { at_most: 1.15 });
  tellCost(all);
}
