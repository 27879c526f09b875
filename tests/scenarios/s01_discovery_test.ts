/**
 * S1, S2, S3, S11, S27: real peers on loopback find each other, tell their libraries, and know who they are.
 *
 * @module
 */

import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { PeerId } from "../../src/proto/ids.ts";
import { loadIdentity } from "../../src/peer/transport/identity.ts";
import { deriveSecrets } from "../../src/peer/transport/party.ts";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { filesBelow, makeGame } from "../support/games.ts";
import { HostilePeer } from "../support/hostile_peer.ts";
import { TEST_ADDRESS } from "../support/lab.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

function connectedTo(peer: PeerProcess, other: PeerProcess): number {
  return peer.eventsOf("peer-connected").filter(({ peer_id }) => peer_id === other.peer_id).length;
}

/** Handshakes with the other one, by the log; whoever began them. */
function handshakes(peer: PeerProcess, other: PeerProcess): number {
  return peer.log.split(`shook hands with ${other.peer_id}`).length - 1;
}

async function meet(...peers: PeerProcess[]): Promise<void> {
  for (const peer of peers) {
    for (const other of peers) {
      if (other !== peer) await peer.event("peer-connected", ({ peer_id }) => peer_id === other.peer_id);
    }
  }
}

Deno.test("S1: two peers find each other by mDNS alone, in both directions, after one handshake", async () => {
  await using swarm = await Swarm.make();
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await meet(alice, bob);
  // A third one that starts and meets both closes the window in which a second handshake would have come.
  const carol = await swarm.start("carol");
  await meet(alice, bob, carol);
  for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
    assertEquals(connectedTo(peer, other), 1);
    await until(`${peer.name} logs the handshake`, () => handshakes(peer, other) > 0);
    assertEquals(handshakes(peer, other), 1);
    assertEquals(peer.eventsOf("peer-lost"), []);
    const seen = peer.eventsOf("peer-connected").find(({ peer_id }) => peer_id === other.peer_id);
    assertEquals([seen?.name, seen?.addr], [other.name, other.addr]);
  }
  const discovered = [...alice.eventsOf("peer-discovered"), ...bob.eventsOf("peer-discovered")];
  const ids = discovered.map(({ peer_id }) => peer_id);
  assert(ids.includes(alice.peer_id) || ids.includes(bob.peer_id), "nobody was discovered");
});

Deno.test("S1: first contact costs one hello and one library request", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0" });
  const games = [{ id: "quake", name: "quake", version: null, size: 7, downloaded: false, installed: true }];
  await using observer = await HostilePeer.start({
    party: swarm.party,
    games: games.map((game) => ({ ...game, manifest_hash: null, availability: "local_only" })),
  });
  await using _announced = announce(observer);
  for (const name of ["alice", "bob"]) {
    const peer = await swarm.start(name);
    await until(`${name} knows the observer's library`, async () => {
      return (await peer.knownPeers()).get(PeerId.parse(observer.peer_id))?.game_count === 1;
    });
  }
  // Bob's start, his handshakes and his library request closed the window for alice.
  const types = observer.requests.map(({ type }) => type).sort();
  assertEquals(types, ["get_library", "get_library", "hello", "hello"]);
  evidence({ "requests of two peers": types.join(", ") });
});

