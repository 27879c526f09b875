/**
 * What a person does with the files of a game: puts a version there, deletes it, touches it, or has bits flip in them.
 * Sentinels go first and come last, as the program's own do.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { filesBelow, MIB } from "../support/games.ts";

const KEPT = /^(local|\.local\.)/;

/** Puts a version in the place of what a root holds; an install stays. Without its sentinel where the disk is full. */
export async function placeVersion(original: string, root: string): Promise<void> {
  await clearPayload(root);
  await Deno.mkdir(root, { recursive: true });
  for (const path of await filesBelow(original)) {
    if (path === "version.ini") continue;
    const folder = join(root, path, "..");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.copyFile(join(original, path), join(root, path));
  }
  await Deno.copyFile(join(original, "version.ini"), join(root, "version.ini"));
}

/** Deletes the payload, the sentinel first; an install stays. */
export async function clearPayload(root: string): Promise<void> {
  await Deno.remove(join(root, "version.ini")).catch(ignoreMissing);
  const entries = await Array.fromAsync(Deno.readDir(root)).catch(() => []);
  for (const { name } of entries.filter(({ name }) => !KEPT.test(name))) {
    await Deno.remove(join(root, name), { recursive: true }).catch(ignoreMissing);
  }
}

/** Deletes a game root as a file manager would, its sentinel first. */
export async function deleteRoot(root: string): Promise<void> {
  await Deno.remove(join(root, "version.ini")).catch(ignoreMissing);
  await Deno.remove(root, { recursive: true }).catch(ignoreMissing);
}

/** Gives every file of the payload another time. */
export async function touchPayload(root: string): Promise<void> {
  const now = new Date();
  const paths = await filesBelow(root).catch((error) => {
    ignoreMissing(error);
    return [];
  });
  for (const path of paths) {
    if (!KEPT.test(path)) await Deno.utime(join(root, path), now, now).catch(ignoreMissing);
  }
}

/**
 * Flips a byte in every MiB of every file of the payload but the sentinel, as a dying disk does: nothing shows it, not
 * even a time. Doing it again undoes it.
 */
export async function flipBytes(root: string): Promise<void> {
  for (const path of await filesBelow(root)) {
    if (!KEPT.test(path) && path !== "version.ini") await flipFile(join(root, path));
  }
}

async function flipFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const { size, atime, mtime } = await file.stat();
  const byte = new Uint8Array(1);
  for (let at = Math.min(MIB, size) >> 1; at < size; at += MIB) {
    await file.seek(at, Deno.SeekMode.Start);
    await file.read(byte);
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(byte.map((value) => value ^ 0xff));
  }
  if (atime && mtime) await file.utime(atime, mtime);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
