/**
 * The game directory as it is given: looked at before anything is done with it.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { IntentLog } from "../install/intent.ts";
import { recoverAll } from "../install/recovery.ts";
import { migrateLegacyFiles, type MigrationOptions } from "../migration/migrate.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { DownloadJournal } from "./download/journal.ts";
import { sweepLeftovers } from "./download/leftovers.ts";

/** Throws `io` where the folder can't be read, naming it. */
export async function requireGameDir(game_dir: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(game_dir)) return;
  } catch (cause) {
    const what = cause instanceof Deno.errors.NotFound
      ? "there is none; make it, or choose another folder (--game-dir)"
      : `${messageOf(cause)}; choose another folder (--game-dir)`;
    throw new LanspreadError("io", `Cannot read the game folder ${game_dir}: ${what}`, { cause });
  }
}

/** What a game directory is opened with. */
export interface GameDirParts {
  intents: IntentLog;
  index: LibraryIndex;
}

/**
 * Looks at the folder, moves what earlier versions left in it into the state directory, and brings in order what an
 * interrupted download, install, update, uninstall or removal left. Nothing may run on its games. Throws `io`.
 */
export async function openGameDir(
  game_dir: string,
  { intents, index }: GameDirParts,
  signal: AbortSignal,
): Promise<void> {
  await requireGameDir(game_dir);
  await migrate({ game_dir, intents, raiseRevision: (rev) => index.raiseRevision(rev), signal });
  await sweepLeftovers(game_dir);
  await new DownloadJournal(index.store).dropVanished(game_dir);
  for (const { game_id, told } of await recoverAll(game_dir, intents, () => false, signal)) {
    for (const what of told) logger("install").warn("{game_id}: {what}", { game_id, what });
  }
}

async function migrate(options: MigrationOptions): Promise<void> {
  const { moved, problems } = await migrateLegacyFiles(options);
  for (const path of moved) logger("migration").info("{path} is in the state folder now", { path });
  for (const problem of problems) logger("migration").warn("{problem}", { problem });
}
