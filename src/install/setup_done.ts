/**
 * `<state_dir>/games/<game_id>/setup_done`: the setup of this install ran to its end.
 *
 * It names the game root, so that the same game in another game directory gets its own setup. It goes before the install
 * that it speaks of: what a crash leaves is at worst a setup that runs twice, never an install without one.
 *
 * @module
 */

import { z } from "zod";
import { removeRetrying, syncDirectory, writeFileAtomic } from "../base/atomic_file.ts";
import { dirname, join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import { canonicalRoot, readSmallFile } from "./game_state.ts";

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
export async function markSetUp(setup: SetupOf): Promise<void> {
  const path = pathOf(setup);
  await Deno.mkdir(dirname(path), { recursive: true });
  for (const folder of [dirname(dirname(path)), setup.state_dir]) await syncDirectory(folder);
  const game_root = await canonicalRoot(setup.game_root);
  await writeFileAtomic(path, `${JSON.stringify({ game_root } satisfies z.infer<typeof SetupDone>)}\n`);
}

/** The install goes or is replaced: forgets its setup, durably. Throws what the file system throws. */
export async function forgetSetup(setup: SetupOf): Promise<void> {
  const root = await doneRoot(setup);
  if (root !== undefined && root !== await canonicalRoot(setup.game_root)) return;
  try {
    await removeRetrying(pathOf(setup));
    await syncDirectory(dirname(pathOf(setup)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The root that the file names; `undefined` where there is none, or a damaged one. */
async function doneRoot(setup: SetupOf): Promise<string | undefined> {
  try {
    return SetupDone.parse(JSON.parse(await readSmallFile(pathOf(setup)) ?? "")).game_root;
  } catch {
    return undefined;
  }
}

function pathOf({ state_dir, game_id }: SetupOf): string {
  return join(state_dir, "games", game_id, "setup_done");
}
