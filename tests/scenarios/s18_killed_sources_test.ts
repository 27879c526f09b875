/**
 * S18, S19: sources that are killed while they send.
 *
 * @module
 */

import { assertEquals, assertGreater } from "../support/assert.ts";
import {
  assertNothingCommitted,
  assertOnlyFinished,
  braked,
  endsOf,
  metAgain,
  underWay,
} from "../support/download_ends.ts";
import { assertSameTree, copyGame, filesBelow, makeGame, MIB } from "../support/games.ts";
import { Swarm } from "../support/swarm.ts";
import { assertWhole, bytesBelow, bytesBy, chunksTold } from "../support/told_chunks.ts";

Deno.test("S18: one of two sources is killed: every byte arrives, from the survivor too, and nothing fails", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "big.pak": 112 * MIB + 7, "maps/a.bsp": 5_000 },
  });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  const [alice, bob, carol] = await Promise.all([
    swarm.start("alice", braked("32M")),
    swarm.start("bob", braked("32M")),
    swarm.start("carol"),
  ]);
  await carol.sources("alienswarm", 2);
  await carol.ok("download", { game_id: "alienswarm" });
  await carol.event("download-chunk-finished", ({ peer_id, path }) => {
    return peer_id === bob.peer_id && path === "big.pak";
  });
  await bob.kill();
  assertEquals(endsOf(carol, "alienswarm"), [], "it came too quickly to kill a source");

  const end = await carol.event("download-finished");
  assertEquals(end.bytes, await bytesBelow(root));
  assertEquals(
    carol.eventsOf("download-begin").map(({ sources }) => sources.toSorted()),
    [[alice.peer_id, bob.peer_id].sort()],
  );
  const parts = chunksTold(carol, "alienswarm");
  await assertWhole(root, parts);
  assertGreater(bytesBy(parts, alice), 0);
  assertEquals(bytesBy(parts, alice) + bytesBy(parts, bob), end.bytes);
  await assertSameTree(root, `${swarm.gameDir("carol")}/alienswarm`);
  assertOnlyFinished(carol, "alienswarm");
  // It is a source itself now.
  await alice.sources("alienswarm", 1);
});

Deno.test("S19: the sole source is killed: the download ends once, with peers-gone and without a sentinel", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "big.pak": 40 * MIB },
  });
  const copy = `${swarm.gameDir("carol")}/alienswarm`;
  const [alice, carol] = await Promise.all([swarm.start("alice", braked("16M")), swarm.start("carol")]);
  await carol.sources("alienswarm", 1);
  await carol.ok("download", { game_id: "alienswarm" });
  await underWay(carol, "alienswarm");
  assertEquals((await carol.game("alienswarm"))?.operation, "download");
  await alice.kill();

  await carol.event("download-peers-gone", ({ game_id }) => game_id === "alienswarm");
  await assertNothingCommitted(carol, "alienswarm", copy);
  // What came stays for the next time, at its full size.
  assertEquals(await filesBelow(copy), ["big.pak"]);
  assertEquals((await Deno.stat(`${copy}/big.pak`)).size, 40 * MIB);

  await metAgain(carol, await swarm.start("alice"));
  await carol.sources("alienswarm", 1);
  await carol.download("alienswarm");
  await assertSameTree(root, copy);
  assertEquals(endsOf(carol, "alienswarm"), ["download-peers-gone", "download-finished"]);
  assertEquals(carol.eventsOf("runtime-failed"), []);
});
