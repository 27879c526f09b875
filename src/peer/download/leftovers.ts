/**
 * What an interrupted download left, swept at start-up.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import { join } from "../../base/std/path.ts";
import { holdsSentinelScratch, sweepSentinelScratch } from "./sentinel.ts";

/** Removes the scratch files of the sentinel from every game root. A root where that fails is left as it is. */
export async function sweepLeftovers(game_dir: string): Promise<void> {
  for await (const entry of Deno.readDir(game_dir)) {
    if (!entry.isDirectory) continue;
    try {
      const root = join(game_dir, entry.name);
      if (holdsSentinelScratch(root)) await sweepSentinelScratch(root);
    } catch (error) {
      logger("download").warn("cannot tidy up {game}: {reason}", {
        game: entry.name,
        reason: messageOf(error),
      });
    }
  }
}
