/**
 * Looks at a game root: what stands there, itself and never what it links to.
 *
 * @module
 */

import { join } from "../base/std/path.ts";
import { SENTINEL } from "../proto/manifest.ts";
import type { ReadIntent } from "./intent.ts";
import {
  BACKUP_NAME,
  INSTALL_NAME,
  type InstallState,
  MARKER_NAME,
  type Scratch,
  STAGING_NAME,
} from "./state.ts";

/** What was seen. */
export interface Look {
  state: InstallState;
  /** Paths of links and files where only a directory makes sense: a person put them there. */
  foreign: string[];
}

/** Joins what the disk shows with what the log says. A root that is missing looks empty. Throws `io`'s causes. */
export async function lookAt(
  game_root: string,
  { intent, owned, made_root = false }: ReadIntent,
): Promise<Look> {
  const foreign: string[] = [];
  const scratch = async (name: string, is_owned: boolean): Promise<Scratch> => {
    const path = join(game_root, name);
    const info = await lstat(path);
    if (!info) return "absent";
    if (!info.isDirectory) foreign.push(path);
    else if (is_owned || (await lstat(join(path, MARKER_NAME)))?.isFile) return "marked";
    return "unmarked";
  };
  const local = await lstat(join(game_root, INSTALL_NAME));
  if (local && !local.isDirectory) foreign.push(join(game_root, INSTALL_NAME));
  const state: InstallState = {
    intent,
    local: local ? "present" : "absent",
    installing: await scratch(STAGING_NAME, owned.includes("installing")),
    backup: await scratch(BACKUP_NAME, owned.includes("backup")),
    sentinel: (await lstat(join(game_root, SENTINEL)))?.isFile ? "present" : "absent",
    root: made_root ? "made" : "found",
  };
  return { state, foreign };
}

/** Whether a staging or a backup stands below this root. */
export async function hasScratch(game_root: string): Promise<boolean> {
  const found = await Promise.all([STAGING_NAME, BACKUP_NAME].map((name) => lstat(join(game_root, name))));
  return found.some((info) => info !== undefined);
}

/** What stands at `path`, itself and not what it links to. */
export async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
