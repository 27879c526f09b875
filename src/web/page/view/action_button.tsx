/**
 * The main action of a game: one button, or the words why there is none.
 *
 * @module
 */

import { act } from "../state/act.ts";
import { mainAction, type Tone } from "../state/actions.ts";
import type { Game } from "../state/model.ts";
import { connection, settings } from "../state/store.ts";
import { Icon, type IconName } from "./icons.tsx";

const ICONS: Partial<Record<Tone, IconName>> = {
  get: "get",
  play: "play",
  update: "update",
  cancel: "close",
};

/** The button; its name holds the game's, so that a list of buttons makes sense when it is heard. */
export function ActionButton({ game }: { game: Game }) {
  if (!settings.value) return null;
  const main = mainAction(game, settings.value);
  if (!("wish" in main)) {
    return (
      <button type="button" class="button none" disabled title={main.why}>
        {main.label}
      </button>
    );
  }
  const icon = ICONS[main.tone];
  return (
    <button
      type="button"
      class={`button ${main.tone}`}
      disabled={connection.value !== "live"}
      aria-label={`${main.label} ${game.name}`}
      onClick={() => act(game, main)}
    >
      {icon && <Icon name={icon} />}
      {main.label}
    </button>
  );
}
