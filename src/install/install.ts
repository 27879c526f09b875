/**
 * Installs a game: unpacks its archives into a staging directory and makes that the install.
 *
 * Goals: `local/` is complete or absent; a failure or a cancellation leaves the game root as it was. Non-goals:
 * deciding whether the game may be installed now; that no other operation runs on it is the caller's care.
 *
 * @module
 */

import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { findArchives } from "./archives.ts";
import { INSTALL_NAME, lstat, Staging } from "./staging.ts";
import { syncTree } from "./sync_tree.ts";
import { unpack, type UnpackResult, type UnpackState } from "./unpack.ts";

/** What to install. */
export interface InstallOptions {
  game_id: GameId;
  /** Absolute path of the game's folder. */
  game_root: string;
  signal: AbortSignal;
  /** Called at most ten times a second while unpacking, the last time with everything unpacked. */
  onProgress?: (state: UnpackState) => void;
}

/**
 * Unpacks every archive of the game root, in name order, into `local/`.
 *
 * Throws `LanspreadError`: `already_installed`, `archive_missing`, what `unpack` throws, `io`, `cancelled`.
 */
export async function installGame(options: InstallOptions): Promise<UnpackResult> {
  try {
    await refuseExisting(options.game_root);
    const archives = await requireArchives(options.game_root);
    await using staging = await Staging.create(options.game_root);
    const result = await unpack({ ...options, archives, destination: staging.path });
    await syncTree(staging.path, options.signal);
    options.signal.throwIfAborted();
    await staging.promote();
    return result;
  } catch (error) {
    throw inContext(error, options);
  }
}

async function refuseExisting(game_root: string): Promise<void> {
  const path = join(game_root, INSTALL_NAME);
  const info = await lstat(path);
  if (!info) return;
  if (info.isDirectory) throw new LanspreadError("already_installed", "it is installed; uninstall it first");
  throw new LanspreadError("io", `${path} is not a folder; move it away, then try again`);
}

async function requireArchives(game_root: string): Promise<string[]> {
  const archives = await findArchives(game_root);
  if (archives.length > 0) return archives;
  throw new LanspreadError(
    "archive_missing",
    `${game_root} holds no .eti archive, or only later parts of one; download the game again`,
  );
}

function inContext(error: unknown, { game_id, signal }: InstallOptions): LanspreadError {
  const context = `Cannot install ${game_id}`;
  if (signal.aborted && error === signal.reason) {
    return new LanspreadError("cancelled", `${context}: cancelled`, { cause: error });
  }
  const { code, message } = toLanspreadError(error, "io", "the disk refused");
  return new LanspreadError(code, `${context}: ${message}`, { cause: error });
}
