/**
 * Unpacking beside what the disk writes, and serving while a large archive unpacks.
 *
 * @module
 */

import { fromFileUrl } from "../../src/base/std/path.ts";
import { print } from "../support/print.ts";
import { heading, median, MIB, mib, row } from "./figures.ts";
import { benchServingMeanwhile } from "./serving_meanwhile.ts";
import { type UnpackRound, unpackRounds, writeLargeArchive } from "./unpack_rounds.ts";

// Nothing at hand can compress: this is the largest compressed archive there is, 242 MB in 177 kB.
const COMPRESSED = fromFileUrl(
  new URL("../../../shared/fixtures/rar/test_read_format_rar_ppmd_lzss_conversion.rar", import.meta.url),
);

/** Measures and prints. */
export async function benchInstall(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`install: ${round_count} rounds, each beside a plain write of the same bytes, both synced`);
  const bytes = size_mib * MIB;
  const stored = await unpackRounds((path) => writeLargeArchive(path, bytes), round_count);
  tell(`one stored entry of ${size_mib} MiB`, stored, "at least 0.8");
  if (await Deno.stat(COMPRESSED).then(() => true, () => false)) {
    tell(
      "PPMd, 242 MB in 177 kB",
      await unpackRounds((path) => Deno.copyFile(COMPRESSED, path), round_count),
    );
  } else {
    print(`left out: a compressed archive: there is no ${COMPRESSED}`);
  }
  await benchServingMeanwhile(round_count, bytes);
}

function tell(what: string, rounds: readonly UnpackRound[], goal = ""): void {
  for (const [i, { plain, install }] of rounds.entries()) {
    print(`  round ${i + 1}: ${mib(plain)}, ${mib(install)} MiB/s`);
  }
  const plain = median(rounds.map((round) => round.plain));
  const install = median(rounds.map((round) => round.install));
  row(`${what}: the disk writes`, `${mib(plain)} MiB/s`);
  row(`${what}: installed`, `${mib(install)} MiB/s`);
  row(`${what}: installed / written`, (install / plain).toFixed(2), goal);
}
