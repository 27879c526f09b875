/**
 * The games list as it is told: made on demand, told when it changed, several changes in a row as one.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Scope } from "../base/scope.ts";
import type { GameId } from "../proto/ids.ts";
import { LanspreadError } from "../base/errors.ts";
import type { GameDetails, GameEntry } from "./events.ts";
import { gameDetails, gamesList, type GamesListSources, isKnown } from "./games_list.ts";

/** Changes within this many milliseconds are told as one. */
const COALESCE_MS = 50;

/** What the view needs of the rest of the peer. */
export interface GamesViewOptions {
  sources: GamesListSources;
  clock: Clock;
  scope: Scope;
  onChange(games: GameEntry[]): void;
}

/** The games list over time. */
export class GamesView {
  readonly #options: GamesViewOptions;
  #told = "[]";
  #is_touched = false;

  constructor(options: GamesViewOptions) {
    this.#options = options;
  }

  /** The list now. */
  list(): GameEntry[] {
    return gamesList(this.#options.sources);
  }

  /** One game of the folder `game_dir` now, with everything that is known of it. Throws `game_not_found`. */
  details(game_id: GameId, game_dir: string): GameDetails {
    const { sources } = this.#options;
    if (isKnown(sources, game_id)) return gameDetails(sources, game_id, game_dir);
    throw new LanspreadError("game_not_found", `${game_id} is not here, and nobody else has it`);
  }

  /** Something that the list is made from may have changed. */
  touch(): void {
    if (this.#is_touched) return;
    this.#is_touched = true;
    this.#options.scope.spawn("games list", async (signal) => {
      await this.#options.clock.sleep(COALESCE_MS, signal);
      this.#is_touched = false;
      this.#tell();
    });
  }

  #tell(): void {
    const games = this.list();
    const told = JSON.stringify(games);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.onChange(games);
  }
}
