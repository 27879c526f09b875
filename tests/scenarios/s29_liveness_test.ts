/**
 * S29, S30, S31, S42: who leaves, who vanishes, who speaks another version, and who is there twice.
 *
 * @module
 */

import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import type { SeenPeer } from "../../src/peer/discovery/port.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import { PeerId, type SocketAddress } from "../../src/proto/ids.ts";
import { MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { copyGame, makeGame } from "../support/games.ts";
import { HostilePeer, type WireValue } from "../support/hostile_peer.ts";
import { TEST_ADDRESS } from "../support/lab.ts";
import { newPeerId } from "../support/parties.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

async function meet(...peers: PeerProcess[]): Promise<void> {
  for (const peer of peers) {
    for (const other of peers) {
      if (other !== peer) await peer.event("peer-connected", ({ peer_id }) => peer_id === other.peer_id);
    }
  }
}

/** The reasons for which a peer was lost, in order. */
function lost(peer: PeerProcess, peer_id: string): string[] {
  return peer.eventsOf("peer-lost").filter((event) => event.peer_id === peer_id).map(({ reason }) => reason);
}

/** What discovery is told about a peer that the test plays. */
class Played implements AsyncDisposable {
  /** What it hears of the others, in order. */
  readonly seen: SeenPeer[] = [];
  readonly #stop = new AbortController();
  readonly #discovery;
  readonly #running: Promise<void>;

  constructor(readonly peer_id: string, readonly port: number, readonly proto_ver: number) {
    this.#discovery = createDnsSd({ announcement: this.#told(1), named_interfaces: [TEST_ADDRESS] });
    const handlers = {
      onSeen: (peer: SeenPeer) => void this.seen.push(peer),
      onGone: () => {},
      onProblem: () => {},
    };
    this.#running = this.#discovery.run(handlers, this.#stop.signal);
  }

  update(library_rev: number): void {
    this.#discovery.update(this.#told(library_rev));
  }

  #told(library_rev: number) {
    const { port, proto_ver } = this;
    return { peer_id: PeerId.parse(this.peer_id), name: "stranger", proto_ver, library_rev, port };
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort();
    await this.#running;
  }
}

Deno.test("S29: a peer that stops is gone at once, with its games, and nothing reconnects", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await meet(alice, bob);
  await alice.sources("alienswarm", 1);
  const stopped = performance.now();
  assertEquals(await bob.stop(), 0);
  const gone = await alice.event("peer-lost", ({ peer_id }) => peer_id === bob.peer_id, { ms: 3_000 });
  evidence({ "gone after": `${Math.round(performance.now() - stopped)} ms` });
  assertEquals(gone.reason, "goodbye");
  assertEquals([(await alice.ok("peer-count")).count, await alice.game("alienswarm")], [0, undefined]);
  // Somebody who starts and is met closes the window for whatever would have come after.
  const carol = await swarm.start("carol");
  await meet(alice, carol);
  assertEquals(lost(alice, bob.peer_id), ["goodbye"]);
  assertEquals(alice.eventsOf("peer-connected").map(({ name }) => name), ["bob", "carol"]);
  assertEquals(carol.eventsOf("peer-connected").map(({ name }) => name), ["alice"]);
});

Deno.test("S29: who says goodbye and stays on the network is not dialled again", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  await using leaver = await HostilePeer.start({ party: swarm.party });
  const { signal } = new AbortController();
  const connection = await leaver.transport.connect({ addr: alice.addr as SocketAddress }, signal);
  const say = async (message: object) => {
    const stream = await connection.openStream(signal);
    await stream.write(encodeFrame(message, MAX_ANSWER_BYTES));
    await stream.finish();
    return await within("an answer", readFrame(stream, MAX_ANSWER_BYTES)) as WireValue;
  };
  assertEquals((await say(leaver.introduction("hello"))).type, "hello_ack");
  await alice.event("peer-connected", ({ peer_id }) => peer_id === leaver.peer_id);
  assertEquals((await say({ type: "goodbye" })).type, "ok");
  // It hangs up, but would still answer.
  connection.close();
  await alice.event("peer-lost", ({ peer_id }) => peer_id === leaver.peer_id, { ms: 3_000 });
  await meet(alice, await swarm.start("bob"));
  assertEquals(lost(alice, leaver.peer_id), ["goodbye"]);
  assertEquals(leaver.requests.filter(({ type }) => type === "hello"), []);
  assertEquals((await alice.ok("peer-count")).count, 1);
});

Deno.test("S30: a peer that is killed is lost, and its games with it; the others stay", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0" });
  await makeGame(swarm.gameDir("bob"), "quake", { version: "1.0" });
  await copyGame(root, swarm.gameDir("carol"), "alienswarm");
  const names = ["alice", "bob", "carol"];
  const [alice, bob, carol] = await Promise.all(names.map((name) => swarm.start(name))) as [
    ...[PeerProcess, PeerProcess, PeerProcess],
  ];
  await meet(alice, bob, carol);
  await alice.sources("alienswarm", 2);
  await bob.kill();
  const killed = performance.now();
  for (const peer of [alice, carol]) {
    const gone = await peer.event("peer-lost", ({ peer_id }) => peer_id === bob.peer_id);
    assertEquals(gone.reason, "timeout");
    assertEquals(await peer.game("quake"), undefined);
  }
  evidence({ "lost after": `${Math.round(performance.now() - killed)} ms` });
  await alice.sources("alienswarm", 1);
  const { games } = await alice.ok("list-games");
  assertEquals(games.map(({ id }: { id: string }) => id), ["alienswarm"]);
  assertEquals([lost(alice, carol.peer_id), lost(carol, alice.peer_id)], [[], []]);
  await alice.download("alienswarm");
});

