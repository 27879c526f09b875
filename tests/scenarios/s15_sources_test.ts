/**
 * S15, S17, S35, S39: which peer is a source, and which one is not.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, copyGame, filesBelow, makeGame, makeTree, MIB } from "../support/games.ts";
import { HostilePeer } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

function startAll(swarm: Swarm, ...names: string[]): Promise<PeerProcess[]> {
  return Promise.all(names.map((name) => swarm.start(name)));
}

/** What a peer says about one game of another one, once it knows `count` games there. */
async function announced(peer: PeerProcess, other: PeerProcess, count: number) {
  return await until(`${peer.name} knows ${count} games of ${other.name}`, async () => {
    const found = (await peer.knownPeers()).get(other.peer_id);
    return found?.game_count === count ? found.games : undefined;
  });
}

Deno.test("S15: every version is shown as announced, only the newest one is used", async () => {
  await using swarm = await Swarm.make();
  const files = { "data.pak": 3 * MIB };
  await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.9", files });
  const newest = await makeGame(swarm.gameDir("bob"), "alienswarm", { version: "1.10", files });
  // Carol has an old one herself and updates.
  await makeGame(swarm.gameDir("carol"), "alienswarm", { version: "1.8", files: { "old.pak": 10 } });
  const [alice, bob, carol] = await startAll(swarm, "alice", "bob", "carol") as [
    ...[PeerProcess, PeerProcess, PeerProcess],
  ];
  assertEquals((await announced(carol, alice, 1)).map(({ version }) => String(version)), ["1.9"]);
  assertEquals((await announced(carol, bob, 1)).map(({ version }) => String(version)), ["1.10"]);
  const game = await carol.game("alienswarm");
  assertEquals([game?.version, game?.local_version, game?.peer_count], ["1.10", "1.8", 1]);

  const { sources } = await carol.ok("get-game", { game_id: "alienswarm" });
  assertEquals(sources, [bob.peer_id]);
  await carol.download("alienswarm");
  assertEquals(carol.eventsOf("download-begin").map((event) => event.sources), [[bob.peer_id]]);
  const served = carol.eventsOf("download-chunk-finished").map(({ peer_id }) => peer_id);
  assertEquals([...new Set(served)], [bob.peer_id]);
  await assertSameTree(newest, `${swarm.gameDir("carol")}/alienswarm`);
  await alice.sources("alienswarm", 2);
});

Deno.test("S17: a peer with a wrong file size is outvoted and not used", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "data.pak": 40 * MIB, "maps/a.bsp": 1_000 },
  });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  const wrong = await copyGame(root, swarm.gameDir("liar"), "alienswarm");
  await Deno.truncate(`${wrong}/data.pak`, 39 * MIB);
  // Not the order of the ids decides, but the number of peers.
  await swarm.presetPeerId("liar", "00000000-0000-4000-8000-000000000000");
  const [alice, bob, liar, dave] = await startAll(swarm, "alice", "bob", "liar", "dave") as [
    ...[PeerProcess, PeerProcess, PeerProcess, PeerProcess],
  ];
  await dave.sources("alienswarm", 3);
  await dave.download("alienswarm");
  const pair = [alice.peer_id, bob.peer_id].sort();
  assertEquals(dave.eventsOf("download-begin").map(({ sources }) => sources), [pair]);
  const served = dave.eventsOf("download-chunk-finished").map(({ peer_id }) => peer_id);
  assertEquals([...new Set(served)].sort(), pair);
  await assertSameTree(root, `${swarm.gameDir("dave")}/alienswarm`);
  assertEquals(liar.peer_id, "00000000-0000-4000-8000-000000000000");
});

async function writeCatalog(swarm: Swarm, ...ids: string[]): Promise<readonly string[]> {
  const games = ids.map((id) => ({ id, name: `The ${id}`, version: "1.0" }));
  return ["--catalog", await swarm.dir.write("catalog.json", JSON.stringify({ games }))];
}

