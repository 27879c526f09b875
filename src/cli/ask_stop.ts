/**
 * Ctrl-C while the peer works on a game: whoever is asked says whether the peer goes on. The work is the peer's, so
 * without an answer it goes on.
 *
 * @module
 */

import { print } from "./output.ts";

/** What shall happen. */
export type Answer = "go on" | "cancel";

/** Asks on the terminal; where there is none nobody is asked. A second Ctrl-C is "go on". */
export async function askStop(game_id: string): Promise<Answer> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return "go on";
  // Raw before the question: a key that follows it at once is neither echoed nor kept for a line's end.
  Deno.stdin.setRaw(true);
  try {
    await print(`${game_id}: [c]ancel it, or let the peer [g]o on without this terminal (default)? `);
    const answer = await readKey();
    await print(`${answer}\n`);
    return answer;
  } finally {
    Deno.stdin.setRaw(false);
  }
}

async function readKey(): Promise<Answer> {
  const key = new Uint8Array(1);
  const count = await Deno.stdin.read(key);
  return count && ["c", "C"].includes(new TextDecoder().decode(key)) ? "cancel" : "go on";
}
