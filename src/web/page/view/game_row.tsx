/**
 * One game of the list: a line with cover, name, facts and the main action.
 *
 * @module
 */

import type { Game } from "../state/model.ts";
import { linkToGame } from "../state/router.ts";
import { ActionButton } from "./action_button.tsx";
import { Cover } from "./cover.tsx";
import { TileProgress } from "./game_tile.tsx";
import { MoreMenu } from "./more_menu.tsx";
import { StateLine } from "./state_line.tsx";

/** A row. */
export function GameRow({ game }: { game: Game }) {
  const version = game.local_version ?? game.version;
  return (
    <li class="row" data-game={game.id}>
      <a class="row-link" href={linkToGame(game.id)}>
        <div class="row-cover">
          <Cover id={game.id} name={game.name} />
        </div>
        <div class="row-names">
          <h2 class="row-name">{game.name}</h2>
          <p class="row-facts">
            {[game.genre, version && `v${version}`].filter(Boolean)
              .join(" · ")}
          </p>
        </div>
      </a>
      <div class="row-state">
        <StateLine game={game} />
        {game.operation && <TileProgress game={game} />}
      </div>
      <div class="row-actions">
        <ActionButton game={game} />
        <MoreMenu game={game} />
      </div>
    </li>
  );
}
