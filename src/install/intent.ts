/**
 * The intent log: what is about to be done to a game root, written down before the first change and taken back after
 * the last.
 *
 * It lies in the state directory, outside of what it speaks about, and names the game root that it means: after
 * `set-game-dir` an intent never hits a folder of the same name elsewhere, and the folder it does mean is still
 * recovered when its game directory comes back. Non-goals: deciding what an intent calls for; see `recover.ts`.
 *
 * @module
 */

import { z } from "zod";
import { removeRetrying, syncDirectory, writeFileAtomic } from "../base/atomic_file.ts";
import { messageOf } from "../base/errors.ts";
import { basename, dirname, join, resolve } from "../base/std/path.ts";
import { GameId } from "../proto/ids.ts";
import type { Intent } from "./state.ts";

const FILE_NAME = "install_intent.json";
const MAX_FILE_BYTES = 256 * 1024;
/** Pending intents for other game directories that are kept; the oldest gives way. */
const MAX_ELSEWHERE = 16;

/** A directory of the game root by what it is for. */
const Owned = z.enum(["installing", "backup"]);
export type Owned = z.infer<typeof Owned>;

const IntentRecord = z.object({
  intent: z.enum(["none", "installing", "updating", "uninstalling", "removing"]),
  /** Absolute, without links. */
  game_root: z.string().min(1).max(8_192),
  /** Directories that carried the marker and are being deleted, the marker last. */
  owned: z.array(Owned).max(2).optional(),
});
type IntentRecord = z.infer<typeof IntentRecord>;

/** The file. `elsewhere` holds what is pending in other game directories. */
export const InstallIntent = IntentRecord.extend({
  elsewhere: z.array(IntentRecord).max(MAX_ELSEWHERE).optional(),
});

/** What the log says of one game root. */
export interface ReadIntent {
  intent: Intent;
  owned: readonly Owned[];
  /** Why the file can't be believed; the intent is `none` then. */
  problem?: string;
}

/** The intents of every game, one file a game. One operation a game at a time: writers of one file don't meet. */
export class IntentLog {
  readonly #games_dir: string;

  constructor(readonly state_dir: string) {
    this.#games_dir = join(state_dir, "games");
  }

  /** What is pending for this game root; `none` where nothing is, or where the file is damaged. Throws only `io`. */
  async read(game_id: GameId, game_root: string): Promise<ReadIntent> {
    const { records, problem } = await this.#load(game_id);
    const canonical = await canonicalRoot(game_root);
    const record = records.find((record) => record.game_root === canonical);
    const { intent = "none", owned = [] } = record ?? {};
    return { intent, owned, ...(problem === undefined ? {} : { problem }) };
  }

  /** Writes down an intent, durably. Throws what the file system throws. */
  async write(
    game_id: GameId,
    game_root: string,
    intent: Intent,
    owned: readonly Owned[] = [],
  ): Promise<void> {
    const canonical = await canonicalRoot(game_root);
    const others = await this.#elsewhere(game_id, canonical);
    const record: IntentRecord = { intent, game_root: canonical, owned: [...owned] };
    await this.#store(game_id, [record, ...others]);
  }

  /** Nothing is pending for this game root any more, durably; a damaged file goes too. */
  async settle(game_id: GameId, game_root: string): Promise<void> {
    const others = await this.#elsewhere(game_id, await canonicalRoot(game_root));
    if (others.length > 0) await this.#store(game_id, others);
    else await this.#remove(game_id);
  }

  /** The games that have a file, for whatever game directory. */
  async list(): Promise<GameId[]> {
    const games: GameId[] = [];
    for (const name of await namesIn(this.#games_dir)) {
      const game_id = GameId.safeParse(name).data;
      if (game_id && (await namesIn(this.#folder(game_id))).includes(FILE_NAME)) games.push(game_id);
    }
    return games.sort();
  }

  #folder(game_id: GameId): string {
    return join(this.#games_dir, game_id);
  }

  async #elsewhere(game_id: GameId, canonical_root: string): Promise<IntentRecord[]> {
    const { records } = await this.#load(game_id);
    return records.filter((record) => record.game_root !== canonical_root);
  }

  async #load(game_id: GameId): Promise<{ records: IntentRecord[]; problem?: string }> {
    const path = join(this.#folder(game_id), FILE_NAME);
    try {
      const text = await readSmallFile(path);
      if (text === undefined) return { records: [] };
      const { elsewhere = [], ...record } = InstallIntent.parse(JSON.parse(text));
      return { records: [record, ...elsewhere] };
    } catch (error) {
      const why = error instanceof z.ZodError ? "it has the wrong fields" : messageOf(error);
      return { records: [], problem: `${path} is damaged (${why}); it counts as no intent` };
    }
  }

  async #store(game_id: GameId, [first, ...elsewhere]: IntentRecord[]): Promise<void> {
    if (!first) return;
    const folder = this.#folder(game_id);
    await Deno.mkdir(folder, { recursive: true });
    // The folders may be new: without their entries a power cut takes the file with them.
    for (const path of [this.#games_dir, this.state_dir]) await syncDirectory(path);
    const kept = elsewhere.slice(0, MAX_ELSEWHERE);
    await writeFileAtomic(join(folder, FILE_NAME), `${JSON.stringify({ ...first, elsewhere: kept })}\n`);
  }

  async #remove(game_id: GameId): Promise<void> {
    const folder = this.#folder(game_id);
    try {
      await removeRetrying(join(folder, FILE_NAME));
      await syncDirectory(folder);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    // Keeps the start short where thousands of games came and went; a folder that holds more stays.
    await Deno.remove(folder).catch(() => {});
  }
}

/** The same game root has the same name here however the game directory is spelled, and after it was removed. */
export async function canonicalRoot(game_root: string): Promise<string> {
  const root = resolve(game_root);
  const parent = await Deno.realPath(dirname(root)).catch(() => dirname(root));
  return join(parent, basename(root));
}

/** The text of a small regular file, or `undefined` where there is none. Throws for a link, a folder, a large file. */
export async function readSmallFile(
  path: string,
  max_bytes = MAX_FILE_BYTES,
): Promise<string | undefined> {
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > max_bytes) throw new Error(`it has ${size} bytes`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}
