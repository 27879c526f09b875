/**
 * Which view is shown: it stands in the address behind `#`, so that back, forward and reload work.
 *
 * @module
 */

import { computed, signal } from "@preact/signals";

export const VIEWS = ["library", "activity", "machines", "settings"] as const;
export type View = typeof VIEWS[number];

const hash = signal(location.hash);
addEventListener("hashchange", () => hash.value = location.hash);

const parts = computed(() => hash.value.replace(/^#\/?/, "").split("/"));

/** The view that is asked for; the library where that is none. */
export const view = computed<View>(() => VIEWS.find((name) => name === parts.value[0]) ?? "library");

/** The game whose panel is open. */
export const openGame = computed<string | undefined>(() => {
  const [, word, id] = parts.value;
  return word === "game" && id ? decoded(id) : undefined;
});

/** The address of a view. */
export function linkTo(view: View): string {
  return `#/${view}`;
}

/** The address of a game's panel over the view that is shown. */
export function linkToGame(game_id: string): string {
  return `#/${view.value}/game/${encodeURIComponent(game_id)}`;
}

/** Closes the panel. */
export function closeGame(): void {
  if (openGame.value !== undefined) location.hash = linkTo(view.value);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
