/**
 * Why a game has no main action now.
 *
 * @module
 */

import { mainAction } from "../state/actions.ts";
import type { Game } from "../state/model.ts";
import { settings } from "../state/store.ts";

/** The words; nothing where there is an action. */
export function MainReason({ game }: { game: Game }) {
  const main = settings.value && mainAction(game, settings.value);
  if (!main || !("why" in main)) return null;
  return <p class="reason">{main.why}</p>;
}
