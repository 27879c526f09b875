/**
 * S23: streamed install with real peers: `local/` complete, no archive stored, the version remembered; what can be done
 * with such a game, and what is refused.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { assertSameTree, copyGame, filesBelow, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { GatedSource } from "../support/gated_source.ts";
import { frameOf, gameDetails, HostilePeer } from "../support/hostile_peer.ts";
import { type EventOf, type PeerProcess, Swarm } from "../support/swarm.ts";

const GAME = { game_id: "alienswarm" };
const CONTENT = {
  "bin/game.exe": 3 * MIB + 1,
  "data/level 1/ünïcode.dat": 100_000,
  "data/big.pak": 60 * MIB,
  "readme.txt": "hello",
  "empty.cfg": 0,
};
const TOTAL_BYTES = 63 * MIB + 1 + 100_000 + 5;

type End = EventOf<"install-finished" | "install-failed">;

/** Starts a streamed install and gives the event that ended it. */
async function stream(peer: PeerProcess, game_id = "alienswarm"): Promise<End> {
  const from = peer.lines.length;
  await peer.ok("stream-install", { game_id });
  return await peer.anyEvent(["install-finished", "install-failed"], (e) => e.game_id === game_id, { from });
}

async function streamed(peer: PeerProcess, game_id = "alienswarm"): Promise<void> {
  const end = await stream(peer, game_id);
  if (end.event === "install-failed") throw new Error(`${end.message}\n${peer.log}`);
}

/** The code of a refused command. */
async function refused(peer: PeerProcess, command: string): Promise<string | undefined> {
  return (await peer.command(command, GAME)).error?.code;
}

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
}

/** Sizes of all files below a folder while it changes, and every name that was seen directly below the game root. */
async function watchFolder(game_dir: string, until_over: Promise<unknown>) {
  const seen = new Set<string>();
  let peak_bytes = 0;
  let is_over = false;
  const over = until_over.finally(() => is_over = true);
  while (!is_over) {
    const paths = await filesBelow(game_dir).catch(() => []);
    const sizes = await Promise.all(paths.map((path) => Deno.lstat(`${game_dir}/${path}`).catch(() => null)));
    peak_bytes = Math.max(peak_bytes, sizes.reduce((sum, info) => sum + (info?.size ?? 0), 0));
    for (const path of paths) seen.add(path.split("/")[1] ?? "");
  }
  await over;
  return { peak_bytes, seen };
}

Deno.test("S23: local/ is complete, no archive is stored, and the version is remembered without a sentinel", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: CONTENT });
  await makeTree(swarm.dir.join("expected"), CONTENT, "alienswarm");
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  const { peak_bytes, seen } = await watchFolder(swarm.gameDir("bob"), streamed(bob));

  const root = `${swarm.gameDir("bob")}/alienswarm`;
  assertEquals(await names(root), ["local"]);
  await assertSameTree(swarm.dir.join("expected"), `${root}/local`);
  assertEquals([...seen].filter((name) => ![".local.installing", "local"].includes(name)), []);
  assert(peak_bytes <= TOTAL_BYTES, `${peak_bytes} bytes for an install of ${TOTAL_BYTES}`);
  evidence({ "most bytes on the disk": peak_bytes, "bytes of the install": TOTAL_BYTES });
  const begins = bob.eventsOf("install-begin");
  assertEquals(begins.map(({ operation }) => operation), ["stream-install"]);
  const last = bob.eventsOf("install-progress").at(-1);
  assertEquals([last?.done_bytes, last?.total_bytes], [TOTAL_BYTES, TOTAL_BYTES]);
  const operations = bob.eventsOf("active-operations-changed").map((e) =>
    e.operations.map((o) => o.operation)
  );
  assertEquals(operations, [["stream-install"], []]);

  const told = await until("alice hears of the install", async () => {
    const summary = (await alice.knownPeers()).get(bob.peer_id)?.games[0];
    return summary?.installed ? summary : undefined;
  });
  assertEquals([told.version, told.downloaded, told.availability], ["1.0", false, "local_only"]);
  const before = await bob.game("alienswarm");
  assertEquals([before?.version, before?.local_version, before?.downloaded, before?.installed], [
    ...["1.0", "1.0", false, true],
  ]);
  assertEquals(await refused(bob, "stream-install"), "already_installed");
  assertEquals(await refused(bob, "install"), "not_downloaded");
  assertEquals(await refused(bob, "remove-downloaded"), "installed");

  await Promise.all([alice.stop(), bob.stop()]);
  const again = await swarm.start("bob");
  const game = await again.game("alienswarm");
  assertEquals([game?.version, game?.local_version, game?.downloaded, game?.installed, game?.availability], [
    ...["1.0", "1.0", false, true, "local_only"],
  ]);
  assertEquals(await refused(again, "stream-install"), "already_installed");
  await again.ok("uninstall", GAME);
  await again.event("uninstall-finished");
  assertEquals(await names(swarm.gameDir("bob")), []);
  assertEquals(await filesBelow(`${swarm.stateDir("bob")}/games`).catch(() => []), []);
});