Deno.test("S35: a game outside the receiver's catalog is shown raw, and filtered everywhere else", async () => {
  await using swarm = await Swarm.make();
  const args = await writeCatalog(swarm, "alienswarm", "quake");
  for (const id of ["alienswarm", "outsider"]) {
    await makeGame(swarm.gameDir("alice"), id, { version: "1.0", files: { "a.bin": 100 } });
  }
  // The catalog's version counts, not the newest one.
  await makeGame(swarm.gameDir("alice"), "quake", { version: "2.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob", { args })]);
  assertEquals((await announced(bob, alice, 3)).map(({ id }) => id), ["alienswarm", "outsider", "quake"]);
  const { games } = await bob.ok("list-games");
  const shown = games.map((game: { id: string; name: string; version: string; peer_count: number }) => [
    ...[game.id, game.name, game.version, game.peer_count],
  ]);
  assertEquals(shown, [["alienswarm", "The alienswarm", "1.0", 1], ["quake", "The quake", "1.0", 0]]);
  for (const command of ["download", "get-game", "fetch-latest", "install"]) {
    const refused = await bob.command(command, { game_id: "outsider" });
    assertEquals([refused.ok, refused.error?.code], [false, "not_in_catalog"], command);
    assertStringIncludes(refused.error?.message ?? "", "outsider");
  }
  assertEquals((await bob.command("download", { game_id: "quake" })).error?.code, "no_peers_have_game");
  assertEquals(await filesBelow(swarm.gameDir("bob")), []);
  await bob.download("alienswarm");
});

Deno.test("S35: a peer with a catalog neither announces nor serves what is outside of it", async () => {
  await using swarm = await Swarm.make();
  const args = await writeCatalog(swarm, "alienswarm");
  for (const id of ["alienswarm", "outsider"]) {
    await makeGame(swarm.gameDir("alice"), id, { version: "1.0", files: { "a.bin": 100 } });
  }
  const [alice, bob] = await Promise.all([swarm.start("alice", { args }), swarm.start("bob")]);
  assertEquals((await announced(bob, alice, 1)).map(({ id, name }) => [id, name]), [
    ["alienswarm", "The alienswarm"],
  ]);
  assertEquals((await bob.command("download", { game_id: "outsider" })).error?.code, "no_peers_have_game");
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await stranger.greet(alice.addr);
  assertEquals((await stranger.ask({ type: "get_game", game_id: "outsider" })).code, "game_not_found");
  assertEquals((await stranger.ask({ type: "get_game", game_id: "alienswarm" })).type, "game_details");
  const local = alice.eventsOf("local-library-changed").at(-1);
  assertEquals(local?.games.map(({ id }) => id), ["alienswarm"]);
});

Deno.test("S39: a peer without the sentinel is not a source", async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("alice");
  await makeTree(`${games}/unfinished`, { "data.pak": 1_000, "nested/version.ini": "1.0" });
  await makeTree(`${games}/folder`, { "version.ini/x": "1.0", "data.pak": 1_000 });
  await makeTree(`${games}/installed`, { "local/bin/game.exe": 1_000 });
  await makeTree(`${games}/elsewhere`, { "data.pak": 10 });
  const real = await swarm.dir.write("real.ini", "1.0");
  if (Deno.build.os !== "windows") await Deno.symlink(real, `${games}/elsewhere/version.ini`);
  await makeGame(games, "whole", { version: "1.0", files: { "data.pak": 1_000 } });
  const [alice, bob] = await startAll(swarm, "alice", "bob") as [PeerProcess, PeerProcess];
  const told = await announced(bob, alice, 2);
  assertEquals(
    told.map(({ id, downloaded, installed, availability }) => [id, downloaded, installed, availability]),
    [
      ["installed", false, true, "local_only"],
      ["whole", true, false, "ready"],
    ],
  );
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await stranger.greet(alice.addr);
  for (const game_id of ["unfinished", "folder", "elsewhere", "installed"]) {
    const refused = await bob.command("download", { game_id });
    assertEquals([refused.ok, refused.error?.code], [false, "no_peers_have_game"], game_id);
    assertEquals((await stranger.ask({ type: "get_game", game_id })).code, "game_not_found", game_id);
  }
  assertEquals((await bob.game("installed"))?.peer_count, 0);
  assertEquals(await filesBelow(swarm.gameDir("bob")), []);
  await bob.download("whole");
});