Deno.test({
  name: "S30: a peer whose process hangs is lost, and found again when it goes on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using swarm = await Swarm.make();
    await makeGame(swarm.gameDir("bob"), "quake", { version: "1.0" });
    const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
    await meet(alice, bob);
    await alice.sources("quake", 1);
    bob.signal("SIGSTOP");
    const from = alice.lines.length;
    const gone = await alice.event("peer-lost", ({ peer_id }) => peer_id === bob.peer_id, { ms: 60_000 });
    assertEquals(gone.reason, "timeout");
    assertEquals([await alice.game("quake"), (await alice.ok("peer-count")).count], [undefined, 0]);
    bob.signal("SIGCONT");
    await alice.event("peer-connected", ({ peer_id }) => peer_id === bob.peer_id, { from, ms: 60_000 });
    await alice.sources("quake", 1);
    await bob.peers(1);
  },
});

Deno.test("S31: a peer of another version is shown once as incompatible and otherwise ignored", async () => {
  await using swarm = await Swarm.make();
  await using modern = await HostilePeer.start({ party: swarm.party });
  await using announced = new Played(modern.peer_id, modern.transport.port, 2);
  const alice = await swarm.start("alice");
  const gone = await alice.event("peer-lost", ({ peer_id }) => peer_id === modern.peer_id);
  assertEquals(gone.reason, "incompatible");
  // It is announced again with other data, to everybody at once, and another listener has heard it.
  await using other = new Played(newPeerId(), 9, 2);
  const hears = (rev: number) =>
    until(
      `revision ${rev} is heard`,
      () => other.seen.some(({ peer_id, library_rev }) => peer_id === modern.peer_id && library_rev === rev),
    );
  await hears(1);
  announced.update(2);
  await hears(2);
  await until("the second stranger is shown", () => alice.eventsOf("peer-lost").length > 1);
  await meet(alice, await swarm.start("bob"));

  const told = alice.lines.filter((line) => "peer_id" in line && line.peer_id === modern.peer_id);
  assertEquals(told.map(({ event }) => event), ["peer-discovered", "peer-lost"]);
  assertEquals([...(await alice.knownPeers()).values()].map(({ name }) => name), ["bob"]);
  // It was never dialled.
  assertEquals(modern.requests, []);
  const warnings = alice.log.split("\n").filter((line) => line.includes("speaks protocol version 2"));
  assertEquals(warnings.length, 2, warnings.join("\n"));
});

Deno.test("S31: a hello of another version is answered incompatible, and its sender stays a stranger", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  await using modern = await HostilePeer.start({
    party: swarm.party,
    answers: { hello: () => modern.introduction("hello_ack", { proto_ver: 2 }) },
  });
  await modern.dial(alice.addr);
  for (const proto_ver of [0, 2, 1_000_000]) {
    const answer = await modern.ask(modern.introduction("hello", { proto_ver }));
    assertEquals([answer.type, answer.code], ["error", "incompatible"], String(proto_ver));
  }
  assertEquals((await modern.ask({ type: "get_library" })).code, "unauthorized");
  // Who answers with another version is refused as well.
  const refused = await alice.command("connect", { addr: modern.addr });
  assertEquals([refused.ok, refused.error?.code], [false, "incompatible"]);
  assertStringIncludes(refused.error?.message ?? "", "same lanspread");
  assertEquals([(await alice.ok("peer-count")).count, alice.eventsOf("peer-connected")], [0, []]);
  // One that speaks this version is welcome on the same connection.
  assertEquals((await modern.ask(modern.introduction("hello"))).type, "hello_ack");
  await alice.peers(1);
});

async function copyDir(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyDir(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("S42: the same peer_id at two addresses is one peer, at the newest address", async () => {
  await using swarm = await Swarm.make();
  const watcher = await swarm.start("watcher");
  // A first life, so that there is a state folder to copy.
  assertEquals(await (await swarm.start("first")).stop(), 0);
  await copyDir(swarm.stateDir("first"), swarm.stateDir("second"));
  const from = watcher.lines.length;
  const first = await swarm.start("first");
  await watcher.event("peer-connected", ({ addr }) => addr === first.addr, { from });
  const second = await swarm.start("second");
  assertEquals(second.peer_id, first.peer_id);
  assertNotEquals(second.addr, first.addr);
  await until("the newest address is listed", async () => {
    const listed = [...(await watcher.knownPeers()).values()];
    assert(listed.length <= 1, JSON.stringify(listed));
    return listed[0]?.addr === second.addr;
  });
  const { peers } = await watcher.ok("list-peers");
  assertEquals(peers.length, 1);
  assertEquals((await watcher.ok("peer-count")).count, 1);
  // Never two, and never lost in between.
  assertEquals(watcher.eventsOf("peer-count", from).map(({ count }) => count), [1]);
  assertEquals(watcher.eventsOf("peer-connected", from).length, 1);
  // Neither of the two takes the other for a peer.
  for (const twin of [first, second]) {
    assertEquals([...(await twin.knownPeers()).keys()], [watcher.peer_id], twin.name);
  }
  // When the newer one leaves, the older one is found where it is.
  assertEquals(await second.stop(), 0);
  await until("the older address is listed again", async () => {
    return [...(await watcher.knownPeers()).values()].map(({ addr }) => addr).join() === first.addr;
  });
});
