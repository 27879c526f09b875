/**
 * Which version an install is: `installed.json` in the state directory, since `local/` holds nothing of lanspread's and
 * `version.ini` may be newer, or not there at all.
 *
 * It is written when the new install stands and its intent still does, so that the recovery writes it where a crash came
 * between the two. Like an intent it names the game root that it means. Non-goals: noticing that a person put another
 * install into `local/`.
 *
 * @module
 */

import { z } from "zod";
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

const FILE_NAME = "installed.json";
/** Installs in other game directories that are kept; the oldest gives way. */
const MAX_INSTALLS = 16;
const GAMES_AT_ONCE = 64;

const Installed = z.object({
  installs: z.array(z.object({
    /** Absolute, without links. */
    game_root: z.string().min(1).max(8_192),
    version: GameVersion,
  })).max(MAX_INSTALLS),
});
type Installed = z.infer<typeof Installed>;

/** The versions of all installs. One operation a game at a time: writers of one file don't meet. */
export class InstalledVersions {
  constructor(readonly state_dir: string) {}

  /** The version of the install at this game root, or `undefined` where nobody knows it. */
  async read(game_id: GameId, game_root: string): Promise<GameVersion | undefined> {
    const root = await canonicalRoot(game_root);
    return (await this.#load(game_id)).find((install) => install.game_root === root)?.version;
  }

  /** All versions that are known below a game directory. */
  async readAll(game_dir: string): Promise<Map<GameId, GameVersion>> {
    const games = (await namesIn(gamesFolder(this.state_dir))).flatMap((name) =>
      GameId.safeParse(name).data ?? []
    );
    const versions = new Map<GameId, GameVersion>();
    for (let at = 0; at < games.length; at += GAMES_AT_ONCE) {
      await Promise.all(
        games.slice(at, at + GAMES_AT_ONCE).map(async (game_id) => {
          const version = await this.read(game_id, join(game_dir, game_id));
          if (version) versions.set(game_id, version);
        }),
      );
    }
    return versions;
  }

  /** Remembers the version durably, or forgets it where nobody knows it. Throws what the file system throws. */
  async note(game_id: GameId, game_root: string, version: GameVersion | undefined): Promise<void> {
    const root = await canonicalRoot(game_root);
    const known = await this.#load(game_id);
    const others = known.filter((install) => install.game_root !== root);
    if (version === undefined && others.length === known.length) return;
    const installs = version === undefined ? others : [{ game_root: root, version }, ...others];
    if (installs.length === 0) return await removeGameFile(this.state_dir, game_id, FILE_NAME);
    const kept: Installed = { installs: installs.slice(0, MAX_INSTALLS) };
    await writeGameFile(this.state_dir, game_id, FILE_NAME, kept);
  }

  /** A damaged file is as good as none. */
  async #load(game_id: GameId): Promise<Installed["installs"]> {
    try {
      const text = await readSmallFile(join(gamesFolder(this.state_dir), game_id, FILE_NAME));
      return text === undefined ? [] : Installed.parse(JSON.parse(text)).installs;
    } catch {
      return [];
    }
  }
}
