/**
 * S4, S5, S28, S36: what changes on a peer's disk reaches the others, as one change and without being asked for; an
 * operation is left alone meanwhile; and another game folder is another library.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import { PeerId } from "../../src/proto/ids.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { filesBelow, makeGame, makeTree } from "../support/games.ts";
import { GatedSource } from "../support/gated_source.ts";
import { HostilePeer, readyGame, type WireValue } from "../support/hostile_peer.ts";
import { TEST_ADDRESS } from "../support/lab.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

/** Long before the next full scan: only a watcher is that fast. */
const SOON_MS = 10_000;

/** Moves a whole file or folder in, as one event. */
async function moveIn(swarm: Swarm, target: string, content: string): Promise<void> {
  await Deno.rename(await swarm.dir.write(`staging/${crypto.randomUUID()}`, content), target);
}

/** Adds a whole game in one step, its sentinel last. */
async function addGame(swarm: Swarm, game_dir: string, id: string, version = "1.0"): Promise<string> {
  await makeTree(join(game_dir, id), { "data.pak": 5_000, "maps/a.bsp": 300 });
  await moveIn(swarm, join(game_dir, id, "version.ini"), version);
  return join(game_dir, id);
}

/** The ids that `peer` knows of `other`, or `undefined` before it knows it. */
async function idsAt(peer: PeerProcess, other: PeerProcess): Promise<string | undefined> {
  const games = (await peer.knownPeers()).get(other.peer_id)?.games;
  return games?.map(({ id, version }) => `${id} ${version}`).sort().join();
}

async function seesSoon(peer: PeerProcess, other: PeerProcess, ...games: string[]): Promise<void> {
  const wanted = games.sort().join();
  let last: string | undefined;
  await until(`${peer.name} knows [${wanted}] of ${other.name}`, async () => {
    last = await idsAt(peer, other);
    return last === wanted;
  }, SOON_MS).catch((error) => {
    throw new Error(`${error.message}; it knows [${last}]\n${other.log.slice(-2_000)}`);
  });
}

function revOf(peer: PeerProcess): number {
  return peer.eventsOf("local-library-changed").at(-1)?.library_rev ?? -1;
}

const PUSHES = ["library_delta", "library_summary", "library_snapshot"];

/** What a peer pushed, in order. */
function pushesTo(observer: HostilePeer): WireValue[] {
  return observer.requests.filter(({ type }) => PUSHES.includes(String(type)));
}

/** The parts of a delta that the tests look at, ids only. */
function deltaOf({ type, from_rev, to_rev, added, updated, removed }: WireValue) {
  const ids = (games: unknown) => (games as { id: string }[]).map(({ id }) => id);
  return { type, from_rev, to_rev, added: ids(added), updated: ids(updated), removed };
}

