/**
 * One game of the grid: cover, name, state, main action.
 *
 * @module
 */

import { useComputed } from "@preact/signals";
import { percentOf } from "../state/format.ts";
import type { Game } from "../state/model.ts";
import { linkToGame } from "../state/router.ts";
import { liveOf } from "../state/store.ts";
import { ActionButton } from "./action_button.tsx";
import { Cover } from "./cover.tsx";
import { MoreMenu } from "./more_menu.tsx";
import { ProgressBar } from "./progress_bar.tsx";
import { StateLine } from "./state_line.tsx";

/** A tile; its cover and name lead to the game's panel. */
export function GameTile({ game }: { game: Game }) {
  return (
    <li class="tile" data-game={game.id}>
      <a class="tile-link" href={linkToGame(game.id)}>
        <div class="tile-cover">
          <Cover id={game.id} name={game.name} />
          {game.operation && <TileProgress game={game} />}
        </div>
        <h2 class="tile-name" title={game.name}>{game.name}</h2>
      </a>
      <StateLine game={game} />
      <div class="tile-actions">
        <ActionButton game={game} />
        <MoreMenu game={game} />
      </div>
    </li>
  );
}

/** How far the operation on a game is, as a bar. */
export function TileProgress({ game }: { game: Game }) {
  const live = useComputed(() => liveOf(game.id)).value;
  const percent = live && live.total_bytes > 0 ? percentOf(live.done_bytes, live.total_bytes) : undefined;
  return <ProgressBar percent={percent} label={`Progress of ${game.name}`} />;
}
