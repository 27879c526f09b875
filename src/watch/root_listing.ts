/**
 * The direct children of a game root, by the names that the rest of the program uses.
 *
 * @module
 */

import { join } from "../base/std/path.ts";
import { compareText } from "../proto/ids.ts";
import { SENTINEL } from "../proto/manifest.ts";
import { foldCase } from "../proto/paths.ts";

/** The install below a game root. */
export const INSTALL_DIR = "local";

/** One child of a folder. Of a link it says only that it is one. */
export interface Entry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

/** The children of a folder, sorted by name. Throws what the file system throws. */
export async function listFolder(path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(path)) {
    entries.push({ name, kind: isFile ? "file" : isDirectory ? "directory" : "other" });
  }
  return entries.sort((a, b) => compareText(a.name, b.name));
}

/**
 * The children of a game root. Where the disk ignores case, `Version.INI` and `Local` come back as
 * `version.ini` and `local`: every other part of the program opens them by these names, and would find
 * them.
 */
export async function listRoot(root: string): Promise<Entry[]> {
  const entries = await listFolder(root);
  const names = new Set(entries.map((entry) => entry.name));
  return await Promise.all(entries.map(async (entry) => {
    const name = foldCase(entry.name);
    if ((name !== SENTINEL && name !== INSTALL_DIR) || names.has(name)) return entry;
    return await exists(join(root, name)) ? { ...entry, name } : entry;
  }));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
