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
import { messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { GameId, GameVersion } from "../proto/ids.ts";
import {
  canonicalRoot,
  gamesFolder,
  namesIn,
  readSmallFile,
  removeGameFile,
  writeGameFile,
} from "./game_state.ts";
import type { Intent } from "./state.ts";

const FILE_NAME = "install_intent.json";
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
  /** What `local/` holds when an install or an update has succeeded; absent where nobody knows. */
  version: GameVersion.optional(),
  /** The install made the game root itself. */
  made_root: z.boolean().optional(),
});
type IntentRecord = z.infer<typeof IntentRecord>;

/** The file. `elsewhere` holds what is pending in other game directories. */
export const InstallIntent = IntentRecord.extend({
  elsewhere: z.array(IntentRecord).max(MAX_ELSEWHERE).optional(),
});

/** What an intent says besides itself; see `IntentRecord`. */
export type IntentDetails = Pick<IntentRecord, "owned" | "version" | "made_root">;

/** What the log says of one game root. */
export interface ReadIntent {
  intent: Intent;
  owned: readonly Owned[];
  version?: GameVersion | undefined;
  made_root?: boolean | undefined;
  /** Why the file can't be believed; the intent is `none` then. */
  problem?: string;
}

/** The intents of every game, one file a game. One operation a game at a time: writers of one file don't meet. */
export class IntentLog {
  readonly #games_dir: string;

  constructor(readonly state_dir: string) {
    this.#games_dir = gamesFolder(state_dir);
  }

  /** What is pending for this game root; `none` where nothing is, or where the file is damaged. Throws only `io`. */
  async read(game_id: GameId, game_root: string): Promise<ReadIntent> {
    const { records, problem } = await this.#load(game_id);
    const canonical = await canonicalRoot(game_root);
    const record = records.find((record) => record.game_root === canonical);
    const { intent = "none", owned = [], version, made_root } = record ?? {};
    return {
      intent,
      owned,
      ...(version === undefined ? {} : { version }),
      ...(made_root === undefined ? {} : { made_root }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** Writes down an intent, durably. Throws what the file system throws. */
  async write(
    game_id: GameId,
    game_root: string,
    intent: Intent,
    details: IntentDetails = {},
  ): Promise<void> {
    const canonical = await canonicalRoot(game_root);
    const others = await this.#elsewhere(game_id, canonical);
    const record: IntentRecord = { owned: [], ...details, intent, game_root: canonical };
    await this.#store(game_id, [record, ...others]);
  }

  /** Nothing is pending for this game root any more, durably; a damaged file goes too. */
  async settle(game_id: GameId, game_root: string): Promise<void> {
    const others = await this.#elsewhere(game_id, await canonicalRoot(game_root));
    if (others.length > 0) await this.#store(game_id, others);
    else await removeGameFile(this.state_dir, game_id, FILE_NAME);
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
    const kept = elsewhere.slice(0, MAX_ELSEWHERE);
    await writeGameFile(this.state_dir, game_id, FILE_NAME, { ...first, elsewhere: kept });
  }
}
