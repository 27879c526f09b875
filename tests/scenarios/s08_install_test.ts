/**
 * S8, S9: a download that is installed by itself, and one that is not.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, filesBelow, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { type Line, type PeerProcess, Swarm } from "../support/swarm.ts";

const CONTENT = {
  "bin/game.exe": 3 * MIB + 1,
  "data/level 1/ünïcode.dat": 100_000,
  "data/big.pak": 20 * MIB,
  "readme.txt": "hello",
  "empty.cfg": 0,
};

/** The order in which events of these names came, each name once for a run of them. */
function order(peer: PeerProcess, names: readonly Line["event"][]): string[] {
  const found = peer.lines.map(({ event }) => event).filter((event) => names.includes(event));
  return found.filter((event, at) => event !== found[at - 1]);
}

const STEPS = [
  ...["download-begin", "download-progress", "download-finished", "download-failed"] as const,
  ...["install-begin", "install-progress", "install-finished", "install-failed"] as const,
];

function operations(peer: PeerProcess): string[][] {
  return peer.eventsOf("active-operations-changed")
    .map((event) => event.operations.map(({ game_id, operation }) => `${operation} ${game_id}`));
}

Deno.test("S8: a download is followed by its install, and local/ is the archive's content", async () => {
  await using swarm = await Swarm.make();
  const root = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    content: CONTENT,
  });
  const expected = swarm.dir.join("expected");
  await makeTree(expected, CONTENT, "alienswarm");
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  await bob.download("alienswarm");
  await bob.anyEvent(["install-finished", "install-failed"]);

  const copy = `${swarm.gameDir("bob")}/alienswarm`;
  await assertSameTree(expected, `${copy}/local`);
  await assertSameTree(root, copy, { ignore: ["local"] });
  assertEquals(order(bob, STEPS), [
    ...["download-begin", "download-progress", "download-finished"],
    ...["install-begin", "install-progress", "install-finished"],
  ]);
  assertEquals(operations(bob), [["download alienswarm"], ["install alienswarm"], []]);
  assertEquals(bob.eventsOf("install-begin").map(({ operation }) => operation), ["install"]);
  const total_bytes = 23 * MIB + 1 + 100_000 + 5;
  const last = bob.eventsOf("install-progress").at(-1);
  assertEquals([last?.done_bytes, last?.total_bytes], [total_bytes, total_bytes]);
  const game = await bob.game("alienswarm");
  assertEquals([game?.downloaded, game?.installed, game?.operation], [true, true, null]);
  assertEquals((await bob.command("install", { game_id: "alienswarm" })).error?.code, "already_installed");

  // Others are told that it is installed, and of a size without local/.
  await alice.sources("alienswarm", 1);
  const told = await until("alice hears of the install", async () => {
    const summary = (await alice.knownPeers()).get(bob.peer_id)?.games[0];
    return summary?.installed ? summary : undefined;
  });
  const eti = await Deno.stat(`${root}/alienswarm.eti`);
  assertEquals([told.size, told.downloaded, told.availability], [eti.size + 3, true, "ready"]);
});

Deno.test("S9: install=false leaves it downloaded and not installed, also after --no-install", async () => {
  await using swarm = await Swarm.make();
  const content = { "bin/game.exe": 1_000 };
  const root = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content });
  await swarm.start("alice");
  const [bob, carol] = await Promise.all([
    swarm.start("bob"),
    swarm.start("carol", { args: ["--no-install"] }),
  ]);
  for (const [peer, fields] of [[bob, { install: false }], [carol, {}]] as const) {
    await until(`${peer.name} sees it`, async () => ((await peer.game("alienswarm"))?.peer_count ?? 0) > 0);
    await peer.download("alienswarm", fields);
    // An install that follows would have taken the operation before the end was told.
    assertEquals((await peer.ok("status")).operations, []);
    assertEquals(operations(peer), [["download alienswarm"], []]);
    const game = await peer.game("alienswarm");
    assertEquals([game?.downloaded, game?.installed], [true, false]);
    await assertSameTree(root, `${swarm.gameDir(peer.name)}/alienswarm`);
  }
  // It can be installed later, by a command of its own, and be asked for on a peer that does not by default.
  await carol.ok("install", { game_id: "alienswarm" });
  await carol.event("install-finished");
  assertEquals(await filesBelow(`${swarm.gameDir("carol")}/alienswarm/local`), ["bin/game.exe"]);
  assertEquals(bob.eventsOf("install-begin"), []);
  assert((await bob.game("alienswarm"))?.installed === false);
});

Deno.test("S9: an install of what is not downloaded is refused", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: { a: "a" } });
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  const refused = await bob.command("install", { game_id: "alienswarm" });
  assertEquals([refused.ok, refused.error?.code], [false, "not_downloaded"]);
  assertEquals(await filesBelow(swarm.gameDir("bob")), []);
});
