/**
 * Deletes a downloaded game: the whole game root.
 *
 * Goals: only a game that is downloaded and not installed, only the folder that its id names, never through a link; the
 * sentinel goes first, so that a half-deleted game is never taken for a downloaded one, and what a crash leaves is
 * deleted at the next start. Non-goals: whether this party plays the game; that nothing runs on it is the caller's care.
 *
 * @module
 */

import { removeRetrying, syncDirectory } from "../base/atomic_file.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { basename, isAbsolute, join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { SENTINEL } from "../proto/manifest.ts";
import { isInstalled, requireDownloaded } from "./checks.ts";
import type { IntentLog } from "./intent.ts";
import { recoverGame } from "./recovery.ts";
import { clearTheWay, inContext, takeBack } from "./rollback.ts";
import { NO_STEPS } from "./state.ts";
import type { TransactionOptions } from "./transact.ts";

/**
 * Deletes the game root. One whose removal failed before is removed further.
 *
 * Throws `LanspreadError`: `not_downloaded`, `installed`, `cancelled`, and `io` that names what refused. Throws
 * `RangeError` where `game_root` is not the folder of `game_id`.
 */
export async function removeGame(options: TransactionOptions): Promise<void> {
  const { game_id, game_root, signal } = options;
  if (!isAbsolute(game_root) || basename(game_root) !== game_id) {
    throw new RangeError(`${game_root} is not the folder of ${game_id}`);
  }
  try {
    signal.throwIfAborted();
    if ((await recoverGame(options)).done.includes("remove-root")) return;
    await clearTheWay(options);
    await requireRemovable(options);
    await beginRemoval(options);
    await recoverGame(options);
  } catch (error) {
    throw inContext(error, `Cannot remove ${game_id}`, signal);
  }
}

/** Throws `not_downloaded` or `installed` where the game can't be removed. Looks only. */
export async function requireRemovable(
  { game_id, game_root, intents }: Pick<TransactionOptions, "game_id" | "game_root" | "intents">,
): Promise<void> {
  if (await isInstalled(game_root)) {
    throw new LanspreadError("installed", `${game_id} is installed; uninstall it first`);
  }
  const { intent } = await intents.read(game_id, game_root);
  if (intent !== "removing") await requireDownloaded(game_root);
}

/** When the sentinel is gone, so is the game. */
async function beginRemoval(options: TransactionOptions): Promise<void> {
  const { game_id, game_root, intents, signal, steps = NO_STEPS } = options;
  steps("checked");
  try {
    await intents.write(game_id, game_root, "removing");
    steps("intended");
    signal.throwIfAborted();
    await removeRetrying(join(game_root, SENTINEL));
  } catch (error) {
    throw await takeBack(options, error);
  }
  await syncDirectory(game_root);
  steps("sentinel-gone");
}

/**
 * A download begins: what an unfinished removal of the same game left is its to use, and must not be deleted under it.
 * Throws `io`.
 */
export async function forgetRemoval(intents: IntentLog, game_id: GameId, game_root: string): Promise<void> {
  try {
    const { intent } = await intents.read(game_id, game_root);
    if (intent === "removing") await intents.settle(game_id, game_root);
  } catch (cause) {
    throw new LanspreadError("io", `the intent log can't be written: ${messageOf(cause)}`, { cause });
  }
}