Deno.test("S23: a newer version is streamed in the place of the old install, and a failure keeps the old one", async () => {
  await using swarm = await Swarm.make();
  const source = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    content: { "old.txt": "old", "bin/game.exe": 1_000 },
  });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  await streamed(bob);
  const local = `${swarm.gameDir("bob")}/alienswarm/local`;
  await Deno.writeTextFile(`${local}/save.dat`, "mine");

  const newer = swarm.dir.join("newer");
  await makeArchiveGame(newer, "alienswarm", { version: "2.0", content: { "new.txt": "new", "big": MIB } });
  const eti = await Deno.readFile(`${newer}/alienswarm/alienswarm.eti`);
  // The last byte of the content is another one: the checksum of its entry does not fit.
  const damaged = eti.slice();
  damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 1;
  await Deno.writeFile(`${source}/alienswarm.eti`, damaged);
  await Deno.writeTextFile(`${source}/version.ini`, "2.0");
  await until("bob hears of 2.0", async () => (await bob.game("alienswarm"))?.version === "2.0");
  const failed = await stream(bob);
  assertEquals(failed.event === "install-failed" && failed.code, "archive_damaged");
  assertEquals(await filesBelow(local), ["bin/game.exe", "old.txt", "save.dat"]);
  assertEquals((await bob.game("alienswarm"))?.local_version, "1.0");

  await Deno.writeFile(`${source}/alienswarm.eti`, eti);
  await alice.stop();
  await swarm.start("alice");
  await bob.sources("alienswarm", 1);
  await streamed(bob);
  assertEquals(await filesBelow(local), ["big", "new.txt"]);
  assertEquals((await bob.game("alienswarm"))?.local_version, "2.0");
  assertEquals(await names(`${swarm.gameDir("bob")}/alienswarm`), ["local"]);

  // The same version downloaded as well, to serve it: the install and what the user has in it stay.
  await Deno.writeTextFile(`${local}/save.dat`, "mine");
  await bob.download("alienswarm");
  assertEquals((await bob.ok("status")).operations, []);
  assertEquals(await filesBelow(local), ["big", "new.txt", "save.dat"]);
  const game = await bob.game("alienswarm");
  assertEquals([game?.downloaded, game?.installed, game?.local_version], [true, true, "2.0"]);
});

Deno.test("S23: the version of an install is its own, also where version.ini is newer", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0", content: { a: "old" } });
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "2.0", content: { a: "new" } });
  const bob = await swarm.start("bob");
  await bob.ok("install", GAME);
  await bob.event("install-finished");
  assertEquals((await bob.game("alienswarm"))?.local_version, "1.0");
  await swarm.start("alice");
  await bob.sources("alienswarm", 1);
  await bob.download("alienswarm", { install: false });
  const local_version = async () => (await bob.game("alienswarm"))?.local_version;
  assertEquals(await local_version(), "1.0");
  assertEquals(await refused(bob, "stream-install"), "already_downloaded");
  await bob.stop();
  const again = await swarm.start("bob");
  assertEquals((await again.game("alienswarm"))?.local_version, "1.0");
  await again.ok("update", GAME);
  await again.event("install-finished");
  assertEquals((await again.game("alienswarm"))?.local_version, "2.0");
  await again.ok("uninstall", GAME);
  await again.event("uninstall-finished");
  assertEquals((await again.game("alienswarm"))?.local_version, "2.0");
});

