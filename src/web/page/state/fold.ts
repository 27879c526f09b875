/**
 * Takes what the event stream tells into the model. Pure: the same model where nothing changed.
 *
 * @module
 */

import type { Snapshot, Told } from "../../answer_schemas.ts";
import { foldLive, liveOf } from "./fold_live.ts";
import { logged, logOf } from "./fold_log.ts";
import { countGames, discovered, lose, meet, withNames } from "./fold_machines.ts";
import type { Game, Model } from "./model.ts";

/** The model after `told`, which came at `now_ms`; `undefined` before the first snapshot. */
export function fold(model: Model | undefined, told: Told, now_ms: number): Model | undefined {
  if (told.event === "snapshot") return start(told, model, now_ms);
  if (!model) return undefined;
  return logged(step(model, told, now_ms), told, now_ms);
}

function start(told: Snapshot, before: Model | undefined, now_ms: number): Model {
  const { version, status, settings, suggested_game_dir, incompatible } = told;
  const machines = told.peers.map(({ peer_id, name, addr, game_count }) => ({
    peer_id,
    name,
    addr,
    game_count,
  }));
  return {
    version,
    status,
    settings,
    suggested_game_dir,
    incompatible,
    games: keepSame(before?.games ?? [], told.games),
    machines: new Map(machines.map((machine) => [machine.peer_id, machine])),
    names: withNames(before?.names ?? new Map(), [...incompatible, ...machines]),
    live: new Map(told.progress.map((progress) => [progress.game_id, liveOf(progress, now_ms)])),
    log: logOf(told.recent),
    announced: (before?.announced ?? 0) + 1,
  };
}

function step(model: Model, told: Exclude<Told, Snapshot>, now_ms: number): Model {
  switch (told.event) {
    case "local-peer-ready":
      return { ...model, status: { ...model.status, listen_addr: told.listen_addr } };
    case "settings-changed":
      return { ...model, settings: told.settings };
    case "games-list-updated":
      return { ...model, games: keepSame(model.games, told.games) };
    case "active-operations-changed":
      return withOperations(model, told.operations);
    case "peer-discovered":
      return discovered(model, told);
    case "peer-connected":
    case "peer-changed":
      return meet(model, told);
    case "peer-lost":
      return lose(model, told);
    case "peer-library-changed":
      return countGames(model, told);
    default:
      return foldLive(model, told, now_ms);
  }
}

/** What runs is known from here at once; the list that follows says the same. */
function withOperations(model: Model, operations: Snapshot["status"]["operations"]): Model {
  const kinds = new Map(operations.map(({ game_id, operation }) => [game_id, operation]));
  const games = model.games.map((game) => {
    const operation = kinds.get(game.id) ?? null;
    return operation === game.operation ? game : { ...game, operation };
  });
  const live = new Map([...model.live].filter(([game_id]) => kinds.has(game_id as Game["id"])));
  return { ...model, games, live, status: { ...model.status, operations } };
}

/** Games that are as they were stay the same objects, so that they need not be drawn again. */
function keepSame(before: readonly Game[], after: readonly Game[]): readonly Game[] {
  const old = new Map(before.map((game) => [game.id, game]));
  return after.map((game) => {
    const was = old.get(game.id);
    return was && JSON.stringify(was) === JSON.stringify(game) ? was : game;
  });
}
