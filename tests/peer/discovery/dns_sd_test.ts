import { createSocket } from "node:dgram";
import { createDnsSd, type DnsSdOptions, MDNS_PORT } from "../../../src/peer/discovery/dns_sd.ts";
import type { Announcement, DiscoveryHandlers, SeenPeer } from "../../../src/peer/discovery/port.ts";
import { hostName, instanceName, SERVICE, SERVICE_LIST } from "../../../src/peer/discovery/records.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import {
  type DecodedMessage,
  decodeDns,
  type DecodedRecord,
  encodeQuery,
  textOf,
  TYPE,
} from "../../support/dns_decoder.ts";

const GROUP = "224.0.0.251";
const LOOP = "127.0.0.1";

function announcement(digit: number, library_rev = 1): Announcement {
  const peer_id = PeerId.parse(crypto.randomUUID());
  return { peer_id, name: `pc ${digit}`, proto_ver: 1, library_rev, port: 5_400 + digit };
}

/** Keeps the tests of different runs out of each other's hearing. */
function randomPort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}

/** A discovery that runs for one block and writes down what it tells. */
class Running implements AsyncDisposable, DiscoveryHandlers {
  readonly seen: SeenPeer[] = [];
  readonly gone: PeerId[] = [];
  readonly problems: unknown[] = [];
  readonly discovery;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(own: Announcement, mdns_port: number, options: Partial<DnsSdOptions> = {}) {
    this.discovery = createDnsSd({ announcement: own, named_interfaces: [LOOP], mdns_port, ...options });
    this.#done = this.discovery.run(this, this.#stop.signal);
  }

  onSeen(peer: SeenPeer) {
    this.seen.push(peer);
  }
  onGone(peer_id: PeerId) {
    this.gone.push(peer_id);
  }
  onProblem(_interface_ip: string, error: unknown) {
    this.problems.push(error);
  }
  sees(own: Announcement, library_rev = own.library_rev): Promise<SeenPeer> {
    return until(
      `seeing ${own.name}`,
      () => this.seen.find((peer) => peer.peer_id === own.peer_id && peer.library_rev === library_rev),
    );
  }
  stop(): Promise<void> {
    this.#stop.abort();
    return within("stopping", this.#done);
  }
  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

/** A plain socket on loopback that reads with a decoder of its own. */
class Probe implements AsyncDisposable {
  readonly messages: DecodedMessage[] = [];
  readonly raw: Uint8Array[] = [];
  readonly #socket = createSocket({ type: "udp4", reuseAddr: true });

  private constructor() {
    this.#socket.on("message", (bytes) => {
      this.raw.push(bytes);
      this.messages.push(decodeDns(bytes));
    });
  }