/** Lets an in-process peer be discovered. */
function announce({ peer_id, transport }: HostilePeer): AsyncDisposable {
  const discovery = createDnsSd({
    announcement: {
      ...{ peer_id: PeerId.parse(peer_id), name: "observer", proto_ver: PROTOCOL_VERSION },
      ...{ library_rev: 1, port: transport.port },
    },
    named_interfaces: [TEST_ADDRESS],
  });
  const stop = new AbortController();
  const running = discovery.run({ onSeen: () => {}, onGone: () => {}, onProblem: () => {} }, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("S2: libraries converge in both directions, 3 games here and 4 there", async () => {
  await using swarm = await Swarm.make();
  for (const id of ["alienswarm", "bzflag", "both"]) {
    await makeGame(swarm.gameDir("alice"), id, { version: "1.0", files: { "data/a.bin": 1_000 } });
  }
  for (const id of ["quake", "ut99", "xonotic", "both"]) {
    await makeGame(swarm.gameDir("bob"), id, { version: "2.25", files: { "b.bin": 2_000 } });
  }
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await sees(alice, bob, 4);
  await sees(bob, alice, 3);
  const ofAlice = (await bob.knownPeers()).get(alice.peer_id)?.games ?? [];
  assertEquals(ofAlice.map(({ id }) => id).sort(), ["alienswarm", "both", "bzflag"]);
  assertEquals(new Set(ofAlice.map(({ size, version }) => `${size} ${version}`)), new Set(["1003 1.0"]));
  assert(ofAlice.every((game) => game.downloaded && !game.installed && game.availability === "ready"));
  const ofBob = (await alice.knownPeers()).get(bob.peer_id)?.games ?? [];
  assertEquals(ofBob.map(({ id }) => id).sort(), ["both", "quake", "ut99", "xonotic"]);
  for (const peer of [alice, bob]) {
    const { games } = await peer.ok("list-games");
    assertEquals(games.length, 6);
    const both = await peer.game("both");
    assertEquals([both?.version, both?.peer_count], ["2.25", peer === alice ? 1 : 0]);
  }
});

/** Waits for the right count, then compares the summaries with those that the other peer announced. */
async function sees(peer: PeerProcess, other: PeerProcess, count: number): Promise<void> {
  const known = await until(`${peer.name} knows ${count} games of ${other.name}`, async () => {
    const found = (await peer.knownPeers()).get(other.peer_id);
    return found?.game_count === count ? found : undefined;
  });
  const announced = other.eventsOf("local-library-changed").at(-1);
  assertEquals(known.library_rev, announced?.library_rev);
  assertEquals(known.games, announced?.games);
}

Deno.test("S3: of three peers everyone sees everyone, and counts are right", async () => {
  await using swarm = await Swarm.make();
  for (const name of ["alice", "bob"]) {
    await makeGame(swarm.gameDir(name), "alienswarm", { version: "1.0", files: { "a.bin": 10 } });
  }
  const peers = await Promise.all(["alice", "bob", "carol"].map((name) => swarm.start(name)));
  await meet(...peers);
  for (const peer of peers) {
    const others = peers.filter((other) => other !== peer);
    assertEquals((await peer.ok("peer-count")).count, 2);
    assertEquals((await peer.ok("status")).peer_count, 2);
    assertEquals(peer.eventsOf("peer-count").map(({ count }) => count), [1, 2]);
    const known = await peer.knownPeers();
    assertEquals([...known.keys()].sort(), others.map(({ peer_id }) => peer_id).sort());
    for (const other of others) {
      assertEquals(connectedTo(peer, other), 1);
      assertEquals([known.get(other.peer_id)?.addr, known.get(other.peer_id)?.name], [
        other.addr,
        other.name,
      ]);
    }
    await peer.sources("alienswarm", peer.name === "carol" ? 2 : 1);
  }
});

Deno.test("S11: a restarted peer keeps its identity and is not listed twice", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0" });
  const alice = await swarm.start("alice");
  const first = await swarm.start("bob");
  await meet(alice, first);
  await alice.sources("alienswarm", 1);
  assertEquals(await first.stop(), 0);
  const lost = await alice.event("peer-lost", ({ peer_id }) => peer_id === first.peer_id);
  assertEquals(lost.reason, "goodbye");
  await alice.peers(0);

  const second = await swarm.start("bob");
  await meet(alice, second);
  assertEquals(second.peer_id, first.peer_id);
  await alice.event("peer-connected", ({ addr }) => addr === second.addr);
  assertEquals(await addresses(alice), [second.addr]);
  await alice.sources("alienswarm", 1);

  // Killed, it says no goodbye, and comes back at another port.
  await second.kill();
  const third = await swarm.start("bob");
  assertEquals(third.peer_id, first.peer_id);
  assertNotEquals(third.addr, second.addr);
  await until("alice knows the new address", async () => (await addresses(alice)).includes(third.addr));
  assertEquals(await addresses(alice), [third.addr]);
  await alice.sources("alienswarm", 1);
  await third.event("peer-connected", ({ peer_id }) => peer_id === alice.peer_id);
  assert((await alice.command("get-game", { game_id: "alienswarm" })).ok);
  await alice.event("got-game-files");
});

async function addresses(peer: PeerProcess): Promise<string[]> {
  return [...(await peer.knownPeers()).values()].map(({ addr }) => addr);
}

Deno.test("S27: a peer told to connect to itself does not", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  const port = alice.addr.split(":")[1];
  for (const addr of [alice.addr, `127.0.0.2:${port}`]) {
    const result = await alice.command("connect", { addr });
    assertEquals([result.ok, result.error?.code], [false, "self_connect"]);
  }
  // The same at protocol level: somebody who is alice by every proof.
  const secrets = await deriveSecrets(swarm.party);
  const identity = { ...await loadIdentity(swarm.stateDir("alice"), alice.peer_id, secrets), secrets };
  await using mirror = await HostilePeer.start({ party: swarm.party, identity });
  assertEquals((await mirror.greet(alice.addr)).type, "error");
  assertEquals((await mirror.ask({ type: "get_library" })).code, "unauthorized");
  assertEquals((await alice.ok("peer-count")).count, 0);
  assertEquals(alice.eventsOf("peer-connected"), []);
  assertEquals(alice.eventsOf("peer-discovered").filter(({ peer_id }) => peer_id === alice.peer_id), []);
  // It still makes real friends.
  const bob = await swarm.start("bob");
  await meet(alice, bob);
  assertEquals(await filesBelow(swarm.gameDir("alice")), []);
});
