/**
 * Keeps what was seen where a soak failed: the plan's actions, the problems, and for each life its log and its lines.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import type { Party } from "./party.ts";

/** Writes everything to a folder of its own and gives its path. */
export async function keepLogs(party: Party, story: readonly string[]): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "lanspread_soak_failed_" });
  await Deno.writeTextFile(join(dir, "story.txt"), story.join("\n"));
  await Deno.writeTextFile(join(dir, "problems.txt"), [...party.problems].join("\n"));
  for (const peer of party.peers) {
    for (const [n, { process, end }] of peer.lives.entries()) {
      const name = join(dir, `${peer.name}_life${n + 1}_${end}`);
      await Deno.writeTextFile(`${name}.log`, process.log);
      await Deno.writeTextFile(`${name}.jsonl`, process.lines.map((line) => JSON.stringify(line)).join("\n"));
    }
  }
  return dir;
}