  /** `group_port`: joins the group there; without it the probe is a plain DNS client. */
  static async open(group_port?: number): Promise<Probe> {
    const probe = new Probe();
    const bound = new Promise<void>((resolve) => probe.#socket.bind(group_port ?? 0, "0.0.0.0", resolve));
    await within("binding the probe", bound);
    if (group_port !== undefined) probe.#socket.addMembership(GROUP, LOOP);
    probe.#socket.setMulticastInterface(LOOP);
    return probe;
  }

  send(bytes: Uint8Array, port: number, ip = GROUP): Promise<void> {
    const sent = new Promise<void>((resolve) => this.#socket.send(bytes, port, ip, () => resolve()));
    return within("sending", sent);
  }

  async [Symbol.asyncDispose]() {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

function all(message: DecodedMessage): DecodedRecord[] {
  return [...message.answers, ...message.additionals];
}

/** Asserts what `avahi-browse -rt _lanspread._udp` has to find on the way from the type to the address. */
function assertResolves(records: DecodedRecord[], own: Announcement): void {
  const find = (type: number, name: string) =>
    records.find((r) => r.type === type && r.name.join(".") === name);
  const instance = find(TYPE.PTR, SERVICE)?.ptr ?? [];
  assertEquals(instance, [`${own.name} (${own.peer_id.slice(0, 8)})`, "_lanspread", "_udp", "local"]);
  const srv = find(TYPE.SRV, instance.join("."))?.srv;
  assertEquals([srv?.port, srv?.target.join(".")], [own.port, hostName(own.peer_id, LOOP)]);
  assertEquals(find(TYPE.A, srv?.target.join(".") ?? "")?.a, LOOP);
  assertEquals(textOf(find(TYPE.TXT, instance.join("."))), [
    `peer_id=${own.peer_id}`,
    `proto_ver=${own.proto_ver}`,
    `library_rev=${own.library_rev}`,
    `name=${own.name}`,
  ]);
  assert(records.every((record) => record.class === 1));
}

function isAnnouncement(message: DecodedMessage): boolean {
  return message.response && message.answers.length === 5;
}

Deno.test("run() announces twice what another implementation resolves, with lifetimes and cache-flush bits", async () => {
  const port = randomPort();
  await using probe = await Probe.open(port);
  const own = announcement(1);
  await using _running = new Running(own, port);
  await until("two announcements", () => probe.messages.filter(isAnnouncement).length >= 2);
  const message = probe.messages.find(isAnnouncement)!;
  assert(message.authoritative && message.id === 0 && message.questions.length === 0);
  assertResolves(message.answers, own);
  const shape = message.answers.map(({ type, ttl_s, flush }) => [type, ttl_s, flush]);
  assertEquals(shape, [
    [TYPE.PTR, 4_500, false],
    [TYPE.PTR, 4_500, false],
    [TYPE.SRV, 120, true],
    [TYPE.TXT, 4_500, true],
    [TYPE.A, 120, true],
  ]);
  assertEquals(message.answers[0]?.name.join("."), SERVICE_LIST);
});

Deno.test("run() asks for its service at the start and again, with itself as a known answer", async () => {
  const port = randomPort();
  await using probe = await Probe.open(port);
  const own = announcement(1);
  await using _running = new Running(own, port);
  const queries = () => probe.messages.filter((message) => !message.response);
  await until("two queries", () => queries().length >= 2);
  const [query] = queries();
  assertEquals(query?.questions, [{ name: SERVICE.split("."), type: TYPE.PTR, class: 1 }]);
  assertEquals(query?.answers[0]?.ptr?.join("."), instanceName(own));
});

for (
  const [what, name, type] of [
    ["PTR", () => SERVICE, TYPE.PTR],
    ["SRV", instanceName, TYPE.SRV],
    ["TXT", instanceName, TYPE.TXT],
    ["A", (own: Announcement) => hostName(own.peer_id, LOOP), TYPE.A],
    ["ANY", instanceName, TYPE.ANY],
    ["SRV in other letters", (own: Announcement) => instanceName(own).toUpperCase(), TYPE.SRV],
  ] as const
) {
  Deno.test(`run() answers a plain DNS client that asks for ${what}, to it alone`, async () => {
    const port = randomPort();
    const own = announcement(1);
    await using probe = await Probe.open();
    await using _running = new Running(own, port);
    await untilListening(probe, port);
    probe.messages.length = 0;
    await probe.send(encodeQuery(name(own), type, 4_711), port);
    const answer = await until("the answer", () => probe.messages.find((message) => message.id === 4_711));
    assertEquals(answer.questions, [{ name: name(own).split("."), type, class: 1 }]);
    assert(answer.answers.every((record) => type === TYPE.ANY || record.type === type));
    assert(answer.response && answer.answers.length > 0);
    assert(all(answer).every((record) => record.ttl_s <= 10 && !record.flush));
    if (type === TYPE.PTR) assertResolves(all(answer), own);
  });
}

Deno.test("run() answers a plain DNS client that asks by unicast", async () => {
  const port = randomPort();
  const own = announcement(1);
  await using probe = await Probe.open();
  await using _running = new Running(own, port);
  await untilListening(probe, port);
  await probe.send(encodeQuery(SERVICE, TYPE.PTR, 99), port, LOOP);
  assertResolves(
    all(await until("the answer", () => probe.messages.find((message) => message.id === 99))),
    own,
  );
});

Deno.test("run() answers a multicast query to everyone", async () => {
  const port = randomPort();
  const own = announcement(1);
  await using probe = await Probe.open(port);
  await using _running = new Running(own, port);
  await until("two announcements", () => probe.messages.filter(isAnnouncement).length >= 2);
  const answers = () =>
    probe.messages.filter((message) => message.response && message.additionals.length > 0);
  await probe.send(encodeQuery(instanceName(own), TYPE.SRV), port);
  await until("the answer", () => answers().length > 0);
  assertEquals(answers()[0]?.answers.map((record) => record.type), [TYPE.SRV]);
  assertEquals(answers()[0]?.additionals.map((record) => record.type), [TYPE.TXT, TYPE.A]);
});

/** Asks until somebody answers; each question has its own id, because a repeated one is answered once. */
async function untilListening(probe: Probe, port: number): Promise<void> {
  let id = 0;
  await until("the first answer", async () => {
    await probe.send(encodeQuery(SERVICE, TYPE.PTR, ++id), port);
    return probe.messages.length > 0;
  });
}

Deno.test("two discoveries see each other in both directions, once, and never themselves", async () => {
  const port = randomPort();
  const [a, b] = [announcement(1), announcement(2)];
  await using first = new Running(a, port);
  await using second = new Running(b, port);
  assertEquals(
    await second.sees(a),
    { peer_id: a.peer_id, name: "pc 1", proto_ver: 1, library_rev: 1, addr: "127.0.0.1:5401" } as SeenPeer,
  );
  await first.sees(b);
  await first.stop();
  await until("the goodbye", () => second.gone.length > 0);
  assertEquals([second.gone, second.seen.length, first.seen.length], [[a.peer_id], 1, 1]);
  assertEquals([first.problems, second.problems], [[], []]);
});

Deno.test("two discoveries see each other on the real port of multicast DNS", async () => {
  const [a, b] = [announcement(1), announcement(2)];
  await using first = new Running(a, MDNS_PORT);
  await using second = new Running(b, MDNS_PORT);
  await Promise.all([first.sees(b), second.sees(a)]);
});

Deno.test("a goodbye tells every record with lifetime 0, but not the list of service types", async () => {
  const port = randomPort();
  await using probe = await Probe.open(port);
  const running = new Running(announcement(1), port);
  await until("the announcement", () => probe.messages.some(isAnnouncement));
  await running.stop();
  const goodbye = await until(
    "the goodbye",
    () => probe.messages.find((m) => m.answers.some((r) => r.ttl_s === 0)),
  );
  assertEquals(goodbye.answers.map((r) => [r.type, r.ttl_s]), [[TYPE.PTR, 0], [TYPE.SRV, 0], [TYPE.TXT, 0], [
    TYPE.A,
    0,
  ]]);
});

Deno.test("a peer whose copy says goodbye announces itself again, unasked", async () => {
  const port = randomPort();
  const own = announcement(1);
  await using probe = await Probe.open(port);
  await using _first = new Running(own, port);
  const announced = () => probe.messages.filter(isAnnouncement).length;
  await until("two announcements", () => announced() >= 2);
  const copy = new Running({ ...own, port: own.port + 1_000 }, port);
  await until("the two of the copy", () => announced() >= 4);
  await copy.stop();
  const goodbye = await until("the goodbye", () => {
    const at = probe.messages.findIndex(({ answers }) => answers.some(({ ttl_s }) => ttl_s === 0));
    return at >= 0 && at + 1;
  });
  // Nobody asks here: the one that is there speaks of its own accord.
  await until("another announcement", () => probe.messages.slice(goodbye).some(isAnnouncement));
});

Deno.test("update() reaches the others, also under another name", async () => {
  const port = randomPort();
  const [a, b] = [announcement(1), announcement(2)];
  await using first = new Running(a, port);
  await using second = new Running(b, port);
  await second.sees(a);
  first.discovery.update({ ...a, library_rev: 2 });
  await second.sees(a, 2);
  first.discovery.update({ ...a, library_rev: 3, name: "renamed" });
  assertEquals((await second.sees(a, 3)).name, "renamed");
  assertEquals(new Set(second.seen.map((peer) => peer.peer_id)).size, 1);
});

/** The same numbers for the same seed (mulberry32). */
function randomBytes(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) & 0xff;
  };
}

function garbage(real: readonly Uint8Array[]): Uint8Array[] {
  const next = randomBytes(20_260_101);
  const noise = Array.from({ length: 300 }, () => Uint8Array.from({ length: next() * 2 }, next));
  const cut = real.flatMap((bytes) => Array.from(bytes, (_, at) => bytes.slice(0, at)));
  const bent = real.flatMap((bytes) =>
    Array.from({ length: 100 }, () => bytes.map((byte) => next() < 8 ? next() : byte))
  );
  const header = (
    flags: number,
    counts: number[],
  ) => [0, 0, flags, 0, ...counts.flatMap((n) => [n >> 8, n & 255])];
  const loops = [
    [...header(0x84, [0, 1, 0, 0]), 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12],
    [...header(0, [1, 0, 0, 0]), 1, 97, 0xc0, 12, 0, 12, 0, 1],
    [...header(0x84, [65_535, 65_535, 65_535, 65_535]), 0, 0, 16, 0, 1, 0, 0, 0, 9, 255, 255],
  ].map((bytes) => Uint8Array.from(bytes));
  return [...noise, ...cut, ...bent, ...loops, new Uint8Array(0), new Uint8Array(9_000).fill(0xc0)];
}

/** Two packets of a discovery that is gone again. */
async function realPackets(): Promise<Uint8Array[]> {
  const port = randomPort();
  await using probe = await Probe.open(port);
  await using _running = new Running(announcement(1), port);
  await until("packets to bend", () => probe.raw.length >= 2);
  return probe.raw.slice(0, 2);
}

Deno.test("run() survives garbage: noise, cut and bent packets, loops, counts that are lies", async () => {
  const port = randomPort();
  const packets = garbage(await realPackets());
  const [a, b] = [announcement(1), announcement(2)];
  await using first = new Running(a, port);
  await using thrower = await Probe.open();
  await untilListening(thrower, port);
  for (const bytes of packets) {
    await thrower.send(bytes, port);
    await thrower.send(bytes, port, LOOP);
  }
  await using second = new Running(b, port);
  await Promise.all([first.sees(b), second.sees(a)]);
  assertEquals(first.problems, []);
});

Deno.test("run() reports an interface that was named and does not exist", async () => {
  await using running = new Running(announcement(1), randomPort(), { named_interfaces: ["203.0.113.7"] });
  await until("the problem", () => running.problems.length > 0);
  assertStringIncludes(String(running.problems[0]), "no interface has the address 203.0.113.7");
});

Deno.test("run() reports an address that no interface of the system has", async () => {
  const listInterfaces = () => [
    { name: "lo", family: "IPv4" as const, address: LOOP, netmask: "255.0.0.0" },
    { name: "eth9", family: "IPv4" as const, address: "203.0.113.7", netmask: "255.255.255.0" },
  ];
  const port = randomPort();
  const [a, b] = [announcement(1), announcement(2)];
  await using first = new Running(a, port, { named_interfaces: [], listInterfaces });
  await using second = new Running(b, port);
  await Promise.all([first.sees(b), second.sees(a)]);
  await until("the problem", () => first.problems.length > 0);
  assertEquals(first.problems.length, 1);
});

Deno.test("run() rejects with what a handler threw, and closes everything", async () => {
  const port = randomPort();
  await using _other = new Running(announcement(2), port);
  const discovery = createDnsSd({ announcement: announcement(1), named_interfaces: [LOOP], mdns_port: port });
  const fault = new Error("the handler is broken");
  const handlers = {
    onSeen: () => {
      throw fault;
    },
    onGone: () => {},
    onProblem: () => {},
  };
  const running = discovery.run(handlers, new AbortController().signal);
  await assertRejects(() => within("the end", running), Error, "the handler is broken");
});

Deno.test("run() ends at once where the signal is aborted already", async () => {
  const discovery = createDnsSd({ announcement: announcement(1), named_interfaces: [LOOP] });
  const handlers = { onSeen: () => {}, onGone: () => {}, onProblem: () => {} };
  await within("the end", discovery.run(handlers, AbortSignal.abort()));
});
