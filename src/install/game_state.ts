/**
 * Reading and writing what the state directory holds of a game: small files of JSON that name the game root they mean.
 *
 * @module
 */

import { removeRetrying, syncDirectory, writeFileAtomic } from "../base/atomic_file.ts";
import { basename, dirname, join, resolve } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";

const MAX_FILE_BYTES = 256 * 1024;

/** The folder of all games in a state directory. */
export function gamesFolder(state_dir: string): string {
  return join(state_dir, "games");
}

/** Replaces a file in the folder of a game, durably. Throws what the file system throws. */
export async function writeGameFile(
  state_dir: string,
  game_id: GameId,
  name: string,
  value: unknown,
): Promise<void> {
  const folder = join(gamesFolder(state_dir), game_id);
  await Deno.mkdir(folder, { recursive: true });
  // The folders may be new: without their entries a power cut takes the file with them.
  for (const path of [gamesFolder(state_dir), state_dir]) await syncDirectory(path);
  await writeFileAtomic(join(folder, name), `${JSON.stringify(value)}\n`);
}

/** Removes a file from the folder of a game, durably, and the folder where that leaves it empty. */
export async function removeGameFile(state_dir: string, game_id: GameId, name: string): Promise<void> {
  const folder = join(gamesFolder(state_dir), game_id);
  try {
    await removeRetrying(join(folder, name));
    await syncDirectory(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // Keeps the start short where thousands of games came and went; a folder that holds more stays.
  await Deno.remove(folder).catch(() => {});
}

/** The same game root has the same name here however the game directory is spelled, and after it was removed. */
export async function canonicalRoot(game_root: string): Promise<string> {
  const root = resolve(game_root);
  const parent = await Deno.realPath(dirname(root)).catch(() => dirname(root));
  return join(parent, basename(root));
}

/** The text of a small regular file, or `undefined` where there is none. Throws for a link, a folder, a large file. */
export async function readSmallFile(
  path: string,
  max_bytes = MAX_FILE_BYTES,
): Promise<string | undefined> {
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > max_bytes) throw new Error(`it has ${size} bytes`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}
