/**
 * Brings game roots back in order: at start-up, before every operation, and as the end of each operation, well or
 * badly ended. There is one way in which a backup is deleted or put back, and it is this.
 *
 * Participants: `look.ts` sees, `recover.ts` decides, this does it. Goals: durable in every step; a crash of the
 * recovery is recovered by the next; a second run finds nothing to do. Non-goals: waiting for a running operation; its
 * root is skipped.
 *
 * @module
 */

import { removeRetrying, renameRetrying, syncDirectory } from "../base/atomic_file.ts";
import { isDiskFull, messageOf } from "../base/errors.ts";
import { basename, dirname, join } from "../base/std/path.ts";
import { GameId, type GameVersion } from "../proto/ids.ts";
import { InstalledVersions } from "./installed_versions.ts";
import type { IntentLog, Owned, ReadIntent } from "./intent.ts";
import { hasScratch, lookAt, lstat } from "./look.ts";
import { emptyFolder, emptyOwned, removeOwned, removeTree } from "./owned_dir.ts";
import { type Action, recoveryOf, type Verdict } from "./recover.ts";
import { BACKUP_NAME, INSTALL_NAME, NO_STEPS, STAGING_NAME, type Steps } from "./state.ts";

/** Which game root is brought in order. */
export interface RecoverOptions {
  game_id: GameId;
  /** Absolute path of the game's folder. */
  game_root: string;
  intents: IntentLog;
  /** For tests. */
  steps?: Steps | undefined;
}

/** What was done to one game root. */
export interface Recovery {
  game_id: GameId;
  /** What was changed, in order. */
  done: Action[];
  /** Sentences for a person: what was done and why, what was left alone, what failed. */
  told: string[];
}

const GAMES_AT_ONCE = 64;

/** Brings one game root in order. Throws what the file system throws; the intent stands then, for the next time. */
export async function recoverGame(options: RecoverOptions): Promise<Recovery> {
  const { game_id, game_root, intents } = options;
  const recovery: Recovery = { game_id, done: [], told: [] };
  const read = await intents.read(game_id, game_root);
  if (read.problem !== undefined) recovery.told.push(read.problem);
  const { state, foreign } = await lookAt(game_root, read);
  const verdicts = recoveryOf(state);
  // A damaged file, or a deletion that is over: with nothing in doubt it is of no more use.
  const is_spent = read.problem !== undefined || read.owned.length > 0;
  if (state.intent === "none" && is_spent && verdicts.every(({ action }) => isRemoval(action))) {
    verdicts.push({ action: "settle", why: "nothing is pending" });
  }
  if (verdicts.length === 0) return recovery;
  const root = await lstat(game_root);
  if (foreign.length > 0 || (root && !root.isDirectory)) {
    const path = foreign[0] ?? game_root;
    recovery.told.push(`${path} is not a folder of its own; ${game_id} is left alone until it is moved away`);
    return recovery;
  }
  // What is seen may not be on the disk yet; nothing is deleted on the strength of it before it is.
  if (root) await syncDirectory(game_root);
  await announceRemovals(options, read.intent === "none" ? verdicts : []);
  for (const verdict of verdicts) {
    if (!await perform(verdict.action, options, read, verdicts)) continue;
    if (isChange(verdict.action)) recovery.done.push(verdict.action);
    recovery.told.push(sentence(verdict, game_root));
  }
  return recovery;
}

function isChange(action: Action): boolean {
  return !["leave-installing", "leave-backup", "keep-root"].includes(action);
}

function isRemoval(action: Action): boolean {
  return action === "remove-installing" || action === "remove-backup";
}

/** Without an intent only the marker proves, and it goes a moment before its directory: the log remembers that. */
async function announceRemovals(
  { game_id, game_root, intents }: RecoverOptions,
  verdicts: Verdict[],
): Promise<void> {
  const owned = verdicts.flatMap(({ action }): Owned[] =>
    action === "remove-installing" ? ["installing"] : action === "remove-backup" ? ["backup"] : []
  );
  if (owned.length === 0) return;
  await intents.write(game_id, game_root, "none", { owned });
  if (!verdicts.some(({ action }) => action === "settle")) {
    verdicts.push({ action: "settle", why: "the deletion is over" });
  }
}

/** Gives whether there was anything to do. */
async function perform(
  action: Action,
  options: RecoverOptions,
  { version }: ReadIntent,
  verdicts: readonly Verdict[],
): Promise<boolean> {
  const { game_id, game_root, intents, steps = NO_STEPS } = options;
  switch (action) {
    case "restore-backup":
      await renameRetrying(join(game_root, BACKUP_NAME), join(game_root, INSTALL_NAME));
      await syncDirectory(game_root);
      steps("restored");
      return true;
    case "note-version":
    case "forget-version":
      await noteVersion(options, action === "note-version" ? version : undefined, verdicts);
      return true;
    case "remove-installing":
      await removeScratch(STAGING_NAME, options);
      return true;
    case "remove-backup":
      await removeScratch(BACKUP_NAME, options);
      return true;
    case "remove-root":
      await removeRoot(options);
      return true;
    case "remove-empty-root":
      return await removeEmptyRoot(options);
    case "settle":
      await intents.settle(game_id, game_root);
      steps("settled");
      return true;
    case "leave-installing":
    case "leave-backup":
    case "keep-root":
      return true;
  }
}

