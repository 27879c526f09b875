/**
 * The game directory as it is given: looked at before anything is done with it.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { sweepLeftovers } from "./download/leftovers.ts";

/** Throws `io` where the folder can't be read, naming it. */
export async function requireGameDir(game_dir: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(game_dir)) return;
  } catch (cause) {
    throw new LanspreadError(
      "io",
      `Cannot read the game folder ${game_dir}: ${messageOf(cause)}; choose another folder (--game-dir)`,
      {
        cause,
      },
    );
  }
}

/** Looks at the folder and tidies up what an interrupted download left. Throws `io`. */
export async function openGameDir(game_dir: string): Promise<void> {
  await requireGameDir(game_dir);
  await sweepLeftovers(game_dir);
}
