/**
 * Which games are shown, and in which order. Pure.
 *
 * @module
 */

import { hasUpdate } from "./actions.ts";
import type { Game } from "./model.ts";

export const FILTERS = ["all", "installed", "downloadable", "updates"] as const;
export type Filter = typeof FILTERS[number];

/** What people read. */
export const FILTER_LABELS: Record<Filter, string> = {
  all: "All",
  installed: "Installed",
  downloadable: "Ready to get",
  updates: "Updates",
};

const PASSES: Record<Filter, (game: Game) => boolean> = {
  all: () => true,
  installed: (game) => game.installed,
  downloadable: (game) => !game.installed && !game.downloaded && game.peer_count > 0,
  updates: hasUpdate,
};

/** How many games pass each filter. */
export function countByFilter(games: readonly Game[]): Record<Filter, number> {
  const count = (filter: Filter) => games.filter(PASSES[filter]).length;
  return {
    all: games.length,
    installed: count("installed"),
    downloadable: count("downloadable"),
    updates: count("updates"),
  };
}

const ORDER = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** The games that pass the filter and hold every word that is looked for, by name. */
export function shownGames(games: readonly Game[], filter: Filter, query: string): Game[] {
  const words = fold(query).split(/\s+/).filter((word) => word !== "");
  const passes = (game: Game) => PASSES[filter](game) && words.every((word) => textOf(game).includes(word));
  return games.filter(passes).sort((a, b) => ORDER.compare(a.name, b.name));
}

function textOf({ name, id, genre = "" }: Game): string {
  return fold(`${name} ${id} ${genre}`);
}

/** Without case and accents: who looks for "kafer" finds "Käfer". */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();
}
