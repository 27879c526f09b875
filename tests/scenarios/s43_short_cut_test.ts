/**
 * S43: the network between two peers is cut for five seconds: they find each other again, and a download that runs goes
 * on. `network_cut_test.ts` is about a cut that is longer than anybody waits.
 *
 * @module
 */

import { assertEquals, assertLess } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { assertOnlyFinished, braked, endsOf, partsCame } from "../support/download_ends.ts";
import { assertSameTree, makeGame, MIB } from "../support/games.ts";
import { Cable, inNamespace, whyNoNamespaces } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { assertWhole, bytesOf, chunksTold } from "../support/told_chunks.ts";

const CUT_MS = 5_000;
const ID = "alienswarm";
const NAME = "S43: a cut of five seconds: both find each other again, and the download that runs goes on";

Deno.test(NAME, { ignore: leftOut(NAME, await whyNoNamespaces()) }, async () => {
  await using swarm = await Swarm.make();
  await using cable = await Cable.lay();
  const at = (end: 0 | 1) => ({ wrapper: inNamespace(cable.names[end]), address: `10.77.0.${end + 1}` });
  const root = await makeGame(swarm.gameDir("alice"), ID, {
    version: "1.0",
    files: { "big.pak": 72 * MIB, "maps/a.bsp": 5_000 },
  });
  const [alice, bob] = await Promise.all([
    swarm.start("alice", { ...braked("24M"), host: at(0) }),
    swarm.start("bob", { host: at(1) }),
  ]);
  await bob.sources(ID, 1);
  await bob.ok("download", { game_id: ID });
  await partsCame(bob, ID, 1);
  const cut_at = performance.now();
  await cable.cut();
  assertEquals(endsOf(bob, ID), [], "it came too quickly to cut it");
  const before = bytesOf(chunksTold(bob, ID));
  await until("the cut is long enough", () => performance.now() - cut_at >= CUT_MS);
  assertEquals(endsOf(bob, ID), []);
  assertLess(bytesOf(chunksTold(bob, ID)), 72 * MIB);
  await cable.mend();

  // The same download goes on: it has one beginning and one end, and nothing comes twice.
  await bob.event("download-finished");
  assertOnlyFinished(bob, ID);
  assertEquals(bob.eventsOf("download-begin").length, 1);
  const done = bob.eventsOf("download-progress").map(({ done_bytes }) => done_bytes);
  assertEquals(done, done.toSorted((a, b) => a - b), "what was here does not come again");
  await assertWhole(root, chunksTold(bob, ID));
  assertLess(before, bytesOf(chunksTold(bob, ID)));
  evidence({ "bytes before the cut": before, "bytes after it": bytesOf(chunksTold(bob, ID)) - before });
  await assertSameTree(root, `${swarm.gameDir("bob")}/${ID}`);

  // Both know each other, and what happens from now on is heard on both sides.
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0" });
  await makeGame(swarm.gameDir("bob"), "doom", { version: "1.0" });
  await bob.sources("quake", 1);
  await alice.sources("doom", 1);
  await alice.sources(ID, 1);
  assertEquals([(await alice.knownPeers()).size, (await bob.knownPeers()).size], [1, 1]);
  await bob.download("quake");
  assertEquals([alice, bob].flatMap((peer) => peer.eventsOf("runtime-failed")), []);
});
