/**
 * Install, update and uninstall, each a transaction: a kill or a power cut at any step leaves, after the next recovery,
 * the old install or the new one, and so does a failure at once. The streamed install is the fourth (`stream.ts`).
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

import { requireArchives, requireDownloaded, requireInstalled, requireNotInstalled } from "./checks.ts";
import { type InstallOptions, makeInstall, replaceInstall, setInstallAside, versionOf } from "./replace.ts";
import { forgetSetup } from "./setup_done.ts";
import type { Fill } from "./staging_area.ts";
import { finishLater, finishNow, transact, type TransactionOptions } from "./transact.ts";
import { unpack, type UnpackResult } from "./unpack.ts";

/**
 * Unpacks every archive of the game root, in name order, into `local/`.
 *
 * Throws `LanspreadError`: `not_downloaded`, `already_installed`, `archive_missing`, what `unpack` throws, `io`,
 * `cancelled`. The game root is as it was then.
 */
export async function installGame(options: InstallOptions): Promise<UnpackResult> {
  return await transact(options, "install", async () => {
    await requireNotInstalled(options.game_root);
    await requireDownloaded(options.game_root);
    const fill = unpacking(await requireArchives(options.game_root), options);
    return { intent: "installing", details: versionOf(options), run: () => makeInstall(options, fill) };
  }, finishLater);
}

/**
 * Unpacks the archives anew and puts the result in the place of `local/`, which is deleted afterwards, with everything
 * that the user left in it.
 *
 * Throws like `installGame`, and `not_installed`. The old install is untouched then, or back.
 */
export async function updateGame(options: InstallOptions): Promise<UnpackResult> {
  return await transact(options, "update", async () => {
    await requireInstalled(options.game_root);
    await requireDownloaded(options.game_root);
    const fill = unpacking(await requireArchives(options.game_root), options);
    return { intent: "updating", details: versionOf(options), run: () => replaceInstall(options, fill) };
  }, finishLater);
}

function unpacking(archives: string[], { signal }: InstallOptions): Fill {
  return (destination, onProgress) => unpack({ archives, destination, signal, onProgress });
}

/**
 * Deletes `local/`; the download stays.
 *
 * Throws `LanspreadError`: `not_installed`, `cancelled`, and `io` that says whether the game is still installed.
 */
export async function uninstallGame(options: TransactionOptions): Promise<void> {
  await transact(options, "uninstall", async () => {
    await requireInstalled(options.game_root);
    return {
      intent: "uninstalling",
      run: async () => {
        options.signal.throwIfAborted();
        await forgetSetup({ ...options, state_dir: options.intents.state_dir });
        await setInstallAside(options);
      },
    };
  }, finishNow);
}
