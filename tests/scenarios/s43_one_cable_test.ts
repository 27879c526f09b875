/**
 * S43: three hosts at a switch, links of a set speed, and one of two sources loses its cable: who is left keeps going,
 * and the lost one is found again when its cable is back.
 *
 * @module
 */

import { assertEquals, assertGreater, assertLess } from "../support/assert.ts";
import { assertOnlyFinished, endsOf, partsCame } from "../support/download_ends.ts";
import { evidence } from "../support/evidence.ts";
import { assertSameTree, copyGame, makeGame, MIB } from "../support/games.ts";
import { Lan, whyNoLan } from "../support/lan.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { assertWhole, bytesBy, bytesOf, chunksTold } from "../support/told_chunks.ts";

const ID = "alienswarm";
const LINK_MBIT_PER_S = 100;
const NAME =
  "S43: one of two sources loses its cable: the other one carries on, and the lost one is found again";

Deno.test(NAME, { ignore: leftOut(NAME, await whyNoLan()) }, async () => {
  await using swarm = await Swarm.make();
  await using lan = await Lan.lay(3);
  const root = await makeGame(swarm.gameDir("alice"), ID, {
    version: "1.0",
    files: { "big.pak": 96 * MIB, "maps/a.bsp": 5_000 },
  });
  await copyGame(root, swarm.gameDir("bob"), ID);
  for (const at of [0, 1]) await lan.host(at).limit(LINK_MBIT_PER_S);
  const [alice, bob, carol] = await Promise.all([
    swarm.start("alice", { host: lan.host(0) }),
    swarm.start("bob", { host: lan.host(1) }),
    swarm.start("carol", { host: lan.host(2) }),
  ]);
  await carol.sources(ID, 2);
  await carol.ok("download", { game_id: ID });
  await partsCame(carol, ID, 2);
  await lan.host(0).cut();
  const before = bytesOf(chunksTold(carol, ID));
  assertEquals(endsOf(carol, ID), [], "it came too quickly to cut a cable");

  // With the cable out it comes to its one end, whole, the rest of it from the one who is left.
  await carol.event("download-finished");
  assertOnlyFinished(carol, ID);
  const parts = chunksTold(carol, ID);
  await assertWhole(root, parts);
  await assertSameTree(root, `${swarm.gameDir("carol")}/${ID}`);
  assertLess(before, bytesOf(parts));
  assertGreater(bytesBy(parts, alice), 0);
  assertGreater(bytesBy(parts, bob), bytesBy(parts, alice));
  evidence({ "before the cut": `${before} B`, "from the one who is left": `${bytesBy(parts, bob)} B` });

  // What the lost one has is heard of and fetched over the cable that is back, and the others never lost each other.
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0" });
  await lan.host(0).heal();
  for (const peer of [bob, carol]) await peer.sources("quake", 1);
  await carol.download("quake");
  await alice.sources(ID, 2);
  const lost = [bob, carol].flatMap((peer) => peer.eventsOf("peer-lost").map(({ peer_id }) => peer_id));
  assertEquals(lost.filter((peer_id) => peer_id !== alice.peer_id), []);
  assertEquals([alice, bob, carol].flatMap((peer) => peer.eventsOf("runtime-failed")), []);
});
