import fc from "fast-check";
import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds, SEED_VARIABLE } from "../support/seeds.ts";
import { playDownload } from "./download/play.ts";
import { type Result, simulateDownload } from "./download/sim_download.ts";
import { type VotingWorld, votingWorldOf } from "./download/voting_world.ts";

/** The same downloads on every run; others with the environment variable of `seeds.ts`. */
const SEED = "20261120";
const DOWNLOADS = 4_000;
/** Enough downloads to see everything that can happen. */
const SAMPLE = 400;
const STRIKES = 3;

const seeds = fc.noBias(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

const play = (seed: number) => playDownload(seed, { worldOf: votingWorldOf, judge });

function judge({ natures, honest, faulty, is_calm }: VotingWorld, result: Result): void {
  const { ledger, dropped_ms, total_ms } = result;
  // Who is left alone with a liar can't be told from it.
  if (!is_calm || honest.size <= faulty.size) return;
  assert(total_ms !== undefined, "honest sources are there, and it does not come to its end");
  for (const peer_id of honest) {
    assert(!dropped_ms.has(peer_id), `${peer_id} is honest, and dropped`);
  }
  assertEquals(ledger.kept_wrong, []);
  const most = STRIKES * faulty.size;
  assert(
    ledger.contested.size <= most,
    `${ledger.contested.size} chunks were contested, not ${most} at most`,
  );
  for (const { peer_id } of natures) {
    const waste = ledger.wasteOf(peer_id);
    const allowed = (faulty.has(peer_id) ? 2 : 1) * CHUNK_BYTES;
    assert(waste <= allowed, `${waste} bytes of ${peer_id} came in vain`);
  }
}

Deno.test("whatever a minority tells and sends, no honest source is dropped, and few chunks come more than once", async () => {
  const seed = Deno.env.get(SEED_VARIABLE) ?? SEED;
  const downloads = fc.property(seeds, (n) => void play(n));
  await holds(downloads, { runs: DOWNLOADS, keep_first_failure: true, seed });
});

Deno.test("the voting downloads see contested, corrupt and disputed chunks, and sources that are found to lie", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SAMPLE; seed++) {
    const result = simulateDownload(votingWorldOf(seed, true));
    if (result.ledger.contested.size > 0) seen.add("contested");
    for (const line of result.trace) seen.add(line.split(" ")[1] ?? "");
  }
  const missing = ["contested", "corrupt", "again", "distrusted", "avoid"].filter((word) => !seen.has(word));
  assertEquals(missing, []);
});
