import { Verification } from "../../../src/peer/download/verification.ts";
import { MemoryFile } from "../../../src/peer/download/sinks.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import { Sha256 } from "../../../src/proto/ids.ts";
import { chunksOf } from "../../../src/proto/manifest.ts";
import { assert, assertEquals, assertGreater } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { manifestOf as listOf } from "../../support/manifests.ts";
import { manifestOf } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { newPeerId } from "../../support/parties.ts";
import { countTurns } from "../../support/turns.ts";

Deno.test("ask() waits half a second for a source that says nothing, and not once more for the same one", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const manifest = manifestOf({ "version.ini": new TextEncoder().encode("1.0") });
  const silent = newPeerId();
  await using verification = new Verification(manifest, [...chunksOf(manifest.files)], new MemoryFile(3), {
    game_dir: "/nowhere",
    clock,
    hash: () => Promise.reject(new Error("nothing is hashed here")),
    connectionTo: () => Promise.reject(new Error("nobody is asked for bytes here")),
    heard: () => {},
    askHashes: (peer_id, _, signal) => {
      asked.push(peer_id);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  }, never);
  let is_over = false;
  const asking = verification.ask([silent], never).then(() => is_over = true);
  await clock.advance(499);
  assert(!is_over);
  await clock.advance(1);
  await asking;
  // The clock stands still from here on.
  await verification.ask([silent], never);
  assertEquals(asked, [silent]);
});

Deno.test("recheck() of many chunks is done in turns, whether all is well or some has to be judged", async () => {
  const sizes = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, 1]));
  const manifest = listOf("game", "1.0", sizes);
  const chunks = [...chunksOf(manifest.files)];
  const sha256 = Sha256.parse("a".repeat(64));
  const told = new ChunkHashes(chunks.length);
  for (let index = 1; index < chunks.length; index++) told.set(index, sha256);
  await using verification = new Verification(manifest, chunks, new MemoryFile(3), {
    game_dir: "/nowhere",
    clock: new FakeClock(),
    hash: () => Promise.reject(new Error("nothing is hashed here")),
    connectionTo: () => Promise.reject(new Error("nobody is asked for bytes here")),
    heard: () => {},
    askHashes: () => Promise.resolve(told.encode()),
  }, never);
  const peer_id = newPeerId();
  await verification.ask([peer_id], never);
  for (const chunk of chunks) verification.resumed(chunk, sha256);
  const [some, turns_for_some] = await countTurns(() => verification.recheck([peer_id], never));
  assertEquals([some.findings.size, some.is_complete], [0, false]);
  told.set(0, sha256);
  const [all, turns_for_all] = await countTurns(() => verification.recheck([peer_id], never));
  assertEquals([all.findings.size, all.is_complete], [0, true]);
  assertGreater(Math.min(turns_for_some, turns_for_all), 1);
});
