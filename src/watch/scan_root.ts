/**
 * Looks at a single game root, for a change that is known to be there alone.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { examineRoot } from "./examine.ts";
import { glanceAt } from "./fingerprint.ts";
import type { LibraryIndex } from "./index.ts";
import type { LocalGame } from "./local_game.ts";

/**
 * Walks one root, whatever its fingerprint, and brings the index up to date. `undefined` where it is no
 * game (any more). Throws `io` where the root can't be read.
 */
export async function refreshRoot(
  game_dir: string,
  game_id: GameId,
  { signal, index }: { signal: AbortSignal; index: LibraryIndex },
): Promise<LocalGame | undefined> {
  const found = await examine(game_dir, game_id, signal);
  if (found?.lasting) index.update(game_dir, [found]);
  else index.update(game_dir, [], [game_id]);
  return found?.game;
}

async function examine(game_dir: string, game_id: GameId, signal: AbortSignal) {
  signal.throwIfAborted();
  const root = join(game_dir, game_id);
  try {
    if (!(await Deno.lstat(root)).isDirectory) return undefined;
    const glance = await glanceAt(root);
    const found = await examineRoot(root, game_id, glance, signal);
    return found && { ...found, fingerprint: glance.fingerprint };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (signal.aborted) throw error;
    throw new LanspreadError("io", `Cannot read ${root}: ${messageOf(error)}; check its permissions`, {
      cause: error,
    });
  }
}
