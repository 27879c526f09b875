/**
 * `lanspread install <game>`: installs a downloaded game.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { runOperation } from "./operation.ts";

/** Gives the exit code. */
export async function runInstall(args: readonly string[]): Promise<number> {
  return await runClient("install", args, (context) => {
    const { client, game_id, signal } = context;
    return runOperation(context, "install", () => client.command({ command: "install", game_id }, signal));
  });
}
