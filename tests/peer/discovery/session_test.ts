import { createDnsSd } from "../../../src/peer/discovery/dns_sd.ts";
import type { InterfaceInfo } from "../../../src/peer/discovery/interfaces.ts";
import type { Join, MdnsEvents } from "../../../src/peer/discovery/mdns_socket.ts";
import type { DnsPacket, DnsRecord, OutgoingPacket } from "../../../src/peer/discovery/packet.ts";
import type { Announcement, DiscoveryHandlers, SeenPeer } from "../../../src/peer/discovery/port.ts";
import { SERVICE } from "../../../src/peer/discovery/records.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const SECOND = 1_000;

/** A network in memory: what one socket sends, all in the same /24 hear, the sender included. */
class Network {
  readonly sent: { ip: string; at: number; packet: OutgoingPacket; to?: string | undefined }[] = [];
  /** Addresses whose join fails. */
  readonly broken = new Set<string>();
  readonly sockets = new Map<MdnsEvents, string>();
  constructor(readonly clock: FakeClock) {}

  readonly join: Join = (ip, _port, events) => {
    if (this.broken.has(ip)) return Promise.reject(new Error(`${ip} can't join`));
    this.sockets.set(events, ip);
    return Promise.resolve({
      send: (packet, to) => {
        if (this.sockets.has(events)) this.#deliver(ip, packet, to?.address);
        return Promise.resolve();
      },
      close: () => {
        this.sockets.delete(events);
        return Promise.resolve();
      },
    });
  };

  #deliver(from: string, packet: OutgoingPacket, to?: string): void {
    this.sent.push({ ip: from, at: this.clock.now(), packet, to });
    const received = asReceived(packet);
    for (const [events, ip] of this.sockets) {
      if (to === undefined ? networkOf(ip) === networkOf(from) : ip === to) {
        events.onPacket(received, { address: from, port: 5_353 });
      }
    }
  }

  /** A query from somebody else. */
  ask(from: string, name: string, type: string): void {
    this.#deliver(from, { type: "query", questions: [{ name, type, class: "IN" }] });
  }

  /** The sockets of `ip` hear and say nothing any more, as if the machine were switched off. */
  silence(ip: string): void {
    for (const [events, own] of this.sockets) if (own === ip) this.sockets.delete(events);
  }

  failSocket(ip: string): void {
    for (const [events, own] of this.sockets) if (own === ip) events.onError(new Error(`${ip} broke`));
  }

  /** When `ip` sent a response to everyone. */
  responses(ip: string): number[] {
    const all = this.sent.filter((one) =>
      one.ip === ip && one.packet.type === "response" && one.to === undefined
    );
    return all.map(({ at }) => at);
  }
}

function networkOf(ip: string): string {
  return ip.slice(0, ip.lastIndexOf("."));
}

function asReceived(packet: OutgoingPacket): DnsPacket {
  const bytes = (record: DnsRecord) =>
    record.type === "TXT"
      ? { ...record, data: record.data.map((text) => new TextEncoder().encode(text)) }
      : record;
  return {
    id: 0,
    type: packet.type,
    opcode: "QUERY",
    rcode: "NOERROR",
    questions: packet.questions ?? [],
    answers: (packet.answers ?? []).map(bytes),
    additionals: (packet.additionals ?? []).map(bytes),
  };
}

class Peer implements AsyncDisposable, DiscoveryHandlers {
  readonly seen: SeenPeer[] = [];
  readonly gone: PeerId[] = [];
  readonly problems: string[] = [];
  readonly own: Announcement;
  readonly interfaces: InterfaceInfo[];
  readonly discovery;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(network: Network, digit: number, ...ips: string[]) {
    const peer_id = PeerId.parse(`aaaaaaa${digit}-0000-4000-8000-000000000000`);
    this.own = { peer_id, name: `pc ${digit}`, proto_ver: 1, library_rev: 1, port: 5_000 };
    this.interfaces = ips.map(nic);
    const { clock, join } = network;
    const listInterfaces = () => this.interfaces;
    this.discovery = createDnsSd({
      announcement: this.own,
      named_interfaces: [],
      clock,
      join,
      listInterfaces,
    });
    this.#done = this.discovery.run(this, this.#stop.signal);
  }

