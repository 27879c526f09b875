/**
 * What a person keeps beside the games and outside of the game directory: nobody may touch it.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { filesBelow, makeTree } from "../support/games.ts";
import { differences } from "./disk_rules.ts";
import { hashFile } from "./games.ts";

/** In the game directory: folders that are no games, a file, a folder that is a game's name in another writing. */
const BESIDE = {
  "holiday pictures/beach.jpg": 9_000,
  "keepsakes/saves/letter.txt": 400,
  "shopping.txt": "milk",
};
const OUTSIDE = { "outside/diary.txt": 2_000, "outside/version.ini": "7", "outside/local/save.dat": 5_000 };

/** The canaries of one machine. */
export class Canary {
  private constructor(
    readonly dir: string,
    readonly game_ids: readonly string[],
    readonly before: ReadonlyMap<string, string>,
  ) {}

  /** Plants them; `dir` holds `games` and `state` and nothing else. */
  static async plant(dir: string, game_ids: readonly string[]): Promise<Canary> {
    await makeTree(join(dir, "games"), BESIDE);
    await makeTree(dir, OUTSIDE);
    if (Deno.build.os !== "windows") await Deno.symlink(join(dir, "outside"), join(dir, "games", "shortcut"));
    return new Canary(dir, game_ids, await snapshot(dir, game_ids));
  }

  /** What is not as it was. */
  async problems(): Promise<string[]> {
    return differences(this.before, await snapshot(this.dir, this.game_ids));
  }
}

/** Everything of a machine but its state, its temporary files, its game roots and what a filled disk holds. */
async function snapshot(dir: string, game_ids: readonly string[]): Promise<Map<string, string>> {
  const ours = ["state/", "tmp/", "games/hog.bin", ...game_ids.map((id) => `games/${id}/`)];
  const found = new Map<string, string>();
  for (const path of await filesOf(dir, ours)) {
    const info = await Deno.lstat(join(dir, path));
    const content = info.isSymlink ? await Deno.readLink(join(dir, path)) : await hashFile(join(dir, path));
    found.set(path, `${content} ${info.mtime?.getTime()}`);
  }
  return found;
}

/** Game roots are not walked: they change while one looks. */
async function filesOf(dir: string, left_out: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const [prefix, folder] of [["", dir], ["games/", join(dir, "games")]] as const) {
    for await (const entry of Deno.readDir(folder)) {
      const path = prefix + entry.name;
      if (left_out.includes(path) || left_out.includes(`${path}/`) || path === "games") continue;
      if (!entry.isDirectory) files.push(path);
      else for (const below of await filesBelow(join(folder, entry.name))) files.push(`${path}/${below}`);
    }
  }
  return files.sort();
}
