/**
 * S18: a source that is killed in the middle of a download costs time and nothing else.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { assertSameTree, copyGame, makeGame, MIB } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const SIZE_BYTES = 640 * MIB;

Deno.test("S18: one of two sources is killed mid-download; every byte arrives, and nothing fails", async () => {
  await using swarm = await Swarm.make();
  const files = { "big.pak": SIZE_BYTES };
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((name) => swarm.start(name)),
  ) as [
    ...[PeerProcess, PeerProcess, PeerProcess],
  ];
  await carol.sources("alienswarm", 2);
  const ending = carol.downloadEnd("alienswarm");
  await carol.event("download-chunk-finished", ({ peer_id }) => peer_id === bob.peer_id);
  await bob.kill();
  assertEquals(carol.eventsOf("download-finished"), [], "the download was over before the kill");
  assertEquals((await ending).event, "download-finished");

  await assertSameTree(root, `${swarm.gameDir("carol")}/alienswarm`);
  const chunks = carol.eventsOf("download-chunk-finished");
  const bytesOf = (peer: PeerProcess) =>
    chunks.filter(({ peer_id }) => peer_id === peer.peer_id).reduce((sum, { length }) => sum + length, 0);
  assert(bytesOf(alice) > SIZE_BYTES / 2, `the survivor served ${bytesOf(alice)} bytes`);
  assertEquals(bytesOf(alice) + bytesOf(bob), SIZE_BYTES + 3);
  assertEquals(new Set(chunks.map(({ path, offset }) => `${path} ${offset}`)).size, chunks.length);
  assertEquals(carol.eventsOf("download-failed"), []);
  assertEquals(carol.eventsOf("download-peers-gone"), []);
});
