/**
 * Everything about one game, beside the library.
 *
 * @module
 */

import { closeGame, openGame } from "../state/router.ts";
import { lastFailure } from "../state/fold_log.ts";
import type { Game } from "../state/model.ts";
import { gameOf, log } from "../state/store.ts";
import { ActionButton } from "./action_button.tsx";
import { Cover } from "./cover.tsx";
import { Dialog } from "./dialog.tsx";
import { GameFacts } from "./game_facts.tsx";
import { Icon } from "./icons.tsx";
import { LiveCard } from "./live_card.tsx";
import { MainReason } from "./main_reason.tsx";
import { MoreMenu } from "./more_menu.tsx";
import { Sources } from "./sources.tsx";
import { StateLine } from "./state_line.tsx";
import { useDetails } from "./use_details.ts";

/** The panel of the game that the address names; nothing where it names none. */
export function GamePanel() {
  const game = openGame.value === undefined ? undefined : gameOf(openGame.value);
  if (!game) return null;
  return (
    <Dialog key={game.id} name={game.name} kind="panel" onClose={closeGame}>
      <PanelHead game={game} />
      <PanelBody game={game} />
    </Dialog>
  );
}

function PanelBody({ game }: { game: Game }) {
  const details = useDetails(game);
  return (
    <div class="panel-body">
      {game.operation ? <LiveCard game={game} /> : <PanelActions game={game} />}
      <Failure game={game} />
      {details?.description && <p class="description">{details.description}</p>}
      <GameFacts game={game} details={details} />
      <Sources game={game} />
    </div>
  );
}

function PanelHead({ game }: { game: Game }) {
  const words = [game.genre, game.players !== undefined && `${game.players} players`].filter(Boolean);
  return (
    <header class="panel-head">
      <Cover id={game.id} name={game.name} />
      <button type="button" class="icon-button panel-close" aria-label="Close" onClick={closeGame}>
        <Icon name="close" />
      </button>
      <div class="panel-title">
        <h2>{game.name}</h2>
        {words.length > 0 && <p>{words.join(" · ")}</p>}
      </div>
    </header>
  );
}

function PanelActions({ game }: { game: Game }) {
  return (
    <div class="panel-actions">
      <div class="panel-buttons">
        <ActionButton game={game} />
        <MoreMenu game={game} />
        <StateLine game={game} />
      </div>
      <MainReason game={game} />
    </div>
  );
}

function Failure({ game }: { game: Game }) {
  const message = game.operation ? undefined : lastFailure(log.value, game.id);
  if (message === undefined) return null;
  return (
    <p class="failure">
      <Icon name="alert" />
      <span>{message}</span>
    </p>
  );
}
