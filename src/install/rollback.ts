/**
 * What every transaction does around its own work: order before, order after a failure, and errors that say which game.
 *
 * @module
 */

import { LanspreadError, messageOf, toLanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { lookAt, lstat } from "./look.ts";
import { recoverGame, type RecoverOptions } from "./recovery.ts";
import { BACKUP_NAME, NO_STEPS, STAGING_NAME } from "./state.ts";

/**
 * Brings the game root in order and makes sure that no staging or backup stands there. Throws `io` where one does that
 * nothing proves to be lanspread's, or where the root is not a folder.
 */
export async function clearTheWay({ game_id, game_root, intents }: RecoverOptions): Promise<void> {
  const root = await lstat(game_root);
  if (root && !root.isDirectory) {
    throw new LanspreadError("io", `${game_root} is not a folder of its own; move it away, then try again`);
  }
  await recoverGame({ game_id, game_root, intents });
  const { state, foreign } = await lookAt(game_root, await intents.read(game_id, game_root));
  const in_the_way = state.installing !== "absent"
    ? join(game_root, STAGING_NAME)
    : state.backup !== "absent"
    ? join(game_root, BACKUP_NAME)
    : foreign[0];
  if (in_the_way === undefined) return;
  throw new LanspreadError(
    "io",
    `${in_the_way} is in the way and was not made by lanspread; move it away or delete it, then try again`,
  );
}

/** Puts the old state back. Gives the error to throw: the first one, and what came on top of it. */
export async function takeBack(options: RecoverOptions, error: unknown): Promise<unknown> {
  try {
    await recoverGame({ ...options, steps: NO_STEPS });
    return error;
  } catch (second) {
    const { code, message } = toLanspreadError(error, "io", "the disk refused");
    const also =
      `${message}; what was begun can't be taken back now (${messageOf(second)}), it is tried again at ` +
      "the next start";
    return new LanspreadError(code, also, { cause: error });
  }
}

/** Any failure as a `LanspreadError` that begins with `context`. */
export function inContext(error: unknown, context: string, signal: AbortSignal): LanspreadError {
  if (signal.aborted && error === signal.reason) {
    return new LanspreadError("cancelled", `${context}: cancelled`, { cause: error });
  }
  const { code, message } = toLanspreadError(error, "io", "the disk refused");
  return new LanspreadError(code, `${context}: ${message}`, { cause: error });
}
