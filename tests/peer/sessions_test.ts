import { LanspreadError } from "../../src/base/errors.ts";
import { greet } from "../../src/peer/handshake.ts";
import { proveMembership } from "../../src/peer/transport/party.ts";
import type { Connection, Transport } from "../../src/peer/transport/port.ts";
import type { Hello } from "../../src/proto/message.ts";
import { GameId } from "../../src/proto/ids.ts";
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertObjectMatch,
  assertRejects,
} from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { frame, type MemoryPeer, MemoryPeers, never, sendRaw } from "../support/memory_peers.ts";
import { newPeerId } from "../support/parties.ts";

const game_id = GameId.parse("game");

/** What `from` says to `to`, valid unless changed. */
function helloOf(from: MemoryPeer): Hello {
  const { peer_id, name, secrets } = from.self;
  const claim = { role: "hello" as const, peer_id, listen_addr: from.addr };
  return {
    type: "hello",
    peer_id,
    name,
    proto_ver: 1,
    listen_addr: from.addr,
    ...from.self.library(),
    features: [],
    proof: proveMembership(secrets, claim),
  };
}

function codeOf(answer: unknown): unknown {
  assertObjectMatch(answer, { type: "error" });
  return (answer as { code: unknown }).code;
}

Deno.test("after one handshake both sides know each other, by id and listener", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const found = await alice.sessions.connect({ addr: bob.addr }, never);
  assertEquals([found.peer_id, found.addr], [bob.peer_id, bob.addr]);
  assertEquals(alice.acquainted.map((a) => [a.peer_id, a.addr]), [[bob.peer_id, bob.addr]]);
  assertEquals(bob.acquainted.map((a) => [a.peer_id, a.addr]), [[alice.peer_id, alice.addr]]);
  assert(alice.sessions.isConnected(bob.peer_id) && bob.sessions.isConnected(alice.peer_id));
});

Deno.test("one connection carries the requests of both sides, and neither dials again", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  await alice.sessions.connect({ addr: bob.addr }, never);
  assertEquals(await alice.sessions.call(bob.peer_id, { type: "ping" }, never), { type: "pong" });
  assertEquals(await bob.sessions.call(alice.peer_id, { type: "ping" }, never), { type: "pong" });
  assertEquals([alice.acquainted.length, bob.acquainted.length], [1, 1]);
});

Deno.test("a stranger gets nothing but unauthorized", async () => {
  await using peers = new MemoryPeers();
  const bob = await peers.add();
  const stranger = await peers.openTransport();
  const connection = await stranger.connect({ addr: bob.addr }, never);
  const hash = "0".repeat(64);
  const requests = [
    { type: "ping" },
    { type: "goodbye" },
    { type: "get_library" },
    { type: "get_game", game_id },
    { type: "get_chunk", game_id, manifest_hash: hash, path: "a", offset: 0, length: 1 },
    { type: "library_summary", library_rev: 1, library_digest: hash, game_count: 0 },
    { type: "library_snapshot", library_rev: 9, games: [] },
    { type: "library_delta", from_rev: 1, to_rev: 2, added: [], updated: [], removed: [] },
  ];
  for (const request of requests) {
    assertEquals(codeOf(await sendRaw(connection, frame(request))), "unauthorized", request.type);
  }
  assertEquals([bob.pushes.length, bob.goodbyes.length, bob.acquainted.length], [0, 0, 0]);
});

Deno.test("a wrong proof is unauthorized, on either side", async () => {
  await using peers = new MemoryPeers();
  const bob = await peers.add();
  const secrets = { ...bob.self.secrets, proof_key: new Uint8Array(32) };
  const stranger = await peers.add({ secrets });
  const error = await assertRejects(
    () => stranger.sessions.connect({ addr: bob.addr }, never),
    LanspreadError,
  );
  assertEquals(error.code, "unauthorized");
  assertEquals([bob.acquainted.length, stranger.acquainted.length], [0, 0]);
  assertEquals(bob.sessions.isConnected(stranger.peer_id), false);
});

Deno.test("a proof for another address or another role is worth nothing", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const connection = await alice.transport.connect({ addr: bob.addr }, never);
  const hello = helloOf(alice);
  const { peer_id, listen_addr } = hello;
  const as_ack = proveMembership(alice.self.secrets, { role: "hello_ack", peer_id, listen_addr });
  for (const wrong of [{ ...hello, listen_addr: bob.addr }, { ...hello, proof: as_ack }]) {
    assertEquals(codeOf(await sendRaw(connection, frame(wrong))), "unauthorized");
  }
  assertObjectMatch(await sendRaw(connection, frame(hello)), { type: "hello_ack" });
});

