/**
 * Directories that are lanspread's to delete, and how they go: content first, the marker after it, so that a crash
 * leaves a directory that still says whose it is.
 *
 * @module
 */

import { removeRetrying, syncDirectory } from "../base/atomic_file.ts";
import { isDiskFull } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { lstat } from "./look.ts";
import { MARKER_NAME, type Steps } from "./state.ts";

/** Puts the marker into a directory, durably. One that stands already is fine. */
export async function mark(path: string): Promise<void> {
  const marker_path = join(path, MARKER_NAME);
  if (!(await lstat(marker_path))?.isFile) {
    using marker = await Deno.open(marker_path, { write: true, createNew: true });
    await marker.sync();
  }
  await syncDirectory(path);
}

/** Takes the marker out of a directory, durably. */
export async function unmark(path: string): Promise<void> {
  await removeRetrying(join(path, MARKER_NAME));
  await syncDirectory(path);
}

/**
 * Deletes a directory that is proven to be lanspread's. Where something inside refuses, the error names it and the
 * rest stays for the next attempt.
 */
export async function removeOwned(path: string, steps: Steps): Promise<void> {
  await emptyOwned(path, steps);
  await removeTree(path);
  steps("deleted");
}

/** Deletes what such a directory holds; it stays, with its marker. */
export async function emptyOwned(path: string, steps: Steps): Promise<void> {
  // A full disk may have no room for the marker, and deleting is what helps: the intent is proof enough.
  await mark(path).catch((error) => {
    if (!isDiskFull(error)) throw error;
  });
  steps("condemned");
  await emptyFolder(path, steps, [MARKER_NAME]);
  steps("emptied");
}

/** Deletes what a folder holds but `kept`, durably. */
export async function emptyFolder(path: string, steps: Steps, kept: readonly string[] = []): Promise<void> {
  for (const { name } of await Array.fromAsync(Deno.readDir(path))) {
    if (kept.includes(name)) continue;
    await removeTree(join(path, name));
    steps("emptying");
  }
  await syncDirectory(path);
}

/** Deletes a file, a link or a tree, never what a link points to. The error names the very file that refused. */
export async function removeTree(path: string): Promise<void> {
  try {
    await removeRetrying(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(await lstat(path))?.isDirectory) throw error;
    for (const { name } of await Array.fromAsync(Deno.readDir(path))) await removeTree(join(path, name));
    await removeRetrying(path, { recursive: true });
  }
}
