/**
 * `lanspread rm <game>`: deletes the downloaded files of a game that is not installed.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { runOperation } from "./operation.ts";

/** Gives the exit code. */
export async function runRm(args: readonly string[]): Promise<number> {
  return await runClient("rm", args, (context) => {
    const { client, game_id, signal } = context;
    return runOperation(
      context,
      "remove",
      () => client.command({ command: "remove-downloaded", game_id }, signal),
    );
  });
}
