/**
 * S14, S16: one download from several equal sources at once, and only from those of the wanted version.
 *
 * @module
 */

import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertOnlyFinished, braked } from "../support/download_ends.ts";
import { assertSameTree, copyGame, makeArchiveGame, makeGame, MIB } from "../support/games.ts";
import { HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { assertWhole, bytesBelow, bytesBy, bytesOf, chunksTold } from "../support/told_chunks.ts";

Deno.test("S14: four equal chunks over two equal peers come two and two, and sum to the size", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "big.pak": 4 * CHUNK_BYTES },
  });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  const [alice, bob, carol] = await Promise.all([
    swarm.start("alice", braked("32M")),
    swarm.start("bob", braked("32M")),
    swarm.start("carol"),
  ]);
  await carol.sources("alienswarm", 2);
  const quarters = [0, 1, 2, 3].map((at) => [at * CHUNK_BYTES, CHUNK_BYTES]);
  // On a busy machine two peers are not equal at every moment, and the faster one rightly sends more.
  for (let tries = 1, is_even = false; !is_even; tries++) {
    assertLessOrEqual(tries, 5, "they never shared evenly");
    if (tries > 1) {
      await carol.ok("remove-downloaded", { game_id: "alienswarm" });
      await until("it is removed", async () => !(await carol.game("alienswarm"))?.downloaded);
    }
    const from = carol.lines.length;
    const end = await carol.download("alienswarm");
    const parts = chunksTold(carol, "alienswarm", from);
    await assertWhole(root, parts);
    assertEquals([end.bytes, bytesOf(parts)], [4 * CHUNK_BYTES + 3, 4 * CHUNK_BYTES + 3]);
    assertOnlyFinished(carol, "alienswarm", from);
    await assertSameTree(root, `${swarm.gameDir("carol")}/alienswarm`);
    const big = parts.filter(({ path }) => path === "big.pak").sort((a, b) => a.offset - b.offset);
    const shares = [bytesBy(big, alice), bytesBy(big, bob)];
    is_even = JSON.stringify([big.map(({ offset, length }) => [offset, length]), shares]) ===
      JSON.stringify([quarters, [2 * CHUNK_BYTES, 2 * CHUNK_BYTES]]);
  }
});

Deno.test("S16: a large archive fans out over the peers of the catalog version only", async () => {
  await using swarm = await Swarm.make();
  const games = [{ id: "alienswarm", name: "Alien Swarm", version: "1.0" }];
  const catalog = await swarm.dir.write("catalog.json", JSON.stringify({ games }));
  const content = { "bin/game.exe": 100, "data/big.pak": 79 * MIB };
  const root = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  await makeArchiveGame(swarm.gameDir("carol"), "alienswarm", { version: "2.0", content });
  const [alice, bob, carol, dave] = await Promise.all([
    swarm.start("alice", braked("32M")),
    swarm.start("bob", braked("32M")),
    swarm.start("carol"),
    swarm.start("dave", { args: ["--catalog", catalog, "--no-install"] }),
  ]);
  await dave.sources("alienswarm", 2);
  await knowsOneGameOf(dave, carol);
  // Another one of the newer version, that remembers what it is asked.
  await using eve = await HostilePeer.start({
    party: swarm.party,
    games: [readyGame("alienswarm", "2.0", 100)],
  });
  await eve.greet(dave.addr);
  await knowsOneGameOf(dave, eve);

  const end = await dave.download("alienswarm");
  assertEquals(end.bytes, await bytesBelow(root));
  const pair = [alice.peer_id, bob.peer_id].sort();
  assertEquals(dave.eventsOf("download-begin").map(({ sources }) => sources.toSorted()), [pair]);
  const parts = chunksTold(dave, "alienswarm");
  await assertWhole(root, parts);
  for (const source of [alice, bob]) assertGreaterOrEqual(bytesBy(parts, source), CHUNK_BYTES, source.name);
  assertEquals(bytesBy(parts, alice) + bytesBy(parts, bob), end.bytes);
  assertEquals(eve.requests.filter(({ type }) => type === "get_game" || type === "get_chunk"), []);
  assertOnlyFinished(dave, "alienswarm");
  await assertSameTree(root, `${swarm.gameDir("dave")}/alienswarm`);
});

async function knowsOneGameOf(peer: PeerProcess, other: { peer_id: string }): Promise<void> {
  await until(`${peer.name} knows what the other has`, async () => {
    const known = [...(await peer.knownPeers()).values()];
    return known.find(({ peer_id }) => peer_id === other.peer_id)?.game_count === 1;
  });
}
