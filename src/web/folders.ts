/**
 * The folders of this machine, one level at a time, for whoever chooses the game folder on the page. Only who has the
 * token may look.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { dirname, join, resolve } from "../base/std/path.ts";

/** More are not listed; whoever has them types the path. */
const MAX_FOLDERS = 1_000;

/** What is asked: a path, or nothing for the person's home. */
export const FolderWish = z.object({
  path: z.string().max(4_096),
  /** A folder in it, as it is listed: who asks need not know how a path is put together here. */
  name: z.string().max(1_024).optional(),
});

/** One level of folders. */
export const Folders = z.object({
  path: z.string(),
  /** `null` at the top. */
  parent: z.string().nullable(),
  /** The names of the folders in it, sorted, without hidden ones. */
  folders: z.array(z.string()),
  /** How many of them are games. */
  game_count: z.number().int().nonnegative(),
});
export type Folders = z.infer<typeof Folders>;

/** The person's own folder; `undefined` where the environment names none. */
export function homeFolder(): string | undefined {
  return Deno.env.get("HOME") || Deno.env.get("USERPROFILE") || undefined;
}

/**
 * Lists the folders in `path`, or in `home` where that is empty, or in their folder `name`. Throws `usage` where it can't
 * be read.
 */
export async function listFolders(path: string, home: string | undefined, name = ""): Promise<Folders> {
  const folder = join(resolve(path || home || "."), name);
  try {
    const folders: string[] = [];
    for await (const entry of Deno.readDir(folder)) {
      if (folders.length < MAX_FOLDERS && await isShown(folder, entry)) folders.push(entry.name);
    }
    const games = await Promise.all(folders.map((name) => isFile(join(folder, name, "version.ini"))));
    const parent = dirname(folder);
    return {
      path: folder,
      parent: parent === folder ? null : parent,
      folders: folders.sort(new Intl.Collator("en", { numeric: true }).compare),
      game_count: games.filter(Boolean).length,
    };
  } catch (cause) {
    throw new LanspreadError(
      "usage",
      `Cannot look into ${folder}: ${messageOf(cause)}; choose another folder`,
      {
        cause,
      },
    );
  }
}

async function isShown(folder: string, { name, isDirectory, isSymlink }: Deno.DirEntry): Promise<boolean> {
  if (name.startsWith(".")) return false;
  if (!isSymlink) return isDirectory;
  return await Deno.stat(join(folder, name)).then((info) => info.isDirectory, () => false);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.lstat(path).then((info) => info.isFile, () => false);
}
