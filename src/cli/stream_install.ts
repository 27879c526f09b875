/**
 * `lanspread stream-install <game>`: installs a game without storing its archives.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { runOperation } from "./operation.ts";

/** Gives the exit code. */
export async function runStreamInstall(args: readonly string[]): Promise<number> {
  return await runClient("stream-install", args, (context) => {
    const { client, game_id, signal } = context;
    return runOperation(
      context,
      "stream-install",
      () => client.command({ command: "stream-install", game_id }, signal),
    );
  });
}