Deno.test("S23: what a person put there is never touched", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: { a: "a" } });
  await copyGame(`${swarm.gameDir("alice")}/alienswarm`, swarm.gameDir("alice"), "other");
  const games = swarm.gameDir("bob");
  await swarm.dir.write("bob/games/alienswarm/local/save.dat", "mine");
  await swarm.dir.write("bob/games/other/.local.installing/mine.txt", "mine");
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  const answer = await bob.command("stream-install", GAME);
  assertEquals(answer.error?.code, "already_installed");
  assertStringIncludes(answer.error?.message ?? "", "not known");
  await bob.sources("other", 1);
  const end = await stream(bob, "other");
  assertEquals(end.event === "install-failed" && end.code, "io");
  assertStringIncludes(end.event === "install-failed" ? end.message : "", "in the way");
  assertEquals(await filesBelow(games), ["alienswarm/local/save.dat", "other/.local.installing/mine.txt"]);
});

Deno.test("S23: one sender serves several receivers at once, and tells one too many to come later", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: CONTENT });
  await makeTree(swarm.dir.join("expected"), CONTENT, "alienswarm");
  const alice = await swarm.start("alice");
  const receivers: PeerProcess[] = [];
  for (const name of ["bob", "carol", "dave"]) receivers.push(await swarm.start(name));
  for (const peer of receivers) await peer.sources("alienswarm", 1);
  await Promise.all(receivers.map((peer) => streamed(peer)));
  for (const { name } of receivers) {
    await assertSameTree(swarm.dir.join("expected"), `${swarm.gameDir(name)}/alienswarm/local`);
  }

  const [bob] = receivers;
  assert(bob);
  await bob.ok("uninstall", GAME);
  await bob.event("uninstall-finished");
  await using hogs = new AsyncDisposableStack();
  for (let n = 0; n < 2; n++) {
    const hog = hogs.use(await HostilePeer.start({ party: swarm.party }));
    await hog.greet(alice.addr);
    for (let held = 0; held < 2; held++) await holdStream(hog);
  }
  const end = await stream(bob);
  assertEquals(end.event === "install-failed" && end.code, "busy");
  assertEquals(await names(swarm.gameDir("bob")), []);
  // Who holds a place and is gone holds it no longer.
  await hogs.disposeAsync();
  await until("bob is served", async () => (await stream(bob)).event === "install-finished");
});

/** Asks for the game and reads nothing but the answer. */
async function holdStream(peer: HostilePeer): Promise<void> {
  const { manifest_hash } = await peer.ask({ type: "get_game", ...GAME });
  const stream = await peer.openStream();
  const request = JSON.stringify({ type: "stream_install", ...GAME, manifest_hash });
  await stream.write(frameOf(request));
  await stream.finish();
  const header = await stream.read(new Uint8Array(4));
  assert(header, "the stream did not begin");
}

Deno.test("S23: a game with an active operation, or with another manifest, is not streamed", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0", content: { a: "a" } });
  const bob = await swarm.start("bob");
  await using source = await GatedSource.start(swarm.party, "alienswarm", "1.1", {
    "a.pak": new Uint8Array(9),
  });
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await source.greet(bob.addr);
  await stranger.greet(bob.addr);
  const { manifest_hash } = await stranger.ask({ type: "get_game", ...GAME });
  const ask = async (lies = {}) => {
    const { type, code } = await stranger.ask({ type: "stream_install", ...GAME, manifest_hash, ...lies });
    return code ?? type;
  };
  assertEquals(await ask(), "stream_begin");
  assertEquals(
    await ask({ manifest_hash: gameDetails("alienswarm", "9", []).manifest_hash }),
    "manifest_changed",
  );
  assertEquals(await ask({ game_id: "other" }), "game_not_found");
  await until("bob wants the newer one", async () => (await bob.game("alienswarm"))?.version === "1.1");
  await bob.ok("fetch-latest", GAME);
  await until("the download runs", () => source.held_back > 0);
  assertEquals(await ask(), "not_transferable");
});