Deno.test("an answer without a valid proof ends the dial", async () => {
  await using peers = new MemoryPeers();
  const alice = await peers.add();
  const impostor = await peers.openTransport();
  const serving = (async () => {
    for await (const connection of impostor.incoming) {
      for await (const stream of connection.incoming) {
        await stream.write(frame({ ...helloOf(alice), type: "hello_ack", peer_id: newPeerId() }));
        await stream.finish();
      }
    }
  })();
  const addr = `127.0.0.1:${impostor.port}` as MemoryPeer["addr"];
  const error = await assertRejects(() => alice.sessions.connect({ addr }, never), LanspreadError);
  assertEquals(error.code, "unauthorized");
  assertEquals(alice.acquainted, []);
  await impostor[Symbol.asyncDispose]();
  await serving;
});

Deno.test("another protocol version is incompatible, also when its hello looks different", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const connection = await alice.transport.connect({ addr: bob.addr }, never);
  const hellos = [
    { ...helloOf(alice), proto_ver: 2 },
    { type: "hello", proto_ver: 2, id: 7, everything: "else" },
    { type: "hello" },
  ];
  for (const hello of hellos) {
    assertEquals(codeOf(await sendRaw(connection, frame(hello))), "incompatible");
  }
  assertEquals(bob.acquainted, []);
});

Deno.test("a hello from oneself is refused", async () => {
  await using peers = new MemoryPeers();
  const alice = await peers.add();
  const connection = await alice.transport.connect({ addr: alice.addr }, never);
  assertEquals(codeOf(await sendRaw(connection, frame(helloOf(alice)))), "invalid_request");
  await assertRejects(() => alice.sessions.connect({ addr: alice.addr }, never), LanspreadError);
  assertEquals(alice.acquainted, []);
  assertEquals(alice.sessions.isConnected(alice.peer_id), false);
});

Deno.test("a second hello is answered, but under another id it is refused", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const other = await peers.add();
  const connection = await alice.transport.connect({ addr: bob.addr }, never);
  for (const _ of [1, 2]) {
    assertObjectMatch(await sendRaw(connection, frame(helloOf(alice))), { type: "hello_ack" });
  }
  assertEquals(codeOf(await sendRaw(connection, frame(helloOf(other)))), "invalid_request");
  assertEquals(bob.acquainted.map((a) => a.peer_id), [alice.peer_id]);
  assertEquals(bob.introduced_again.map((a) => a.peer_id), [alice.peer_id]);
});

Deno.test("who has another name tells it over the connection that is there, whoever dialled it", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  await alice.sessions.connect({ addr: bob.addr }, never);
  for (const [renamed, other] of [[alice, bob], [bob, alice]] as const) {
    Object.assign(renamed.self, { name: `new ${renamed.peer_id}` });
    await renamed.sessions.introduceAgain(never);
    assertEquals(other.introduced_again.at(-1)?.name, `new ${renamed.peer_id}`);
    assertEquals(other.introduced_again.at(-1)?.peer_id, renamed.peer_id);
  }
  assertEquals([alice, bob].map(({ acquainted }) => acquainted.length), [1, 1]);
});

Deno.test("a hello under another id than the one that was dialled is refused", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const other = await peers.add();
  await alice.sessions.connect({ addr: bob.addr, peer_id: bob.peer_id }, never);
  const back = await bob.sessions.connectionTo(alice.peer_id, never);
  assertEquals(codeOf(await sendRaw(back, frame(helloOf(other)))), "invalid_request");
  assertEquals(alice.acquainted.map((a) => a.peer_id), [bob.peer_id]);
});

Deno.test("who answers a hello that is said once more under another id changes nothing of that one", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const other = await peers.add();
  await alice.sessions.connect({ addr: bob.addr, peer_id: bob.peer_id }, never);
  await alice.sessions.connect({ addr: other.addr, peer_id: other.peer_id }, never);
  Object.assign(bob.self, { peer_id: other.peer_id, name: "not the other one" });
  await alice.sessions.introduceAgain(never);
  assertEquals(alice.introduced_again.map(({ name }) => name), [other.self.name]);
});

Deno.test("a peer that calls itself otherwise than its certificate is not taken", async () => {
  await using peers = new MemoryPeers();
  const alice = await peers.add();
  const liar = await peers.add();
  const claimed = newPeerId();
  liar.self.peer_id = claimed;
  const error = await assertRejects(
    () => alice.sessions.connect({ addr: liar.addr, peer_id: liar.peer_id }, never),
    LanspreadError,
  );
  assertEquals(error.code, "invalid_request");
  assertEquals(alice.sessions.isConnected(claimed), false);
});

