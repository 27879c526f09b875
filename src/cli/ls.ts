/**
 * `lanspread ls`: lists the games.
 *
 * @module
 */

import type { GameEntry } from "../peer/events.ts";
import { Games } from "../web/answer_schemas.ts";
import { formatBytes } from "./amounts.ts";
import { runClient } from "./client_command.ts";
import { print, renderTable } from "./output.ts";

/** Gives the exit code. */
export async function runLs(args: readonly string[]): Promise<number> {
  return await runClient("ls", args, async ({ client, flags, is_json, signal }) => {
    const answer = await client.read("games", Games, signal);
    if (is_json) await print(JSON.stringify(answer) + "\n");
    else if (flags.has("ids")) await print(answer.games.map(({ id }) => `${id}\n`).join(""));
    else await print(renderGames(answer.games));
    return 0;
  });
}

/** The list for people. */
export function renderGames(games: readonly GameEntry[]): string {
  if (games.length === 0) return "no games here, and nobody has any\n";
  const rows = games.map((game) => [
    game.id,
    game.name === game.id ? "" : game.name,
    game.version ?? game.local_version ?? "",
    formatBytes(game.size),
    stateOf(game),
    String(game.peer_count),
  ]);
  return renderTable(["game", "name", "version", "size>", "here", "sources>"], rows);
}

/** What a game is on this machine. */
function stateOf({ operation, downloaded, installed, version, local_version }: GameEntry): string {
  if (operation) return `${operation} runs`;
  const is_old = version !== null && local_version !== null && version !== local_version;
  const old = is_old ? ` in version ${local_version}` : "";
  if (installed) return `installed${old}`;
  return downloaded ? `downloaded${old}` : "no";
}