async function noteVersion(
  { game_id, game_root, intents, steps = NO_STEPS }: RecoverOptions,
  version: GameVersion | undefined,
  verdicts: readonly Verdict[],
): Promise<void> {
  const note = () => new InstalledVersions(intents.state_dir).note(game_id, game_root, version);
  await note().catch(async (error) => {
    if (!isDiskFull(error) || !verdicts.some(({ action }) => action === "remove-backup")) throw error;
    // What goes anyway makes room. The folder itself stays: it still says which install stands.
    await emptyOwned(join(game_root, BACKUP_NAME), steps);
    await note();
  });
  steps("noted");
}

async function removeScratch(name: string, { game_root, steps = NO_STEPS }: RecoverOptions): Promise<void> {
  await removeOwned(join(game_root, name), steps);
  await syncDirectory(game_root);
}

async function removeEmptyRoot({ game_root, steps = NO_STEPS }: RecoverOptions): Promise<boolean> {
  if (!await lstat(game_root)) return false;
  for await (const _ of Deno.readDir(game_root)) return false;
  // Not recursive: what appears at this very moment stays.
  await removeRetrying(game_root);
  await syncDirectory(dirname(game_root));
  steps("root-removed");
  return true;
}

async function removeRoot({ game_id, game_root, steps = NO_STEPS }: RecoverOptions): Promise<void> {
  if (basename(game_root) !== game_id) throw new RangeError(`${game_root} is not the folder of ${game_id}`);
  if (await lstat(game_root)) {
    await emptyFolder(game_root, steps);
    steps("emptied");
    await removeTree(game_root);
  }
  await syncDirectory(dirname(game_root));
  steps("deleted");
}

function sentence({ action, why }: Verdict, game_root: string): string {
  const staging = join(game_root, STAGING_NAME);
  const backup = join(game_root, BACKUP_NAME);
  const local = join(game_root, INSTALL_NAME);
  const texts: Record<Action, string> = {
    "restore-backup": `${local} is the old install again`,
    "remove-installing": `${staging} was deleted`,
    "remove-backup": `${backup} was deleted`,
    "remove-root": `${game_root} was deleted`,
    "remove-empty-root": `${game_root} was empty and was deleted`,
    "note-version": `the version of ${local} was noted`,
    "forget-version": `the version of ${local} was forgotten`,
    "leave-installing": `${staging} was left alone; move it away or delete it if nobody needs it`,
    "leave-backup":
      `${backup} was left alone; it may be a previous install: rename it to ${INSTALL_NAME} to have ` +
      "it back, or delete it",
    "keep-root": `${game_root} was left alone`,
    "settle": `${game_root} is in order`,
  };
  return `${texts[action]} (${why})`;
}

/**
 * Brings every game root of a game directory in order, but those with a running operation. A root where that fails is
 * told and tried again the next time; the others go on. Throws where the directory can't be read, or the signal's reason.
 */
export async function recoverAll(
  game_dir: string,
  intents: IntentLog,
  isBusy: (game_id: GameId) => boolean,
  signal: AbortSignal,
): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  for (const game_id of await gamesInDoubt(game_dir, intents, signal)) {
    signal.throwIfAborted();
    if (isBusy(game_id)) continue;
    const recovery = await recoverOrTell({ game_id, game_root: join(game_dir, game_id), intents });
    if (recovery.told.length > 0) recoveries.push(recovery);
  }
  return recoveries;
}

async function recoverOrTell(options: RecoverOptions): Promise<Recovery> {
  try {
    return await recoverGame(options);
  } catch (error) {
    const told = `${options.game_root} could not be brought in order: ${
      messageOf(error)
    }; it is tried again later`;
    return { game_id: options.game_id, done: [], told: [told] };
  }
}

/** Those with an intent, and those with a staging or a backup: a start looks at no more than names. */
async function gamesInDoubt(game_dir: string, intents: IntentLog, signal: AbortSignal): Promise<GameId[]> {
  const in_doubt = new Set(await intents.list());
  const games: GameId[] = [];
  for await (const { name, isDirectory } of Deno.readDir(game_dir)) {
    const game_id = isDirectory ? GameId.safeParse(name).data : undefined;
    if (game_id) games.push(game_id);
  }
  for (let at = 0; at < games.length; at += GAMES_AT_ONCE) {
    signal.throwIfAborted();
    await Promise.all(
      games.slice(at, at + GAMES_AT_ONCE).map(async (game_id) => {
        // What can't be looked at now is told by the recovery itself.
        if (await hasScratch(join(game_dir, game_id)).catch(() => true)) in_doubt.add(game_id);
      }),
    );
  }
  return [...in_doubt].sort();
}
