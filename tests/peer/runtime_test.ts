/**
 * A whole peer inside one process, with its parts replaced by ones that fail when a test says so.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import { type Join, joinMulticast, type MdnsEvents } from "../../src/peer/discovery/mdns_socket.ts";
import type { Discovery, DiscoveryHandlers } from "../../src/peer/discovery/port.ts";
import { EventBus, type PeerEvent } from "../../src/peer/events.ts";
import type { PeerOptions } from "../../src/peer/options.ts";
import { Peer, type PeerParts } from "../../src/peer/runtime.ts";
import { MemoryNetwork } from "../../src/peer/transport/memory.ts";
import { partySecrets } from "../../src/peer/transport/party.ts";
import type { Connection, Transport } from "../../src/peer/transport/port.ts";
import { joinAddress, type PeerId, type SocketAddress } from "../../src/proto/ids.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { makeGame } from "../support/games.ts";
import { newPeerId } from "../support/parties.ts";
import { TempDir } from "../support/temp_dir.ts";

const LOOPBACK = "127.0.0.1";

/** Discovery that does what a test says, and nothing by itself. */
class FakeDiscovery implements Discovery {
  readonly announced: number[] = [];
  runs = 0;
  handlers: DiscoveryHandlers | undefined;
  #fail: ((error: unknown) => void) | undefined;

  run(handlers: DiscoveryHandlers, signal: AbortSignal): Promise<void> {
    this.runs++;
    this.handlers = handlers;
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  fail(error: unknown): void {
    this.#fail?.(error);
  }

  update({ library_rev }: { library_rev: number }): void {
    this.announced.push(library_rev);
  }
}

/** A transport whose listener ends when a test says so. */
class FailingTransport implements Transport {
  readonly engine = "memory";
  readonly #broken = Promise.withResolvers<never>();

  constructor(readonly inner: Transport) {
    this.#broken.promise.catch(() => {});
  }

  get port(): number {
    return this.inner.port;
  }

  breakDown(error: Error): void {
    this.#broken.reject(error);
  }

  get incoming(): AsyncIterable<Connection> {
    return this.#incoming();
  }

