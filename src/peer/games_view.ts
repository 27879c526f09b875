/**
 * The games list as it is told: made on demand, told when it changed, several changes in a row as one.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Scope } from "../base/scope.ts";
import type { GameId } from "../proto/ids.ts";
import type { GameEntry } from "./events.ts";
import { gameEntry, gamesList, type GamesListSources } from "./games_list.ts";

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

  /** One game now. */
  entry(game_id: GameId): GameEntry {
    return gameEntry(this.#options.sources, game_id);
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
