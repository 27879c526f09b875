/**
 * What state a game is in, in a few words with a dot.
 *
 * @module
 */

import { busyLabel, hasUpdate } from "../state/actions.ts";
import { formatBytes, formatCount, percentOf } from "../state/format.ts";
import type { Game } from "../state/model.ts";
import { liveOf } from "../state/store.ts";

/** One line. */
export function StateLine({ game }: { game: Game }) {
  const [kind, text] = stateOf(game);
  return (
    <p class="state" data-kind={kind}>
      <span class="dot" aria-hidden="true" />
      <span class="state-text">{text}</span>
    </p>
  );
}

type Kind = "busy" | "update" | "installed" | "downloaded" | "offered" | "absent";

function stateOf(game: Game): [Kind, string] {
  if (game.operation) return ["busy", busyText(game, game.operation)];
  if (hasUpdate(game)) return ["update", `Update to ${game.version}`];
  if (game.installed) return ["installed", "Installed"];
  if (game.downloaded) return ["downloaded", `Downloaded · ${formatBytes(game.size)}`];
  if (game.peer_count === 0) return ["absent", "Nobody has it"];
  return ["offered", `${formatBytes(game.size)} · ${formatCount(game.peer_count, "machine")}`];
}

function busyText(game: Game, operation: NonNullable<Game["operation"]>): string {
  const live = liveOf(game.id);
  const label = live?.phase === "install" && operation === "download" ? "Installing" : busyLabel(operation);
  return live && live.total_bytes > 0
    ? `${label} · ${percentOf(live.done_bytes, live.total_bytes)}%`
    : `${label}…`;
}
