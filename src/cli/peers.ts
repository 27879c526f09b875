/**
 * `lanspread peers`: lists the other machines.
 *
 * @module
 */

import { type ListedPeer, Peers } from "../web/answer_schemas.ts";
import { runClient } from "./client_command.ts";
import { print, renderTable } from "./output.ts";

/** Gives the exit code. */
export async function runPeers(args: readonly string[]): Promise<number> {
  return await runClient("peers", args, async ({ client, is_json, signal }) => {
    const answer = await client.read("peers", Peers, signal);
    await print(is_json ? JSON.stringify(answer) + "\n" : renderPeers(answer.peers));
    return 0;
  });
}

/** The list for people. */
export function renderPeers(peers: readonly ListedPeer[]): string {
  if (peers.length === 0) return "nobody else is here yet\n";
  const rows = peers.map(({ name, addr, game_count, peer_id }) => [name, addr, String(game_count), peer_id]);
  return renderTable(["name", "address", "games>", "peer"], rows);
}
