/**
 * Moves what earlier versions left in a game directory into the state directory, before anything else looks at it.
 *
 * Each old file goes in three steps: read, replace, delete. It is deleted only when its replacement is on the disk, so
 * that a process that ends in between does the same again, and a second run finds nothing to do. What can't be read is
 * left where it is and told. Participants: the intent log, the setup's mark, the library's revision. Non-goals: bringing
 * a game root in order; an old intent becomes a new one, and the recovery that follows does the rest.
 *
 * @module
 */

import { existsSync, lstatSync } from "node:fs";
import { z } from "zod";
import { removeRetrying, syncDirectory } from "../base/atomic_file.ts";
import { messageOf } from "../base/errors.ts";
import { dirname, join } from "../base/std/path.ts";
import { readSmallFile } from "../install/game_state.ts";
import type { IntentLog } from "../install/intent.ts";
import { markSetUp } from "../install/setup_done.ts";
import { INSTALL_NAME } from "../install/state.ts";
import { GameId } from "../proto/ids.ts";
import { LEGACY_NAMES, LegacyIndex, LegacyIntent, MAX_LEGACY_BYTES } from "./legacy.ts";

/** The moments between two changes to the disk; the process may end at each. */
export type MigrationStep = "read" | "replaced" | "deleted";

/** What is migrated, and to where. */
export interface MigrationOptions {
  game_dir: string;
  intents: IntentLog;
  /** Lets every later revision of the library be above this one, durably. */
  raiseRevision: (rev: number) => void;
  signal: AbortSignal;
  /** For tests. */
  steps?: ((step: MigrationStep) => void) | undefined;
}

/** What was done. */
export interface Migration {
  /** Paths of the files that are gone because their replacement stands. */
  moved: string[];
  /** Sentences for a person: what was left where it is, and why. */
  problems: string[];
}

/** Takes back what `replace` wrote, where the old file can't be deleted after all. */
type Undo = () => Promise<void>;

interface LegacyFile {
  path: string;
  max_bytes: number;
  /** Writes the replacement, durably. */
  replace: (text: string) => Promise<Undo | void>;
}

/**
 * Migrates one game directory. Nothing may run on its games. Throws where the directory can't be listed, or the
 * signal's reason; every other trouble is a problem of one file.
 */
export async function migrateLegacyFiles(options: MigrationOptions): Promise<Migration> {
  const { game_dir, signal } = options;
  const migration: Migration = { moved: [], problems: [] };
  for await (const { name, isDirectory } of Deno.readDir(game_dir)) {
    signal.throwIfAborted();
    if (!isDirectory) continue;
    if (name === LEGACY_NAMES.folder) await migrateFolder(options, migration);
    const game_id = GameId.safeParse(name).data;
    if (game_id !== undefined) await migrateGame(options, game_id, migration);
  }
  return migration;
}

async function migrateFolder(options: MigrationOptions, migration: Migration): Promise<void> {
  const folder = join(options.game_dir, LEGACY_NAMES.folder);
  const index: LegacyFile = {
    path: join(folder, LEGACY_NAMES.index),
    max_bytes: MAX_LEGACY_BYTES.index,
    replace: (text) => {
      const rev = LegacyIndex.parse(JSON.parse(text));
      if (rev > 0) options.raiseRevision(rev);
      return Promise.resolve();
    },
  };
  if (existsSync(index.path)) await move(index, options, migration);
  // Where it holds anything else it stays.
  await Deno.remove(folder).catch(() => {});
}

/**
 * A start asks this of every game, and most have nothing: the synchronous look is ten times as quick as any other.
 *
 * The intent first: whether the mark of the setup still means the install that stands depends on it.
 */
async function migrateGame(options: MigrationOptions, game_id: GameId, migration: Migration): Promise<void> {
  const root = join(options.game_dir, game_id);
  const intent = join(root, LEGACY_NAMES.intent);
  if (existsSync(intent)) {
    const replace = (text: string) => replaceIntent(options, game_id, root, text);
    await move({ path: intent, max_bytes: MAX_LEGACY_BYTES.intent, replace }, options, migration);
  }
  const first_start = join(root, LEGACY_NAMES.first_start);
  if (existsSync(first_start)) {
    const replace = () => replaceFirstStart(options, game_id, root);
    await move({ path: first_start, max_bytes: MAX_LEGACY_BYTES.first_start, replace }, options, migration);
  }
}

async function move(file: LegacyFile, options: MigrationOptions, migration: Migration): Promise<void> {
  const { signal, steps = () => {} } = options;
  try {
    const text = await readSmallFile(file.path, file.max_bytes);
    if (text === undefined) return;
    steps("read");
    const undo = await file.replace(text);
    steps("replaced");
    await remove(file.path, undo ?? undefined);
    steps("deleted");
    migration.moved.push(file.path);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof z.ZodError ? "it has the wrong fields" : messageOf(error);
    const what = `${file.path} of an earlier version is left where it is (${why})`;
    migration.problems.push(`${what}; delete it, or mend it and start again`);
  }
}

async function remove(path: string, undo: Undo | undefined): Promise<void> {
  try {
    await removeRetrying(path);
  } catch (error) {
    await undo?.();
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** A newer intent for the same root wins: the old file is older than that. */
async function replaceIntent(
  { intents }: MigrationOptions,
  game_id: GameId,
  root: string,
  text: string,
): Promise<Undo | void> {
  const { id, intent } = LegacyIntent.parse(JSON.parse(text));
  if (id !== undefined && id !== game_id) throw new Error(`it speaks of ${JSON.stringify(id.slice(0, 80))}`);
  const known = await intents.read(game_id, root);
  if (intent === "none" || known.intent !== "none" || known.owned.length > 0) return;
  await intents.write(game_id, root, intent);
  return () => intents.settle(game_id, root);
}

/** After a half-done operation another install may stand; a setup that runs twice does no harm. */
async function replaceFirstStart(
  { intents }: MigrationOptions,
  game_id: GameId,
  root: string,
): Promise<void> {
  const { intent } = await intents.read(game_id, root);
  const is_installed = lstatSync(join(root, INSTALL_NAME), { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (intent !== "none" || !is_installed) return;
  await markSetUp({ state_dir: intents.state_dir, game_id, game_root: root });
}
