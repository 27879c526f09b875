/**
 * `<state_dir>/games/<game_id>/setup_done`: the setup of this install ran to its end.
 *
 * It names the game root, so that the same game in another game directory gets its own setup. It goes before the install
 * that it speaks of: what a crash leaves is at worst a setup that runs twice, never an install without one.
 *
 * @module
 */

import { z } from "zod";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { canonicalRoot, gamesFolder, readSmallFile, removeGameFile, writeGameFile } from "./game_state.ts";

const FILE_NAME = "setup_done";
const SetupDone = z.object({ game_root: z.string().min(1).max(8_192) });

/** Which install is meant. */
export interface SetupOf {
  state_dir: string;
  game_id: GameId;
  game_root: string;
}

/** Whether the setup of this install is done. What can't be read counts as no. */
export async function isSetUp(setup: SetupOf): Promise<boolean> {
  return await doneRoot(setup) === await canonicalRoot(setup.game_root);
}

/** Remembers that the setup is done, durably. Throws what the file system throws. */
export async function markSetUp({ state_dir, game_id, game_root }: SetupOf): Promise<void> {
  const done: z.infer<typeof SetupDone> = { game_root: await canonicalRoot(game_root) };
  await writeGameFile(state_dir, game_id, FILE_NAME, done);
}

/** The install goes or is replaced: forgets its setup, durably. Throws what the file system throws. */
export async function forgetSetup(setup: SetupOf): Promise<void> {
  const root = await doneRoot(setup);
  if (root !== undefined && root !== await canonicalRoot(setup.game_root)) return;
  await removeGameFile(setup.state_dir, setup.game_id, FILE_NAME);
}

/** The root that the file names; `undefined` where there is none, or a damaged one. */
async function doneRoot({ state_dir, game_id }: SetupOf): Promise<string | undefined> {
  try {
    const text = await readSmallFile(join(gamesFolder(state_dir), game_id, FILE_NAME));
    return text === undefined ? undefined : SetupDone.parse(JSON.parse(text)).game_root;
  } catch {
    return undefined;
  }
}
