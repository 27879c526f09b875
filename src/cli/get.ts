/**
 * `lanspread get <game>`: downloads a game, and installs it.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { runOperation } from "./operation.ts";

/** Gives the exit code. */
export async function runGet(args: readonly string[]): Promise<number> {
  return await runClient("get", args, (context) => {
    const { client, game_id, flags, signal } = context;
    const install = flags.has("no-install") ? { install: false } : {};
    return runOperation(
      context,
      "download",
      () => client.command({ command: "download", game_id, ...install }, signal),
    );
  });
}
