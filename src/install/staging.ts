/**
 * The staging directory of an install: `.local.installing/` with the marker `.lanspread_owned`.
 *
 * Goals: the marker stands before anything else does and goes last, so that a marked directory is always
 * lanspread's to delete, and an unmarked one never is; `local/` appears complete, in one rename, without the
 * marker. Non-goals: recovery after a crash. A power cut in the moment between the removal of the marker and the
 * rename leaves an unmarked directory, and only a record outside of it can tell whose it is. The other order would
 * leave a marker in `local/`, which belongs to the user.
 *
 * @module
 */

import { removeRetrying, renameRetrying, syncDirectory } from "../base/atomic_file.ts";
import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";

/** The install, below a game root. */
export const INSTALL_NAME = "local";
/** The staging directory, below a game root. */
export const STAGING_NAME = ".local.installing";
/** Says that the directory that holds it is lanspread's to delete. */
export const MARKER_NAME = ".lanspread_owned";

/** A staging directory; disposing removes it unless it was promoted. */
export class Staging implements AsyncDisposable {
  /** Where to unpack to. */
  readonly path: string;
  readonly #game_root: string;
  #promoted = false;

  private constructor(game_root: string) {
    this.#game_root = game_root;
    this.path = join(game_root, STAGING_NAME);
  }

  /**
   * Makes the staging directory of a game root, in place of a marked one that a crash left behind. Throws `io`
   * where something else stands there.
   */
  static async create(game_root: string): Promise<Staging> {
    const staging = new Staging(game_root);
    await clearLeftover(staging.path);
    await Deno.mkdir(staging.path);
    try {
      await writeMarker(staging.path);
      await syncDirectory(game_root);
    } catch (error) {
      await staging[Symbol.asyncDispose]();
      throw error;
    }
    return staging;
  }

  /** Makes the staging directory the install, durably. Its files must have been synced. */
  async promote(): Promise<void> {
    await removeRetrying(join(this.path, MARKER_NAME));
    await syncDirectory(this.path);
    await renameRetrying(this.path, join(this.#game_root, INSTALL_NAME));
    this.#promoted = true;
    await syncDirectory(this.#game_root);
  }

  /** What can't be removed now keeps its marker, and is removed before the next install. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#promoted) await removeMarked(this.path).catch(() => {});
  }
}

async function clearLeftover(path: string): Promise<void> {
  const info = await lstat(path);
  if (!info) return;
  const marker = info.isDirectory ? await lstat(join(path, MARKER_NAME)) : undefined;
  if (!marker?.isFile) {
    throw new LanspreadError(
      "io",
      `${path} is in the way and was not made by lanspread; move it away or delete it, then try again`,
    );
  }
  await removeMarked(path);
}

/** Removes the content first and the marker last, so that a crash leaves a marked directory. */
async function removeMarked(path: string): Promise<void> {
  for await (const entry of Deno.readDir(path)) {
    if (entry.name !== MARKER_NAME) await removeRetrying(join(path, entry.name), { recursive: true });
  }
  await removeRetrying(path, { recursive: true });
}

async function writeMarker(path: string): Promise<void> {
  using marker = await Deno.open(join(path, MARKER_NAME), { write: true, createNew: true });
  await marker.sync();
  await syncDirectory(path);
}

/** What stands at `path`, itself and not what it links to. */
export async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
