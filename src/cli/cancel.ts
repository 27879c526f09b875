/**
 * `lanspread cancel <game>`: cancels a download, an install, an update, or the wait for a setup.
 *
 * @module
 */

import { runClient } from "./client_command.ts";
import { print } from "./output.ts";

/** Gives the exit code. */
export async function runCancel(args: readonly string[]): Promise<number> {
  return await runClient("cancel", args, async ({ client, game_id, is_json, signal }) => {
    const data = await client.command({ command: "cancel-download", game_id }, signal);
    await print(is_json ? JSON.stringify({ ok: true, data }) + "\n" : `${game_id} is cancelled\n`);
    return 0;
  });
}
