/**
 * Does what a button says.
 *
 * @module
 */

import type { Action } from "./actions.ts";
import type { Game } from "./model.ts";
import { noteCalm, noteFailure, noteStart } from "./notify.ts";
import { command, Refused, type Wish } from "./peer_api.ts";
import { asked } from "./ui.ts";

/** Does an action on a game, after a question where it has one; what is refused is told. */
export function act(game: Game, action: Action): void {
  const go = () => {
    if (action.wish.command === "launch") noteStart(game.name);
    void order({ ...action.wish, game_id: game.id }, `${plain(action.label)} ${game.name}`);
  };
  if (!action.question) return go();
  asked.value = { question: action.question, label: plain(action.label), go };
}

/** Gives a command; `what` stands in the note where it is refused. Gives whether it was accepted. */
export async function order(wish: Wish, what: string): Promise<boolean> {
  try {
    await command(wish);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === "already_downloaded") noteCalm(error.message);
    else noteFailure(`“${what}” did not work`, error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** Without the dots that promise a question. */
function plain(label: string): string {
  return label.replace(/…$/, "");
}
