/**
 * Asks and commands the peer. The token for changes is fetched when it is needed, and anew after the peer was started
 * again.
 *
 * @module
 */

import type { Holders, OneGame, Refusal } from "../../answer_schemas.ts";
import type { Folders } from "../../folders.ts";

/** A command on a game. */
export type GameWish =
  | {
    command:
      | "cancel-download"
      | "install"
      | "update"
      | "uninstall"
      | "remove-downloaded"
      | "stream-install";
  }
  | { command: "download"; install: boolean }
  | { command: "launch"; what: "game" | "server" };

/** What is to be set otherwise. Rates in bytes a second, `null` for no limit. */
export type SettingsWish =
  | { name: string }
  | { install: boolean }
  | { limit_up: number | null }
  | { limit_down: number | null };

/** A command as the page writes it; whether it is right is checked by the peer. */
export type Wish =
  | GameWish & { game_id: string }
  | { command: "set-game-dir"; game_dir: string; create: boolean }
  | { command: "change-settings" } & SettingsWish
  | { command: "connect"; addr: string };

let token: string | undefined;

/** Gives a command; gives what it is answered. Throws `Refused`, or an `Error` whose message is for people, too. */
export async function command(wish: Wish): Promise<unknown> {
  const answer = await post("/api/v1/commands", wish);
  const value: { ok?: boolean; data?: unknown } & Partial<Refusal> = await answer.json();
  if (value.ok) return value.data;
  const { code = "internal", message = "lanspread answers something unknown; reload the page" } =
    value.error ?? {};
  throw new Refused(code, message);
}

/** The peer does not do what it was told; the message is for people. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/**
 * The folders in a folder of this machine, or in its folder `name`; those in the home for an empty path. Throws an
 * `Error` for people.
 */
export async function foldersIn(path: string, name?: string): Promise<Folders> {
  const answer = await post("/api/v1/folders", { path, name });
  const value: Folders & Partial<Refusal> = await answer.json();
  if (value.error) throw new Error(value.error.message);
  return value;
}

/** Posts, once more with a new token where the old one is not taken any more. */
async function post(path: string, value: unknown): Promise<Response> {
  const answer = await send(path, value);
  if (answer.status !== 401) return answer;
  token = undefined;
  return await send(path, value);
}

async function send(path: string, value: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${await tokenNow()}`, "content-type": "application/json" };
  return await reach(path, { method: "POST", headers, body: JSON.stringify(value) });
}

async function tokenNow(): Promise<string> {
  if (token === undefined) {
    const { token: given }: { token?: string } = await (await reach("/page/token")).json();
    token = given;
  }
  return token ?? "";
}

/** A game with its description and its folder; `undefined` where it is none any more. Throws an `Error`. */
export async function detailsOf(game_id: string): Promise<OneGame["game"] | undefined> {
  const answer = await reach(`/api/v1/game?game_id=${encodeURIComponent(game_id)}`);
  const { game }: Partial<OneGame> = await answer.json();
  return game;
}

/** Who announces a game, in whatever version. Throws an `Error`. */
export async function holdersOf(game_id: string): Promise<Holders["holders"]> {
  const answer = await reach(`/api/v1/holders?game_id=${encodeURIComponent(game_id)}`);
  const { holders }: Partial<Holders> = await answer.json();
  return holders ?? [];
}

async function reach(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Error("lanspread does not answer; is it still running?");
  }
}