  onSeen(peer: SeenPeer) {
    this.seen.push(peer);
  }
  onGone(peer_id: PeerId) {
    this.gone.push(peer_id);
  }
  onProblem(ip: string) {
    this.problems.push(ip);
  }
  async [Symbol.asyncDispose]() {
    this.#stop.abort();
    await within("stopping", this.#done);
  }
}

function nic(address: string): InterfaceInfo {
  return { name: `eth${address.split(".")[2]}`, family: "IPv4", address, netmask: "255.255.255.0" };
}

Deno.test("peers that answer stay known, and are told once", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.1.2");
  await network.clock.advance(600 * SECOND);
  assertEquals(a.seen.map((peer) => peer.addr as string), ["10.0.1.2:5000"]);
  assertEquals(b.seen.map((peer) => peer.addr as string), ["10.0.1.1:5000"]);
  assertEquals([...a.gone, ...b.gone], []);
});

Deno.test("a peer that falls silent is asked for again, and gone after 120 s", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.1.2");
  await network.clock.advance(10 * SECOND);
  network.silence("10.0.1.2");
  const last_at = network.responses("10.0.1.2").at(-1)!;
  network.sent.length = 0;
  await network.clock.advance(last_at + 120 * SECOND - 1 - network.clock.now());
  assertEquals(a.gone, []);
  const asked = network.sent.filter(({ packet }) => packet.questions?.[0]?.type === "ANY").map(({ at }) =>
    at - last_at
  );
  assertEquals(asked, [96, 102, 108, 114].map((s) => s * SECOND));
  await network.clock.advance(1);
  assertEquals(a.gone, [b.own.peer_id]);
});

Deno.test("a join that fails is told once, does not stop the others, and heals at the next look", async () => {
  const network = new Network(new FakeClock());
  network.broken.add("10.0.2.1");
  await using a = new Peer(network, 1, "10.0.1.1", "10.0.2.1");
  await using b = new Peer(network, 2, "10.0.1.2");
  await using c = new Peer(network, 3, "10.0.2.3");
  await network.clock.advance(35 * SECOND);
  assertEquals([a.problems, b.seen.length, c.seen.length], [["10.0.2.1"], 1, 0]);
  network.broken.clear();
  await network.clock.advance(10 * SECOND);
  assertEquals(c.seen.map((peer) => peer.addr as string), ["10.0.2.1:5000"]);
  network.failSocket("10.0.2.1");
  await network.clock.advance(0);
  assertEquals(a.problems, ["10.0.2.1", "10.0.2.1"]);
});

Deno.test("a socket that breaks is told once and opened again, and nobody is lost", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.1.2");
  await network.clock.advance(5 * SECOND);
  network.failSocket("10.0.1.1");
  await network.clock.advance(200 * SECOND);
  assertEquals([a.problems, a.gone, b.gone, a.seen.length, b.seen.length], [["10.0.1.1"], [], [], 1, 1]);
  assert([...network.sockets.values()].includes("10.0.1.1"));
});

Deno.test("a new interface is announced at the next look, and one that is gone is closed", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.2.2");
  await network.clock.advance(5 * SECOND);
  a.interfaces.splice(0, 1, nic("10.0.2.1"));
  await network.clock.advance(10 * SECOND);
  assertEquals(b.seen.map((peer) => peer.addr as string), ["10.0.2.1:5000"]);
  assertEquals(a.seen.map((peer) => peer.addr as string), ["10.0.2.2:5000"]);
  assertEquals([...network.sockets.values()].sort(), ["10.0.2.1", "10.0.2.2"]);
});

Deno.test("an interface that comes up beside another one is announced, too", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.2.2");
  await network.clock.advance(5 * SECOND);
  assertEquals(b.seen, []);
  a.interfaces.push(nic("10.0.2.1"));
  await network.clock.advance(10 * SECOND);
  assertEquals(b.seen.map((peer) => peer.addr as string), ["10.0.2.1:5000"]);
  assertEquals([...network.sockets.values()].sort(), ["10.0.1.1", "10.0.2.1", "10.0.2.2"]);
});

