/**
 * `lanspread status`: shows this peer and what it does.
 *
 * @module
 */

import type { PeerStatus } from "../peer/command_desk.ts";
import { Status } from "../web/answer_schemas.ts";
import { formatCount } from "./amounts.ts";
import { runClient } from "./client_command.ts";
import { print } from "./output.ts";

/** Gives the exit code. */
export async function runStatus(args: readonly string[]): Promise<number> {
  return await runClient("status", args, async ({ client, is_json, signal }) => {
    const status = await client.read("status", Status, signal);
    await print(is_json ? JSON.stringify(status) + "\n" : renderStatus(status));
    return 0;
  });
}

/** The state for people. */
export function renderStatus(
  { peer_id, listen_addr, quic, peer_count, library_rev, operations }: PeerStatus,
): string {
  const rows = [
    `peer ${peer_id}`,
    `listens on ${listen_addr} (${quic})`,
    `sees ${formatCount(peer_count, "other peer")}`,
    `library revision ${library_rev}`,
    ...operations.map(({ game_id, operation }) => `${operation} of ${game_id} runs`),
  ];
  return rows.map((row) => `${row}\n`).join("");
}
