/**
 * Plays a simulated download and tells its whole story where it went wrong.
 *
 * @module
 */

import { type Result, simulateDownload } from "./sim_download.ts";
import type { World } from "./world.ts";

/** What a seed means, and what must hold. */
export interface Play<W extends World> {
  worldOf(seed: number, is_traced?: boolean): W;
  /** Throws where something is wrong. */
  judge(world: W, result: Result): void;
}

/** Plays the download of a seed. Throws with its sources and all that happened where something was wrong. */
export function playDownload<W extends World>(seed: number, { worldOf, judge }: Play<W>): Result {
  try {
    const world = worldOf(seed);
    const result = simulateDownload(world);
    judge(world, result);
    return result;
  } catch (error) {
    throw new Error(`The download of seed ${seed} went wrong.\n${storyOf(worldOf(seed, true))}\n${error}`);
  }
}

function storyOf(world: World): string {
  const sources = world.natures.map((nature) => JSON.stringify(nature)).join("\n");
  try {
    return `${sources}\n${simulateDownload(world).trace.join("\n")}`;
  } catch {
    return sources;
  }
}
