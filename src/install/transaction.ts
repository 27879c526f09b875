/**
 * Install, update and uninstall, each a transaction: a kill or a power cut at any step leaves, after the next recovery,
 * the old install or the new one, and so does a failure at once.
 *
 * Each begins with the recovery of what was left before, and writes its intent. Up to one rename everything can be
 * taken back; with the rename it is done, and the recovery does what remains (`recovery.ts`). A failure before it calls
 * the same recovery, which takes back. The passages are written down in `state.ts`.
 *
 * Goals: `local/` is complete or absent; nothing in it is deleted but by an uninstall or a successful update.
 * Non-goals: deciding whether the game may be changed now; that no other operation runs on it is the caller's care.
 *
 * @module
 */

import { renameRetrying, syncDirectory } from "../base/atomic_file.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { requireArchives, requireDownloaded, requireInstalled, requireNotInstalled } from "./checks.ts";
import type { IntentLog } from "./intent.ts";
import { clearTheWay, inContext, takeBack } from "./rollback.ts";
import { recoverGame } from "./recovery.ts";
import { forgetSetup } from "./setup_done.ts";
import { fillStaging, promoteStaging, releaseStaging } from "./staging_area.ts";
import { BACKUP_NAME, INSTALL_NAME, type Intent, NO_STEPS, type Steps } from "./state.ts";
import type { UnpackResult, UnpackState } from "./unpack.ts";

/** Which game is changed. */
export interface TransactionOptions {
  game_id: GameId;
  /** Absolute path of the game's folder. */
  game_root: string;
  intents: IntentLog;
  /** Looked at up to the rename that decides. */
  signal: AbortSignal;
  /** For tests. */
  steps?: Steps | undefined;
}

/** What is installed. */
export interface InstallOptions extends TransactionOptions {
  /** Called at most ten times a second while unpacking, the last time with everything unpacked. */
  onProgress?: (state: UnpackState) => void;
}

/**
 * Unpacks every archive of the game root, in name order, into `local/`.
 *
 * Throws `LanspreadError`: `not_downloaded`, `already_installed`, `archive_missing`, what `unpack` throws, `io`,
 * `cancelled`. The game root is as it was then.
 */
export async function installGame(options: InstallOptions): Promise<UnpackResult> {
  return await transact(options, "install", "installing", async () => {
    await requireNotInstalled(options.game_root);
    await requireDownloaded(options.game_root);
    const archives = await requireArchives(options.game_root);
    return async () => {
      const result = await fillStaging(options, archives);
      await releaseStaging(options);
      await promoteStaging(options);
      return result;
    };
  }, finishLater);
}

/**
 * Unpacks the archives anew and puts the result in the place of `local/`, which is deleted afterwards, with everything
 * that the user left in it.
 *
 * Throws like `installGame`, and `not_installed`. The old install is untouched then, or back.
 */
export async function updateGame(options: InstallOptions): Promise<UnpackResult> {
  return await transact(options, "update", "updating", async () => {
    await requireInstalled(options.game_root);
    await requireDownloaded(options.game_root);
    const archives = await requireArchives(options.game_root);
    return async () => {
      const result = await fillStaging(options, archives);
      await releaseStaging(options);
      await setInstallAside(options);
      await promoteStaging(options);
      return result;
    };
  }, finishLater);
}

/**
 * Deletes `local/`; the download stays.
 *
 * Throws `LanspreadError`: `not_installed`, `cancelled`, and `io` that says whether the game is still installed.
 */
export async function uninstallGame(options: TransactionOptions): Promise<void> {
  await transact(options, "uninstall", "uninstalling", async () => {
    await requireInstalled(options.game_root);
    return async () => {
      options.signal.throwIfAborted();
      await forgetSetup({ ...options, state_dir: options.intents.state_dir });
      await setInstallAside(options);
    };
  }, finishNow);
}

/** Recovers, checks, writes the intent, runs, finishes; what fails before the finish is taken back. */
async function transact<T>(
  options: TransactionOptions,
  verb: string,
  intent: Intent,
  check: () => Promise<() => Promise<T>>,
  finish: (options: TransactionOptions) => Promise<void>,
): Promise<T> {
  const { game_id, game_root, intents, signal, steps = NO_STEPS } = options;
  try {
    signal.throwIfAborted();
    await clearTheWay(options);
    const run = await check();
    steps("checked");
    const result = await attempt(options, async () => {
      await intents.write(game_id, game_root, intent);
      steps("intended");
      return await run();
    });
    await finish(options);
    return result;
  } catch (error) {
    throw inContext(error, `Cannot ${verb} ${game_id}`, signal);
  }
}

async function attempt<T>(options: TransactionOptions, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw await takeBack(options, error);
  }
}

/** From here to the promotion there is no `local/`. The backup gets no marker yet: it may have to come back. */
async function setInstallAside({ game_root, steps = NO_STEPS }: TransactionOptions): Promise<void> {
  const local = join(game_root, INSTALL_NAME);
  try {
    await renameRetrying(local, join(game_root, BACKUP_NAME));
  } catch (cause) {
    const message =
      `${local} can't be moved (${messageOf(cause)}); close the game and every window that shows it, ` +
      "then try again";
    throw new LanspreadError("io", message, { cause });
  }
  await syncDirectory(game_root);
  steps("set-aside");
}

/** The new install stands; what can't be tidied up now is tidied up at the next operation or start. */
async function finishLater(options: TransactionOptions): Promise<void> {
  try {
    await recoverGame(options);
  } catch (error) {
    logger("install").warn("{game_id} is installed, but not tidied up yet: {reason}", {
      game_id: options.game_id,
      reason: messageOf(error),
    });
  }
}

async function finishNow(options: TransactionOptions): Promise<void> {
  try {
    await recoverGame(options);
  } catch (cause) {
    const message = `it is uninstalled, but ${join(options.game_root, BACKUP_NAME)} can't be deleted now ` +
      `(${messageOf(cause)}); close what uses it, it is tried again at the next start`;
    throw new LanspreadError("io", message, { cause });
  }
}
