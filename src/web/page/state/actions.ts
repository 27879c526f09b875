/**
 * What can be done with a game: one main action by its state, and the others for the menu. Pure.
 *
 * @module
 */

import type { GameWish } from "./peer_api.ts";
import type { Game, Operation, Settings } from "./model.ts";

/** How an action looks. */
export type Tone = "get" | "play" | "update" | "cancel" | "danger" | "plain";

/** Something to be done. */
export interface Action {
  readonly label: string;
  readonly tone: Tone;
  readonly wish: GameWish;
  /** What is asked before it is done. */
  readonly question?: Question;
}

/** What somebody has to be sure of. */
export interface Question {
  readonly title: string;
  readonly text: string;
}

/** The main action, or why there is none. */
export type Main = Action | { readonly label: string; readonly why: string };

const BUSY: Record<Operation, string> = {
  download: "Downloading",
  install: "Installing",
  update: "Updating",
  "stream-install": "Installing",
  uninstall: "Uninstalling",
  remove: "Removing",
};

/** What is going on with a game that something runs on. */
export function busyLabel(operation: Operation): string {
  return BUSY[operation];
}

/** Whether a newer version can be had now. */
export function hasUpdate(game: Game): boolean {
  const { version, local_version, downloaded_version, peer_count } = game;
  if (version === null || local_version === null || local_version === version) return false;
  return peer_count > 0 || downloaded_version === version;
}

/** The one thing that most people want to do with the game now. */
export function mainAction(game: Game, settings: Settings): Main {
  if (game.operation) return whileBusy(game.operation);
  if (hasUpdate(game)) return update(game);
  if (game.installed) return PLAY;
  if (game.downloaded) return { label: "Install", tone: "get", wish: { command: "install" } };
  if (game.peer_count > 0) return get(settings);
  const why = game.availability === "local_only"
    ? "This copy is not complete, so it can't be installed. Add its version.ini when all of its files are there."
    : "No machine that is here now has this game. The button lights up when one comes.";
  return { label: "Not available", why };
}

function whileBusy(operation: Operation): Main {
  if (operation === "uninstall" || operation === "remove") {
    return { label: `${BUSY[operation]}…`, why: "This takes only a moment." };
  }
  return { label: "Cancel", tone: "cancel", wish: { command: "cancel-download" } };
}

const PLAY: Action = { label: "Play", tone: "play", wish: { command: "launch", what: "game" } };

function get({ install }: Settings): Action {
  return { label: install ? "Install" : "Download", tone: "get", wish: { command: "download", install } };
}

function update(game: Game): Action {
  const is_fetched = game.downloaded_version === game.version;
  const wish = is_fetched ? { command: "update" } as const : { command: "download", install: true } as const;
  return { label: "Update", tone: "update", wish };
}

/** Everything else that can be done with the game now. */
export function otherActions(game: Game, settings: Settings): Action[] {
  if (game.operation) return [];
  return [...toPlay(game), ...toGet(game, settings), ...toLetGo(game)];
}

function toPlay(game: Game): Action[] {
  if (!game.installed) return hasUpdate(game) ? [installOld(game)] : [];
  const server: Action = {
    label: "Start server",
    tone: "plain",
    wish: { command: "launch", what: "server" },
  };
  return hasUpdate(game) ? [{ ...PLAY, tone: "plain" }, server] : [server];
}

function installOld({ local_version }: Game): Action {
  return { label: `Install version ${local_version}`, tone: "plain", wish: { command: "install" } };
}

function toGet(game: Game, { install }: Settings): Action[] {
  if (game.peer_count === 0 || game.downloaded) return [];
  const keep: Action = {
    label: game.installed ? "Keep a copy to share" : "Download only",
    tone: "plain",
    wish: { command: "download", install: false },
  };
  if (game.installed) return [keep];
  const light: Action = {
    label: "Install without keeping a copy",
    tone: "plain",
    wish: { command: "stream-install" },
  };
  const other: Action = { label: "Install", tone: "plain", wish: { command: "download", install: true } };
  return install ? [keep, light] : [other, light];
}

function toLetGo(game: Game): Action[] {
  if (game.installed) return [uninstall(game)];
  return game.downloaded ? [remove(game)] : [];
}

function uninstall(game: Game): Action {
  const rest = game.downloaded
    ? "The download stays, so it can be installed again and others can still get it from here."
    : "No copy is kept here; to play it again it has to be fetched from another machine.";
  const text = `Everything in the game's folder “local” is deleted, saved games in it too. ${rest}`;
  return {
    label: "Uninstall…",
    tone: "danger",
    wish: { command: "uninstall" },
    question: { title: `Uninstall ${game.name}?`, text },
  };
}

function remove(game: Game): Action {
  const text = game.peer_count > 0
    ? "The downloaded files are deleted. It can be downloaded again from the machines that have it."
    : "No other machine that is here now has this game. This may be the last copy.";
  return {
    label: "Remove download…",
    tone: "danger",
    wish: { command: "remove-downloaded" },
    question: { title: `Remove ${game.name}?`, text },
  };
}