Deno.test("a peer on two shared networks is told once, and at its other address when the first is gone", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1", "10.0.2.1");
  await using b = new Peer(network, 2, "10.0.1.2", "10.0.2.2");
  await network.clock.advance(5 * SECOND);
  assertEquals(a.seen.map((peer) => peer.addr as string), ["10.0.1.2:5000"]);
  b.interfaces.shift();
  await network.clock.advance(12 * SECOND);
  assertEquals(a.seen.map((peer) => peer.addr as string), ["10.0.1.2:5000", "10.0.2.2:5000"]);
  assertEquals(a.gone, []);
});

Deno.test("no record is sent to everyone more often than once a second, however many ask", async () => {
  const network = new Network(new FakeClock());
  await using _a = new Peer(network, 1, "10.0.1.1");
  await network.clock.advance(5 * SECOND);
  network.sent.length = 0;
  for (let i = 0; i < 100; i++) {
    network.ask("10.0.1.9", SERVICE, "PTR");
    await network.clock.advance(50);
  }
  await network.clock.advance(2 * SECOND);
  const times = network.responses("10.0.1.1");
  const pauses = times.slice(1).map((at, i) => at - times[i]!);
  assert(times.length >= 4 && times.length <= 7, `${times.length} responses`);
  // The clock adds fractions: a pause may be a hair under a second.
  assert(pauses.every((pause) => pause >= SECOND - 1), pauses.join(" "));
});

Deno.test("a newcomer is answered alone where the records went to everyone a moment ago", async () => {
  const network = new Network(new FakeClock());
  await using _a = new Peer(network, 1, "10.0.1.1");
  await network.clock.advance(100);
  network.ask("10.0.1.9", SERVICE, "PTR");
  const last = network.sent.at(-1);
  assertEquals([last?.to, last?.packet.answers?.[0]?.name], ["10.0.1.9", SERVICE]);
});

Deno.test("every link announces only its own address", async () => {
  const network = new Network(new FakeClock());
  await using _a = new Peer(network, 1, "10.0.1.1", "10.0.2.1");
  await network.clock.advance(5 * SECOND);
  for (const { ip, packet } of network.sent) {
    const records = [...packet.answers ?? [], ...packet.additionals ?? []];
    assert(records.every((record) => record.type !== "A" || record.data === ip));
  }
});

Deno.test("update() is announced at once and again a second later", async () => {
  const network = new Network(new FakeClock());
  await using a = new Peer(network, 1, "10.0.1.1");
  await using b = new Peer(network, 2, "10.0.1.2");
  await network.clock.advance(70 * SECOND);
  network.sent.length = 0;
  b.discovery.update({ ...b.own, library_rev: 2 });
  await network.clock.advance(0);
  assertEquals(a.seen.map((peer) => peer.library_rev), [1, 2]);
  await network.clock.advance(2 * SECOND);
  assertEquals(network.responses("10.0.1.2"), [70 * SECOND, 71 * SECOND]);
});

Deno.test("a packet that another interface's socket heard is left to the link of its network", async () => {
  const network = new Network(new FakeClock());
  await using _a = new Peer(network, 1, "10.0.1.1", "10.0.2.1");
  await network.clock.advance(5 * SECOND);
  network.sent.length = 0;
  const query = asReceived({ type: "query", questions: [{ name: SERVICE, type: "PTR", class: "IN" }] });
  const hear = (ip: string, address: string) => {
    for (const [events, own] of network.sockets) {
      if (own === ip) events.onPacket(query, { address, port: 40_000 });
    }
  };
  hear("10.0.1.1", "10.0.2.9");
  assertEquals(network.sent.map(({ ip, to }) => [ip, to]), [["10.0.2.1", "10.0.2.9"]]);
  hear("10.0.2.1", "10.0.2.9");
  assertEquals(network.sent.length, 1, "the same question is answered once");
  hear("10.0.1.1", "10.0.3.9");
  assertEquals(network.sent.length, 1, "a stranger's network is not ours");
});
