/**
 * `lanspread uninstall <game>`: uninstalls a game and keeps its download.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { runOperation } from "./operation.ts";

/** Gives the exit code. */
export async function runUninstall(args: readonly string[]): Promise<number> {
  return await runClient("uninstall", args, (context) => {
    const { client, game_id, signal } = context;
    return runOperation(
      context,
      "uninstall",
      () => client.command({ command: "uninstall", game_id }, signal),
    );
  });
}
