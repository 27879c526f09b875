/**
 * `lanspread launch <game>`: starts an installed game, or its server.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { print } from "./output.ts";

/** Gives the exit code. */
export async function runLaunch(args: readonly string[]): Promise<number> {
  return await runClient("launch", args, async ({ client, game_id, flags, is_json, signal }) => {
    const what = flags.has("server") ? "server" : "game";
    const data = await client.command({ command: "launch", game_id, what }, signal);
    const line = what === "server" ? `the server of ${game_id} runs` : `${game_id} runs`;
    await print(is_json ? JSON.stringify({ ok: true, data }) + "\n" : `${line}\n`);
    return 0;
  });
}
