import { Verification } from "../../../src/peer/download/verification.ts";
import { MemoryFile } from "../../../src/peer/download/sinks.ts";
import { chunksOf } from "../../../src/proto/manifest.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { manifestOf } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { newPeerId } from "../../support/parties.ts";

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