Deno.test("the listener is recorded at the address that the packets come from", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const connection = await alice.transport.connect({ addr: bob.addr }, never);
  const far_away = "10.9.8.7:4321" as MemoryPeer["addr"];
  await greet(connection, { ...alice.self, listenAddress: () => far_away }, never);
  assertEquals(bob.acquainted.map((a) => a.addr as string), ["127.0.0.1:4321"]);
});

Deno.test("a pooled connection that broke is replaced once, without an error for the caller", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  await alice.sessions.connect({ addr: bob.addr }, never);
  const first = await alice.sessions.connectionTo(bob.peer_id, never);
  first.close();
  assertEquals(await alice.sessions.call(bob.peer_id, { type: "ping" }, never), { type: "pong" });
  assertNotStrictEquals(await alice.sessions.connectionTo(bob.peer_id, never), first);
  await bob.transport[Symbol.asyncDispose]();
  const error = await assertRejects(
    () => alice.sessions.call(bob.peer_id, { type: "ping" }, never),
    LanspreadError,
  );
  assertEquals(error.code, "handshake_failed");
});

Deno.test("calls that need a connection at the same time share one dial", async () => {
  let dials = 0;
  await using peers = new MemoryPeers();
  const bob = await peers.add();
  const counting = (transport: Transport): Transport => ({
    engine: transport.engine,
    port: transport.port,
    incoming: transport.incoming,
    connect: (target, signal) => {
      dials++;
      return transport.connect(target, signal);
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  });
  const alice = await peers.add({ wrap: counting });
  alice.book.set(bob.peer_id, bob.addr);
  const ping = () => alice.sessions.call(bob.peer_id, { type: "ping" }, never);
  await Promise.all([ping(), ping(), ping()]);
  assertEquals(dials, 1);
});

Deno.test("a caller who gives up does not end the dial of the others", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  alice.book.set(bob.peer_id, bob.addr);
  const impatient = new AbortController();
  const first = alice.sessions.connectionTo(bob.peer_id, impatient.signal);
  const second = alice.sessions.connectionTo(bob.peer_id, never);
  impatient.abort(new Error("enough"));
  await assertRejects(() => first, Error, "enough");
  assertEquals((await second).remote_addr, bob.addr);
});

Deno.test("a peer without an address is connection_lost", async () => {
  await using peers = new MemoryPeers();
  const alice = await peers.add();
  const error = await assertRejects(
    () => alice.sessions.call(newPeerId(), { type: "ping" }, never),
    LanspreadError,
  );
  assertEquals(error.code, "connection_lost");
});

Deno.test("two peers that dial each other at the same moment both work afterwards", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  await Promise.all([
    alice.sessions.connect({ addr: bob.addr, peer_id: bob.peer_id }, never),
    bob.sessions.connect({ addr: alice.addr, peer_id: alice.peer_id }, never),
  ]);
  const pingBoth = async () => {
    assertEquals(await alice.sessions.call(bob.peer_id, { type: "ping" }, never), { type: "pong" });
    assertEquals(await bob.sessions.call(alice.peer_id, { type: "ping" }, never), { type: "pong" });
  };
  await pingBoth();
  (await alice.sessions.connectionTo(bob.peer_id, never)).close();
  await pingBoth();
  assertEquals([alice.disconnected, bob.disconnected], [[], []]);
});

Deno.test("onDisconnected comes once, after the last of a peer's connections broke", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  for (const _ of [1, 2]) await alice.sessions.connect({ addr: bob.addr }, never);
  alice.sessions.drop(bob.peer_id);
  await until("both sides notice", () => alice.disconnected.length > 0 && bob.disconnected.length > 0);
  assertEquals([alice.disconnected, bob.disconnected], [[bob.peer_id], [alice.peer_id]]);
  assertEquals(alice.sessions.isConnected(bob.peer_id), false);
});

Deno.test("one peer keeps at most two connections, however many it opens at once", async () => {
  await using peers = new MemoryPeers();
  const [alice, bob] = await peers.pair();
  const connections: Connection[] = [];
  let closed = 0;
  for (let i = 0; i < 6; i++) connections.push(await alice.transport.connect({ addr: bob.addr }, never));
  for (const connection of connections) connection.closed.then(() => closed++);
  await Promise.all(connections.map((connection) => greet(connection, alice.self, never).catch(() => {})));
  await until("the others are closed", () => closed >= 4, 5_000);
  assertEquals(closed, 4);
});

Deno.test("goodbye reaches every connected peer", async () => {
  await using peers = new MemoryPeers();
  const alice = await peers.add();
  const others = [await peers.add(), await peers.add()];
  for (const { addr } of others) await alice.sessions.connect({ addr }, never);
  await within("goodbye", alice.sessions.tellAll({ type: "goodbye" }, never));
  for (const other of others) assertEquals(other.goodbyes, [alice.peer_id]);
});