  async *#incoming(): AsyncGenerator<Connection> {
    const connections = this.inner.incoming[Symbol.asyncIterator]();
    while (true) {
      const next = await Promise.race([connections.next(), this.#broken.promise]);
      if (next.done) return;
      yield next.value;
    }
  }

  connect(...args: Parameters<Transport["connect"]>): Promise<Connection> {
    return this.inner.connect(...args);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}

/** One peer in this process, and what it told. */
class InProcess implements AsyncDisposable {
  readonly told: PeerEvent[] = [];
  readonly listening: Promise<void>;

  private constructor(
    readonly dir: TempDir,
    readonly peer: Peer,
    readonly transport: FailingTransport,
    readonly index: LibraryIndex,
    readonly scope: Scope,
    events: EventBus,
  ) {
    const heard = events.listen();
    this.listening = (async () => {
      for await (const event of heard) this.told.push(event);
    })();
  }

  static async start(
    network: MemoryNetwork,
    makeDiscovery: (port: number, peer_id: PeerId) => Discovery,
    clock = SYSTEM_CLOCK,
    more: Partial<PeerOptions> = {},
  ): Promise<InProcess> {
    const dir = await TempDir.make();
    const peer_id = newPeerId();
    const identity = { party_id: "party", peer_id, ca_cert: "one authority", cert: "", key: "" };
    const transport = new FailingTransport(
      await network.open({ hostname: LOOPBACK, port: 0, identity }),
    );
    const own = joinAddress(LOOPBACK, transport.port);
    const events = new EventBus();
    const index = LibraryIndex.inMemory();
    const scope = new Scope({ onError: () => {} });
    const parts: PeerParts = {
      ...{ peer_id, secrets: await partySecrets(""), catalog: undefined, index, transport, events, clock },
      options: {
        ...{ game_dir: await dir.mkdir("games"), state_dir: await dir.mkdir("state"), name: "peer" },
        ...{ interfaces: [LOOPBACK], port: 0, quic: "auto", party: "", catalog: undefined, install: true },
        ...more,
      },
      discovery: makeDiscovery(transport.port, peer_id),
      addresses: { towards: () => own, preferred: own, has: (addr: SocketAddress) => addr === own },
      scope,
    };
    const running = new InProcess(dir, new Peer(parts), transport, index, scope, events);
    await running.peer.start({
      [Symbol.asyncDispose]: () => {
        index[Symbol.dispose]();
        return Promise.resolve();
      },
    });
    return running;
  }

  names(): string[] {
    return this.told.map(({ event }) => event);
  }

  of<N extends PeerEvent["event"]>(name: N) {
    return this.told.filter((event): event is Extract<PeerEvent, { event: N }> => event.event === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer.shutdown();
    await this.listening;
    await this.dir[Symbol.asyncDispose]();
  }
}

Deno.test("a listener that fails is told as runtime-failed once, and stops the whole peer", async () => {
  const discovery = new FakeDiscovery();
  await using running = await InProcess.start(new MemoryNetwork(), () => discovery);
  running.transport.breakDown(new Error("the socket is gone"));
  await within("the end", running.peer.stopped);
  await within("the end of the events", running.listening);
  assertEquals(running.of("runtime-failed"), [
    { event: "runtime-failed", component: "server", error: "the socket is gone" },
  ]);
  await assertRejects(() => running.peer.send({ command: "status" }), Error, "shutting down");
});

Deno.test("a listener that ends without a word counts as failed as well", async () => {
  await using running = await InProcess.start(new MemoryNetwork(), () => new FakeDiscovery());
  await running.transport.inner[Symbol.asyncDispose]();
  await within("the end", running.peer.stopped);
  await running.listening;
  assertEquals(running.of("runtime-failed").map(({ component }) => component), ["server"]);
});

Deno.test("an ordered shutdown is no failure, and ends the events", async () => {
  await using running = await InProcess.start(new MemoryNetwork(), () => new FakeDiscovery());
  await running.peer.shutdown();
  await within("the end of the events", running.listening);
  assertEquals(running.of("runtime-failed"), []);
});

Deno.test("after a shutdown no task runs any more, and what was opened at the start is closed", async () => {
  await using running = await InProcess.start(new MemoryNetwork(), () => new FakeDiscovery());
  assert(running.scope.size > 0);
  await running.peer.shutdown();
  assertEquals([running.scope.size, running.scope.signal.aborted], [0, true]);
  assertThrows(() => running.index.ids("/games"), LanspreadError);
});

Deno.test("a confined peer stays with its game folder where it can't write into the new one", async () => {
  const confined = { is_confined: true };
  const [network, discovery] = [new MemoryNetwork(), new FakeDiscovery()];
  await using running = await InProcess.start(network, () => discovery, SYSTEM_CLOCK, confined);
  const change = (game_dir: string) => running.peer.send({ command: "set-game-dir", game_dir, create: true });
  const missing = running.dir.join("missing/games");
  const error = await assertRejects(
    () => change(missing),
    LanspreadError,
    "lanspread service install --system",
  );
  assertEquals([error.code, running.of("settings-changed")], ["usage", []]);
  assertEquals(await change(running.dir.join("new")), { game_dir: running.dir.join("new") });
});

Deno.test("discovery that fails starts again after five seconds, and the peer goes on meanwhile", async () => {
  const clock = new FakeClock();
  const discovery = new FakeDiscovery();
  const network = new MemoryNetwork();
  await using running = await InProcess.start(network, () => discovery, clock);
  await using friend = await InProcess.start(network, () => new FakeDiscovery(), clock);
  await until("discovery runs", () => discovery.runs === 1);
  discovery.fail(new Error("no multicast today"));
  await clock.advance(4_999);
  assertEquals(discovery.runs, 1);
  // Everything else works.
  assertEquals(running.peer.snapshot().status.peer_count, 0);
  const addr = joinAddress(LOOPBACK, friend.transport.port);
  await running.peer.send({ command: "connect", addr });
  assertEquals(running.of("peer-connected").map(({ peer_id }) => peer_id), [friend.peer.peer_id]);
  await clock.advance(1);
  await until("discovery runs again", () => discovery.runs === 2);
  // Its new run is heard, too.
  const stranger = { peer_id: newPeerId(), name: "new", proto_ver: 2, library_rev: 1, addr };
  discovery.handlers?.onSeen(stranger);
  await until("the stranger is told", () => running.names().includes("peer-discovered"));
  assertEquals(running.of("runtime-failed"), []);
});

Deno.test("a peer of another version that is gone is not listed any more, and that is told", async () => {
  const discovery = new FakeDiscovery();
  await using running = await InProcess.start(new MemoryNetwork(), () => discovery);
  await until("discovery runs", () => discovery.runs === 1);
  const peer_id = newPeerId();
  const addr = joinAddress(LOOPBACK, 9);
  const listed = () => running.peer.snapshot().incompatible.map(({ peer_id }) => peer_id);
  discovery.handlers?.onSeen({ peer_id, name: "old", proto_ver: 2, library_rev: 1, addr });
  assertEquals(listed(), [peer_id]);
  discovery.handlers?.onGone(peer_id);
  discovery.handlers?.onGone(newPeerId());
  assertEquals(listed(), []);
  await until("its end is told", () => running.of("peer-lost").length > 1);
  assertEquals(running.of("peer-lost").map(({ peer_id, reason }) => [peer_id, reason]), [
    [peer_id, "incompatible"],
    [peer_id, "timeout"],
  ]);
});

/** Joins that fail until `heal()`, and sockets that break when told. */
function flakyJoin() {
  const sockets: MdnsEvents[] = [];
  const state = { is_broken: true, tries: 0 };
  const join: Join = async (interface_ip, port, events) => {
    state.tries++;
    if (state.is_broken) throw new Error("the interface is not ready");
    const socket = await joinMulticast(interface_ip, port, events);
    sockets.push(events);
    return socket;
  };
  return { join, sockets, state };
}

/** Ten times as fast as the clock on the wall, for what waits ten seconds between two looks. */
const HASTY_CLOCK: Clock = {
  now: () => SYSTEM_CLOCK.now() * 10,
  sleep: (ms, signal) => SYSTEM_CLOCK.sleep(ms / 10, signal),
};

function dnsSd(join: Join, port: number, peer_id: PeerId, mdns_port: number): Discovery {
  return createDnsSd({
    announcement: { peer_id, name: "peer", proto_ver: PROTOCOL_VERSION, library_rev: 0, port },
    named_interfaces: [LOOPBACK],
    mdns_port,
    join,
    clock: HASTY_CLOCK,
  });
}

Deno.test("an mDNS socket that can't be had, or breaks, heals by itself, and the peers meet", async () => {
  const network = new MemoryNetwork();
  const mdns_port = 40_000 + Deno.pid % 20_000;
  const flaky = flakyJoin();
  await using alice = await InProcess.start(
    network,
    (port, peer_id) => dnsSd(flaky.join, port, peer_id, mdns_port),
  );
  await using bob = await InProcess.start(
    network,
    (port, peer_id) => dnsSd(joinMulticast, port, peer_id, mdns_port),
  );
  await until("the join was tried", () => flaky.state.tries > 0);
  assertEquals(alice.names().includes("runtime-failed"), false);
  assertEquals(alice.of("peer-connected"), []);
  flaky.state.is_broken = false;
  await until(
    "both meet",
    () => alice.names().includes("peer-connected") && bob.names().includes("peer-connected"),
  );
  // The connection does not need the socket, and the socket comes back.
  flaky.sockets[0]?.onError(new Error("the cable is out"));
  await makeGame(alice.dir.join("games"), "quake", { version: "1.0" });
  await until(
    "bob hears of the game",
    () => bob.of("games-list-updated").some(({ games }) => games.some(({ id }) => id === "quake")),
  );
  await until("the socket is back", () => flaky.sockets.length === 2);
  assertEquals([alice.of("peer-lost"), bob.of("peer-lost")], [[], []]);
});
