/**
 * What must be true of a game root before it is changed. Looks only.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { SENTINEL } from "../proto/manifest.ts";
import { findArchives } from "./archives.ts";
import { lstat } from "./look.ts";
import { INSTALL_NAME, MARKER_NAME } from "./state.ts";

/** Throws `not_downloaded` where the root has no regular sentinel of its own. */
export async function requireDownloaded(game_root: string): Promise<void> {
  if ((await lstat(join(game_root, SENTINEL)))?.isFile) return;
  throw new LanspreadError("not_downloaded", "it is not downloaded; download it first");
}

/** Throws `already_installed`, or `io` where something else has the name of the install. */
export async function requireNotInstalled(game_root: string): Promise<void> {
  if (await isInstalled(game_root)) {
    throw new LanspreadError("already_installed", "it is installed; uninstall it first");
  }
}

/**
 * Throws `not_installed`, or `io` where something else has the name of the install, or where a person put lanspread's
 * marker into it: set aside, such an install would look like one that may be deleted.
 */
export async function requireInstalled(game_root: string): Promise<void> {
  if (!(await isInstalled(game_root))) {
    throw new LanspreadError("not_installed", "it is not installed; install it first");
  }
  const marker_path = join(game_root, INSTALL_NAME, MARKER_NAME);
  if (!(await lstat(marker_path))) return;
  throw new LanspreadError("io", `${marker_path} is reserved for lanspread; move it away, then try again`);
}

/** Whether `local/` stands. Throws `io` where it is a link or a file. */
export async function isInstalled(game_root: string): Promise<boolean> {
  const path = join(game_root, INSTALL_NAME);
  const info = await lstat(path);
  if (!info || info.isDirectory) return info !== undefined;
  throw new LanspreadError("io", `${path} is not a folder; move it away, then try again`);
}

/** The archives to unpack. Throws `archive_missing` where there is none. */
export async function requireArchives(game_root: string): Promise<string[]> {
  const archives = await findArchives(game_root);
  if (archives.length > 0) return archives;
  throw new LanspreadError(
    "archive_missing",
    `${game_root} holds no .eti archive, or only later parts of one; download the game again`,
  );
}