Deno.test("S4, S5: a game that comes, changes or goes reaches the others as one delta each", async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("alice");
  await using observer = await HostilePeer.start({ party: swarm.party });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.event("peer-connected", ({ peer_id }) => peer_id === alice.peer_id);
  await observer.greet(alice.addr);
  const rev = revOf(alice);

  // Half copied: no sentinel yet. A whole game that comes after it shows that the half one was looked at.
  await makeTree(join(games, "quake"), { "data.pak": 40_000, "maps/a.bsp": 300, "deep/version.ini": "9" });
  await addGame(swarm, games, "whole");
  await seesSoon(bob, alice, "whole 1.0");
  assertEquals([await idsAt(bob, alice), revOf(alice)], ["whole 1.0", rev + 1]);

  await moveIn(swarm, join(games, "quake", "version.ini"), "2.0");
  const [from] = [bob.lines.length];
  await seesSoon(bob, alice, "quake 2.0", "whole 1.0");
  const listed = await bob.event(
    "games-list-updated",
    (event) => event.games.some(({ id }) => id === "quake"),
  );
  assertEquals(listed.games.find(({ id }) => id === "quake")?.availability, "ready");
  assertEquals(bob.eventsOf("peer-lost", from), []);
  const known = (await bob.knownPeers()).get(alice.peer_id);
  assertEquals([known?.library_rev, revOf(alice)], [rev + 2, rev + 2]);

  await moveIn(swarm, join(games, "quake", "version.ini"), "2.1");
  await seesSoon(bob, alice, "quake 2.1", "whole 1.0");
  await Deno.rename(join(games, "quake"), swarm.dir.join("quake gone"));
  await seesSoon(bob, alice, "whole 1.0");
  await bob.event(
    "games-list-updated",
    (event) => event.games.every(({ id }) => id !== "quake"),
    { from: bob.lines.indexOf(listed) },
  );
  assertEquals(await bob.game("quake"), undefined);

  await until("the observer was told four times", () => pushesTo(observer).length >= 4, SOON_MS);
  const told = (step: number, change: object) => ({
    ...{ type: "library_delta", from_rev: rev + step - 1, to_rev: rev + step },
    ...{ added: [], updated: [], removed: [] },
    ...change,
  });
  assertEquals(pushesTo(observer).map(deltaOf), [
    told(1, { added: ["whole"] }),
    told(2, { added: ["quake"] }),
    told(3, { updated: ["quake"] }),
    told(4, { removed: ["quake"] }),
  ]);
  evidence({ "pushes": pushesTo(observer).map((push) => `${push.from_rev} to ${push.to_rev}`).join(", ") });
  const revs = alice.eventsOf("local-library-changed").map(({ library_rev }) => library_rev);
  assertEquals(revs, [rev, rev + 1, rev + 2, rev + 3, rev + 4]);
});

Deno.test("S4: a push is enough; whoever gets one does not ask for the library again", async () => {
  await using swarm = await Swarm.make();
  await using owner = await HostilePeer.start({ party: swarm.party });
  const announcement = (library_rev: number) => ({
    ...{ peer_id: PeerId.parse(owner.peer_id), name: "owner", proto_ver: PROTOCOL_VERSION },
    ...{ library_rev, port: owner.transport.port },
  });
  const discovery = createDnsSd({ announcement: announcement(1), named_interfaces: [TEST_ADDRESS] });
  const stop = new AbortController();
  const running = discovery.run({ onSeen: () => {}, onGone: () => {}, onProblem: () => {} }, stop.signal);
  await using _ = { [Symbol.asyncDispose]: () => (stop.abort(), running) };
  const bob = await swarm.start("bob");
  await bob.event("peer-connected", ({ peer_id }) => peer_id === owner.peer_id);
  if (owner.requests.every(({ type }) => type !== "hello")) await owner.greet(bob.addr);

  for (let rev = 1; rev <= 5; rev++) {
    // As a peer does it: announced and pushed in one go.
    discovery.update(announcement(rev + 1));
    const added = [readyGame(`game${rev}`, "1.0", 10)];
    const delta = { type: "library_delta", from_rev: rev, to_rev: rev + 1, added, updated: [], removed: [] };
    assertEquals((await owner.ask(delta)).type, "ok");
    await until(`bob knows ${rev} games`, async () => {
      const known = (await bob.knownPeers()).get(PeerId.parse(owner.peer_id));
      return known?.game_count === rev && known.library_rev === rev + 1;
    }, SOON_MS);
  }
  const asked = owner.requests.filter(({ type }) => type === "get_library");
  // The library at the handshake was empty, and its digest said so: nothing was to be asked at all.
  assertEquals(asked, []);
});

Deno.test("S5: a game folder that is deleted file by file disappears at the others", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`dir${i % 5}/file${i}.bin`, 2_000])),
  });
  await makeGame(swarm.gameDir("alice"), "stays", { version: "1.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await seesSoon(bob, alice, "alienswarm 1.0", "stays 1.0");
  await Deno.remove(root, { recursive: true });
  await seesSoon(bob, alice, "stays 1.0");
  assertEquals((await bob.command("download", { game_id: "alienswarm" })).error?.code, "no_peers_have_game");
  // A sentinel alone that goes does the same.
  await Deno.remove(join(swarm.gameDir("alice"), "stays", "version.ini"));
  await seesSoon(bob, alice);
});

