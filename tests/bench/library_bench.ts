/**
 * The library half: from games on disk to what other peers see of them, and what a peer costs meanwhile.
 *
 * @module
 */

import { benchChange } from "./change_bench.ts";
import { benchIdle } from "./idle_bench.ts";
import { benchScan } from "./scan_bench.ts";
import { benchSight } from "./sight_bench.ts";
import { benchStart } from "./start_bench.ts";

/** Measures and prints everything, one after another. */
export async function benchLibrary(): Promise<void> {
  await benchScan();
  await benchStart();
  await benchSight();
  await benchChange();
  await benchIdle();
}
