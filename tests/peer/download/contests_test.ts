import { LanspreadError } from "../../../src/base/errors.ts";
import { type AskForHash, Contests } from "../../../src/peer/download/contests.ts";
import { ChunkEvidence } from "../../../src/peer/download/evidence.ts";
import { HashVotes } from "../../../src/peer/download/verify.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import { PeerId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { chunksOf } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assertEquals } from "../../support/assert.ts";
import { never } from "../../support/memory_peers.ts";

const [TOLD, SENT] = ["a", "b"].map((digit) => Sha256.parse(digit.repeat(64))) as [Sha256, Sha256];
const CHUNKS = 5;
const FILES = [{ path: ManifestPath.parse("a.bin"), size: CHUNKS * CHUNK_BYTES }];
const [TELLING, SENDING, THIRD] = [1, 2, 3].map((n) =>
  PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)
) as [PeerId, PeerId, PeerId];

/** How often the third source is asked about chunks on which the two others differ. */
async function timesAsked(answer: () => Promise<Sha256 | undefined>): Promise<number> {
  const votes = new HashVotes(FILES);
  const told = new ChunkHashes(CHUNKS);
  for (let index = 0; index < CHUNKS; index++) told.set(index, TOLD);
  votes.add(TELLING, told.encode());
  const evidence = new ChunkEvidence(votes);
  let count = 0;
  const ask: AskForHash = (peer_id) => {
    assertEquals(peer_id, THIRD);
    count++;
    return answer();
  };
  const contests = new Contests(evidence, ask);
  const decisions = [...chunksOf(FILES)].map((chunk, index) => {
    evidence.arrived(index, SENT, [SENDING]);
    const usable = () => [TELLING, SENDING, THIRD];
    return contests.decide({ chunk, index, usable, is_late: false }, never);
  });
  assertEquals((await Promise.all(decisions)).map(({ verdict }) => verdict), Array(CHUNKS).fill("again"));
  return count;
}

Deno.test("a source that takes too long to show its bytes of two chunks is asked about no other one", async () => {
  const late = () => Promise.reject(new LanspreadError("timeout", "it sends a byte a second"));
  assertEquals(await timesAsked(late), 2);
});

Deno.test("a source that can't answer now is asked about the next chunk all the same", async () => {
  assertEquals(await timesAsked(() => Promise.resolve(undefined)), CHUNKS);
});
