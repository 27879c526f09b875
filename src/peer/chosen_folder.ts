/**
 * A game folder that somebody names while the peer runs.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { shellWord } from "../base/shell_word.ts";
import { basename, dirname, isAbsolute, join, relative, SEPARATOR } from "../base/std/path.ts";
import { requireWritable } from "../base/write_probe.ts";

/** A folder that was made for a try; it goes again, empty as it is, unless it is kept. */
export interface MadeFolder extends AsyncDisposable {
  keep(): void;
}

/** Makes the folder where there is none, in a folder that is there. Throws `usage` and says where. */
export async function makeFolder(path: string): Promise<MadeFolder> {
  let is_kept = await Deno.mkdir(path).then(() => false, (error) => {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    throw new LanspreadError(
      "usage",
      `Cannot make the folder ${path}: ${messageOf(error)}; choose another one`,
      {
        cause: error,
      },
    );
  });
  return {
    keep: () => void (is_kept = true),
    [Symbol.asyncDispose]: async () => {
      if (!is_kept) await Deno.remove(path).catch(() => {});
    },
  };
}

/** Whether `path` is `folder` or lies in it; both are absolute. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way.split(SEPARATOR)[0] !== ".." && !isAbsolute(way);
}

/**
 * Throws `usage` where the peer's own data would lie among the games, or the games among its data, wherever links lead
 * and whatever names a folder has. Both are absolute; neither need be there.
 */
export async function requireApart(game_dir: string, state_dir: string): Promise<void> {
  const [games, data] = await Promise.all([realPath(game_dir), realPath(state_dir)]);
  const way = await holds(games, data) ? "holds" : await holds(data, games) ? "lies in" : undefined;
  if (way === undefined) return;
  throw new LanspreadError(
    "usage",
    `the game folder ${game_dir} ${way} lanspread's own folder ${state_dir}; choose another one`,
  );
}

/**
 * Throws `usage` where a service that is confined can't write into the folder, or, where there is none, can't make it.
 * The message says which command opens it to the service.
 */
export async function requireWithinReach(game_dir: string, state_dir: string): Promise<void> {
  const is_there = await Deno.stat(game_dir).then(() => true, () => false);
  try {
    requireWritable(is_there ? game_dir : dirname(game_dir));
  } catch (cause) {
    const [games, data] = [game_dir, state_dir].map(shellWord);
    throw new LanspreadError(
      "usage",
      `Cannot use ${game_dir}: the service may write only into the folders that it was installed with; ` +
        `open this one to it: sudo lanspread service install --system --state-dir ${data} --game-dir ${games}`,
      { cause },
    );
  }
}

/** As `contains()`, also by another name of the folder: where case does not matter, or where it is mounted twice. */
async function holds(folder: string, path: string): Promise<boolean> {
  if (contains(folder, path)) return true;
  const own = await identityOf(folder);
  if (own === undefined) return false;
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if (await identityOf(at) === own) return true;
  }
  return false;
}

/** The same for all names of a folder; `undefined` where there is none, or the system has no number for it. */
async function identityOf(path: string): Promise<string | undefined> {
  const stat = await Deno.stat(path).catch(() => undefined);
  // Numbers above this are rounded: two folders may have the same one.
  if (!stat?.ino || !Number.isSafeInteger(stat.ino)) return undefined;
  return `${stat.dev}:${stat.ino}`;
}

/** Without links; what is not there yet will be none. */
async function realPath(path: string): Promise<string> {
  const parent = dirname(path);
  return await Deno.realPath(path).catch(async () =>
    parent === path ? path : join(await realPath(parent), basename(path))
  );
}