Deno.test("S4: rewrites of version.ini of the same length are seen, several within a second", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await seesSoon(bob, alice, "alienswarm 1.0");
  for (const version of ["1.1", "1.2", "1.3", "1.4", "1.0"]) {
    await Deno.writeTextFile(join(root, "version.ini"), version);
    await seesSoon(bob, alice, `alienswarm ${version}`);
  }
});

/** Bob downloads from a source that holds back; `change` happens meanwhile. Gives what bob printed since. */
async function duringDownload(
  swarm: Swarm,
  change: (root: string, bob: PeerProcess) => Promise<void>,
): Promise<{ bob: PeerProcess; from: number; root: string }> {
  const bob = await swarm.start("bob");
  const data = new Uint8Array(100_000).fill(7);
  await using source = await GatedSource.start(swarm.party, "alienswarm", "1.0", { "data.pak": data });
  await source.greet(bob.addr);
  await bob.sources("alienswarm", 1);
  const from = bob.lines.length;
  await bob.ok("download", { game_id: "alienswarm" });
  await until("the source holds back", () => source.held_back > 0);
  const root = join(swarm.gameDir("bob"), "alienswarm");
  await change(root, bob);
  assertEquals(bob.eventsOf("download-finished", from), []);
  source.open();
  await bob.event("download-finished", ({ game_id }) => game_id === "alienswarm", { from });
  assertEquals(await Deno.readFile(join(root, "data.pak")), data);
  assertEquals(await Deno.readTextFile(join(root, "version.ini")), "1.0");
  return { bob, from, root };
}

const meddle = async (root: string) => {
  await Deno.writeTextFile(join(root, "readme.txt"), "somebody else's");
  await Deno.writeTextFile(join(root, "version.ini"), "9.9");
};

/** The library changes from line `from` on, as text. */
function changes(peer: PeerProcess, from: number): string[] {
  return peer.eventsOf("local-library-changed", from).map(({ games }) =>
    games.map(({ id, version, size }) => `${id} ${version} ${size}`).join()
  );
}

Deno.test("S28: files written into a root during its download do not disturb it, and are found after it", async () => {
  await using swarm = await Swarm.make();
  const { bob, from, root } = await duringDownload(swarm, async (root, bob) => {
    await meddle(root);
    // A game beside it that is found shows that the watcher came by.
    await addGame(swarm, swarm.gameDir("bob"), "beside");
    await bob.event("local-library-changed", ({ games }) => games.some(({ id }) => id === "beside"));
    await meddle(root);
  });
  // One change for the game beside it, one for the end: everything that lies there now, the foreign file included.
  const size = 100_000 + "1.0".length + "somebody else's".length;
  assertEquals(changes(bob, from), ["beside 1.0 5303", `alienswarm 1.0 ${size},beside 1.0 5303`]);
  const ends = bob.lines.slice(from).map(({ event }) => event);
  assert(ends.lastIndexOf("local-library-changed") < ends.indexOf("download-finished"), ends.join());

  // What happens after the end is seen as ever.
  await Deno.remove(join(root, "readme.txt"));
  await addGame(swarm, swarm.gameDir("bob"), "later");
  await bob.event("local-library-changed", ({ games }) => games.some(({ id }) => id === "later"));
  await until(
    "the smaller size is told",
    () => changes(bob, from).at(-1)?.startsWith("alienswarm 1.0 100003,"),
  );
  assertEquals(await filesBelow(root), ["data.pak", "version.ini"]);
});

Deno.test("S28: a full scan during a download does not announce what is not whole", async () => {
  await using swarm = await Swarm.make();
  const { bob, from } = await duringDownload(swarm, async (root, bob) => {
    await meddle(root);
    // So many new folders at once lead to a scan of everything.
    const staged = await swarm.dir.mkdir("many");
    for (let n = 0; n < 20; n++) await makeGame(staged, `many${n}`, { version: "1.0" });
    for (let n = 0; n < 20; n++) {
      await Deno.rename(join(staged, `many${n}`), join(swarm.gameDir("bob"), `many${n}`));
    }
    await bob.event("local-library-changed", ({ games }) => games.length >= 20);
  });
  const told = bob.eventsOf("local-library-changed", from).flatMap(({ games }) => games);
  const versions = told.filter(({ id }) => id === "alienswarm").map(({ version }) => String(version));
  assertEquals([...new Set(versions)], ["1.0"]);
});

