/**
 * S46: a peer with the built-in engine and one with `matrixai` do together what two equal ones do.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, copyGame, makeArchiveGame, makeGame, makeTree, MIB } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

type Engine = "deno" | "matrixai";
const FILES = { "data/big.pak": 40 * MIB + 5, "maps/a.bsp": 3 * MIB, "readme.txt": "hi", "empty.dat": 0 };

function start(swarm: Swarm, name: string, engine: Engine): Promise<PeerProcess> {
  return swarm.start(name, { args: ["--quic", engine] });
}

async function assertEngine(peer: PeerProcess, engine: Engine): Promise<void> {
  assertEquals((await peer.ok("status")).quic, engine);
}

for (const [ours, theirs] of [["deno", "matrixai"], ["matrixai", "deno"]] as const) {
  Deno.test(`S46: a ${ours} peer and a ${theirs} peer find each other by mDNS, after one handshake`, async () => {
    await using swarm = await Swarm.make();
    const peers = await Promise.all([start(swarm, "alice", ours), start(swarm, "bob", theirs)]);
    const [alice, bob] = peers;
    for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
      await peer.event("peer-connected", ({ peer_id }) => peer_id === other.peer_id);
    }
    // Whoever is met afterwards closes the window in which a second handshake would have come.
    const carol = await start(swarm, "carol", ours);
    await carol.peers(2);
    await Promise.all(peers.map((peer) => peer.peers(2)));
    for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
      const told = peer.eventsOf("peer-connected").filter(({ peer_id }) => peer_id === other.peer_id);
      assertEquals(told.map(({ name, addr }) => [name, addr]), [[other.name, other.addr]]);
      await until("the handshake is logged", () => peer.log.includes(`shook hands with ${other.peer_id}`));
      assertEquals(peer.log.split(`shook hands with ${other.peer_id}`).length, 2);
      assertEquals(peer.eventsOf("peer-lost"), []);
    }
    await assertEngine(alice, ours);
    await assertEngine(bob, theirs);
  });

  Deno.test(`S46: a ${ours} peer downloads from a ${theirs} peer, and from one of each at once`, async () => {
    await using swarm = await Swarm.make();
    const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: FILES });
    const [alice, carol] = await Promise.all([start(swarm, "alice", theirs), start(swarm, "carol", ours)]);
    await carol.sources("alienswarm", 1);
    const single = await carol.download("alienswarm");
    await assertSameTree(root, `${swarm.gameDir("carol")}/alienswarm`);
    assertEquals(single.bytes, 43 * MIB + 5 + 2 + 3);

    await copyGame(root, swarm.gameDir("bob"), "alienswarm");
    assertEquals(await carol.stop(), 0);
    const bob = await start(swarm, "bob", ours);
    for (const engine of [ours, theirs]) {
      const receiver = await start(swarm, `dave-${engine}`, engine);
      await receiver.sources("alienswarm", receiver.name.endsWith(ours) ? 2 : 3);
      await receiver.download("alienswarm");
      await assertSameTree(root, `${swarm.gameDir(receiver.name)}/alienswarm`);
      const chunks = receiver.eventsOf("download-chunk-finished");
      const servers = new Set(chunks.map(({ peer_id }) => peer_id));
      assertEquals([alice, bob].map(({ peer_id }) => servers.has(peer_id)), [true, true]);
      assertEquals(new Set(chunks.map(({ path, offset }) => `${path} ${offset}`)).size, chunks.length);
      assertEquals(chunks.reduce((sum, { length }) => sum + length, 0), single.bytes);
      assertEquals(receiver.eventsOf("download-finished").length, 1);
    }
  });

  Deno.test(`S46: a ${ours} peer installs a game that a ${theirs} peer streams`, async () => {
    await using swarm = await Swarm.make();
    await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: FILES });
    await makeTree(swarm.dir.join("expected"), FILES, "alienswarm");
    const [_alice, bob] = await Promise.all([start(swarm, "alice", theirs), start(swarm, "bob", ours)]);
    await bob.sources("alienswarm", 1);
    await bob.ok("stream-install", { game_id: "alienswarm" });
    const end = await bob.anyEvent(["install-finished", "install-failed"]);
    assertEquals(end.event, "install-finished", bob.log);
    await assertSameTree(swarm.dir.join("expected"), `${swarm.gameDir("bob")}/alienswarm/local`);
  });
}
