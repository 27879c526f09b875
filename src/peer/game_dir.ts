/**
 * The game directory as it is given: looked at before anything is done with it.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { IntentLog } from "../install/intent.ts";
import { recoverAll } from "../install/recovery.ts";
import type { DownloadJournal } from "./download/journal.ts";
import { sweepLeftovers } from "./download/leftovers.ts";

/** Throws `io` where the folder can't be read, naming it. */
export async function requireGameDir(game_dir: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(game_dir)) return;
  } catch (cause) {
    throw new LanspreadError(
      "io",
      `Cannot read the game folder ${game_dir}: ${messageOf(cause)}; choose another folder (--game-dir)`,
      {
        cause,
      },
    );
  }
}

/**
 * Looks at the folder and brings in order what an interrupted download, install, update, uninstall or removal left.
 * Nothing may run on its games. Throws `io`.
 */
export async function openGameDir(
  game_dir: string,
  intents: IntentLog,
  journal: DownloadJournal,
  signal: AbortSignal,
): Promise<void> {
  await requireGameDir(game_dir);
  await sweepLeftovers(game_dir);
  await journal.dropVanished(game_dir);
  for (const { game_id, told } of await recoverAll(game_dir, intents, () => false, signal)) {
    for (const what of told) logger("install").warn("{game_id}: {what}", { game_id, what });
  }
}
