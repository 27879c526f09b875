/**
 * A game folder on a disk that comes after the log-in.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { complain } from "./output.ts";

/** A folder that is not there by then is a wrong one. */
const WAIT_MS = 300_000;
const LOOK_MS = 1_000;

/** Says that it waits, and does, until something is there; five minutes at most. Throws the signal's reason. */
export async function awaitGames(game_dir: string, clock: Clock, signal: AbortSignal): Promise<void> {
  if (!await isMissing(game_dir)) return;
  await complain(`waits for the game folder ${game_dir}, which is not there; its disk may be late`);
  const end = clock.now() + WAIT_MS;
  while (clock.now() < end && await isMissing(game_dir)) await clock.sleep(LOOK_MS, signal);
}

/** Anything else that is wrong with it does not mend itself. */
function isMissing(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => false, (error) => error instanceof Deno.errors.NotFound);
}
