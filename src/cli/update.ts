/**
 * `lanspread update <game>`: gets the newest version of an installed game and installs it.
 *
 * @module
 */

import { Games } from "../web/answer_schemas.ts";
import { type ClientContext, runClient } from "./client_command.ts";
import { RefusedError } from "./control_client.ts";
import { runOperation } from "./operation.ts";
import { print } from "./output.ts";

/** Where one of these keeps it from being downloaded, what is here may still be newer than what is installed. */
const NOTHING_TO_GET = ["already_downloaded", "no_peers_have_game"];

/** Gives the exit code. */
export async function runUpdate(args: readonly string[]): Promise<number> {
  return await runClient("update", args, async (context) => {
    const { client, game_id, is_json, signal } = context;
    const { games } = await client.read("games", Games, signal);
    const game = games.find(({ id }) => id === game_id);
    if (!game?.installed) {
      throw new RefusedError("not_installed", `Cannot update ${game_id}: it is not installed; get it first`);
    }
    if (game.version === null || game.version !== game.local_version) {
      return await runOperation(context, "update", () => update(context));
    }
    const data = { version: game.version };
    await print(is_json ? JSON.stringify({ ok: true, data }) + "\n" : `${game_id} is up to date\n`);
    return 0;
  });
}

async function update({ client, game_id, signal }: ClientContext): Promise<unknown> {
  try {
    return await client.command({ command: "fetch-latest", game_id, install: true }, signal);
  } catch (error) {
    if (!(error instanceof RefusedError && NOTHING_TO_GET.includes(error.code))) throw error;
    return await client.command({ command: "update", game_id }, signal);
  }
}