Deno.test("S36: another game folder is refused during a download, and followed afterwards", async () => {
  await using swarm = await Swarm.make();
  const old_dir = swarm.gameDir("bob");
  await makeGame(old_dir, "old", { version: "1.0" });
  const new_dir = await swarm.dir.mkdir("other games");
  await makeGame(new_dir, "new", { version: "2.0" });
  const alice = await swarm.start("alice");
  const bob = await swarm.start("bob");
  await seesSoon(alice, bob, "old 1.0");
  await using source = await GatedSource.start(swarm.party, "alienswarm", "1.0", {
    "data.pak": new Uint8Array(10),
  });
  await source.greet(bob.addr);
  await bob.sources("alienswarm", 1);
  await bob.ok("download", { game_id: "alienswarm" });
  await until("the download runs", () => source.held_back > 0);
  const before = bob.eventsOf("local-library-changed").length;
  const refused = await bob.command("set-game-dir", { game_dir: new_dir });
  assertEquals([refused.ok, refused.error?.code], [false, "operation_active"]);
  assertStringIncludes(refused.error?.message ?? "", "alienswarm");
  source.open();
  await bob.event("download-finished");
  assertEquals(await Deno.readTextFile(join(old_dir, "alienswarm", "version.ini")), "1.0");
  await seesSoon(alice, bob, "alienswarm 1.0", "old 1.0");
  assertEquals(bob.eventsOf("local-library-changed").length, before + 1);

  const from = bob.lines.length;
  await bob.ok("set-game-dir", { game_dir: new_dir });
  await seesSoon(alice, bob, "new 2.0");
  assertEquals(changes(bob, from), ["new 2.0 3"]);
  assertEquals(await bob.game("old"), undefined);

  // The old folder is not watched any more, the new one is.
  await addGame(swarm, old_dir, "unseen");
  await addGame(swarm, new_dir, "seen");
  await seesSoon(alice, bob, "new 2.0", "seen 1.0");
  await Deno.remove(join(old_dir, "old"), { recursive: true });
  await Deno.remove(join(new_dir, "new"), { recursive: true });
  await seesSoon(alice, bob, "seen 1.0");
  assertEquals(changes(bob, from).filter((change) => /unseen|old/.test(change)), []);
});

Deno.test("S36: the same folder again is told exactly once, though nothing changed", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("bob"), "quake", { version: "1.0" });
  const bob = await swarm.start("bob");
  await bob.event("local-library-changed");
  const rev = revOf(bob);
  const from = bob.lines.length;
  await bob.ok("set-game-dir", { game_dir: swarm.gameDir("bob") });
  await addGame(swarm, swarm.gameDir("bob"), "late");
  await bob.event("local-library-changed", ({ games }) => games.length === 2);
  assertEquals(bob.eventsOf("local-library-changed", from).map(({ library_rev }) => library_rev), [
    ...[rev, rev + 1],
  ]);
});

Deno.test("S36: a folder that can't be read is refused, and the old one stays", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("bob"), "quake", { version: "1.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await seesSoon(alice, bob, "quake 1.0");
  const from = bob.lines.length;
  for (const game_dir of [swarm.dir.join("missing"), await swarm.dir.write("a file", "x")]) {
    const refused = await bob.command("set-game-dir", { game_dir });
    assertEquals([refused.ok, refused.error?.code], [false, "io"]);
    assertStringIncludes(refused.error?.message ?? "", game_dir);
  }
  assertEquals(bob.eventsOf("local-library-changed", from), []);
  await addGame(swarm, swarm.gameDir("bob"), "doom");
  await seesSoon(alice, bob, "doom 1.0", "quake 1.0");
});
