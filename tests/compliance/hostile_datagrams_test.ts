/**
 * Strangers that send anything but QUIC, and real packets cut, changed and sent again: the listener's memory and its
 * answers stay bounded, and its friends notice nothing.
 *
 * @module
 */

import { Endpoint } from "../../src/peer/transport/matrixai/endpoint.ts";
import type { ByteStream, Connection, Transport } from "../../src/peer/transport/port.ts";
import { joinAddress, type SocketAddress } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertLess, assertLessOrEqual } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { MIB } from "../support/games.ts";
import { LossyProxy } from "../support/lossy_proxy.ts";
import { newIdentity } from "../support/parties.ts";
import { Random } from "../simulation/random.ts";
import { ENGINES } from "./engines.ts";

const HOST = "127.0.0.1";
const SEED = 4_711;
const never = new AbortController().signal;
const GOOD = { lost: 0, repeated: 0, delayed: 0, delay_ms: 1 };
/** Far above what tables of strangers need, far below what keeping each of them would take. */
const MAX_GROWTH_BYTES = 96 * MIB;

/** A listener that echoes, with a friend on a connection of its own through a proxy that can misbehave. */
class Scene implements AsyncDisposable {
  private constructor(
    readonly stack: AsyncDisposableStack,
    readonly listener: Transport,
    readonly addr: SocketAddress,
    readonly proxy: LossyProxy,
    readonly friend: Connection,
  ) {}

  static async open(): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const listener = stack.use(await open());
    const dialler = stack.use(await open());
    const addr = joinAddress(HOST, listener.port);
    const proxy = stack.use(new LossyProxy(addr, GOOD, SEED));
    const serving = serveAll(listener);
    stack.defer(() => serving);
    stack.use(listener);
    const friend = await within("connect", dialler.connect({ addr: proxy.addr }, never));
    return new Scene(stack.move(), listener, addr, proxy, friend);
  }

  get connection_count(): number {
    return this.listener instanceof Endpoint ? this.listener.connection_count : NaN;
  }

  /** The friend is served, and so is somebody new. */
  async assertAlive(): Promise<void> {
    assertEquals(await within("the friend is served", echo(this.friend)), "hello");
    await using newcomer = await open();
    const connection = await until("a new peer gets in", async () => {
      return await newcomer.connect({ addr: this.addr }, never).catch(() => undefined);
    }, 30_000);
    assertEquals(await within("the new peer is served", echo(connection)), "hello");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

async function open(): Promise<Transport> {
  return await ENGINES.matrixai({ hostname: HOST, port: 0, identity: await newIdentity() });
}

async function serveAll(listener: Transport): Promise<void> {
  for await (const connection of listener.incoming) serve(connection);
}

async function serve(connection: Connection): Promise<void> {
  for await (const stream of connection.incoming) answer(stream).catch(() => {});
}

async function answer(stream: ByteStream): Promise<void> {
  const request = await stream.read(new Uint8Array(5));
  if (request) await stream.write(request);
  await stream.finish();
}

async function echo(connection: Connection): Promise<string> {
  const stream = await connection.openStream(never);
  await stream.write(new TextEncoder().encode("hello"));
  await stream.finish();
  const answer = await stream.read(new Uint8Array(5));
  stream.reset();
  return new TextDecoder().decode(answer ?? undefined);
}

/** A socket that sends anything to the listener, and counts what comes back. */
class Stranger implements AsyncDisposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  readonly #reading: Promise<void>;
  readonly answers: Uint8Array[] = [];

  constructor(readonly to: Deno.NetAddr) {
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_535);
    try {
      while (true) this.answers.push((await this.#socket.receive(buffer))[0].slice());
    } catch {
      // It was closed.
    }
  }

  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#reading;
  }
}

function at(addr: SocketAddress): Deno.NetAddr {
  return { transport: "udp", hostname: HOST, port: Number(addr.split(":")[1]) };
}

function randomBytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => random.int(0, 255));
}

/** An Initial packet by its outside: nothing in it can be decrypted. */
function initial(random: Random, version = 1): Uint8Array<ArrayBuffer> {
  const datagram = randomBytes(random, 1_200);
  const header = [0xc3, 0, 0, 0, version, 16, ...randomBytes(random, 16), 16, ...randomBytes(random, 16)];
  // No token, and a length that fills the datagram.
  datagram.set([...header, 0, 0x44, 0x80 + 0x08]);
  return datagram;
}

Deno.test("hostile datagrams: random bytes and broken headers change nothing", async () => {
  await using scene = await Scene.open();
  await using stranger = new Stranger(at(scene.addr));
  const random = new Random(SEED);
  for (let i = 0; i < 3_000; i++) {
    const datagram = randomBytes(random, random.int(0, 1_500));
    // Half of them look like a long header, of version 1 or of any other.
    if (i % 2 === 0 && datagram.length > 6) datagram.set([0xc0 | random.int(0, 63), 0, 0, 0, i % 4 ? 1 : 0]);
    await stranger.send(datagram);
  }
  await scene.assertAlive();
  assertLessOrEqual(scene.connection_count, 4);
});

Deno.test("hostile datagrams: a flood of first packets is answered at a bounded rate and kept nowhere", async () => {
  await using scene = await Scene.open();
  await using stranger = new Stranger(at(scene.addr));
  const random = new Random(SEED);
  const packets = Array.from({ length: 64 }, (_, i) => initial(random, i % 8 === 0 ? 9 : 1));
  const before = Deno.memoryUsage().rss;
  const started_ms = performance.now();
  for (let i = 0; i < 20_000; i++) await stranger.send(packets[i % packets.length] ?? initial(random));
  await scene.assertAlive();
  const seconds = (performance.now() - started_ms) / 1_000;
  assert(stranger.answers.length > 0, "nobody was answered");
  assertLessOrEqual(stranger.answers.length, 500 + 2_000 * seconds);
  for (const { length } of stranger.answers) {
    assertLessOrEqual(length, 1_200, "an answer is longer than its cause");
  }
  assertLessOrEqual(scene.connection_count, 4);
  assertLess(Deno.memoryUsage().rss - before, MAX_GROWTH_BYTES);
});

Deno.test("hostile datagrams: strangers that stop in the middle of the handshake make room again", async () => {
  await using scene = await Scene.open();
  await using stack = new AsyncDisposableStack();
  const cancelled = new AbortController();
  // The proxy passes the first packet and its repetition behind the Retry, and then nothing.
  const strangers = await Promise.all(Array.from({ length: 5 }, open));
  for (const stranger of strangers) stack.use(stranger);
  const mute = stack.use(new LossyProxy(scene.addr, GOOD, SEED));
  mute.passes = (datagram, is_back) => !is_back || isRetry(datagram);
  const dials = strangers.flatMap((stranger) =>
    Array.from({ length: 20 }, () => stranger.connect({ addr: mute.addr }, cancelled.signal).catch(() => {}))
  );
  await until("they are all kept waiting", () => scene.connection_count >= 60);
  // The friend and those that may be in the middle of a handshake.
  assertLessOrEqual(scene.connection_count, 1 + 64);
  await scene.assertAlive();
  cancelled.abort(new Error("enough"));
  await Promise.all(dials);
  await until("they are forgotten", () => scene.connection_count <= 2);
});

function isRetry(datagram: Uint8Array): boolean {
  return ((datagram[0] ?? 0) & 0xf0) === 0xf0;
}

Deno.test("hostile datagrams: cut, changed and repeated packets from a friend's own address change nothing", async () => {
  await using scene = await Scene.open();
  const random = new Random(SEED);
  const seen: Uint8Array[] = [];
  scene.proxy.passes = (datagram, is_back) => {
    if (seen.length < 500) seen.push(datagram.slice());
    else seen[random.int(0, 499)] = datagram.slice();
    for (let i = 0; i < 3; i++) scene.proxy.inject(mutated(random.pick(seen), random), is_back);
    return true;
  };
  for (let i = 0; i < 150; i++) assertEquals(await within("an echo", echo(scene.friend)), "hello");
  await scene.assertAlive();
  assertLessOrEqual(scene.connection_count, 4);
});

function mutated(datagram: Uint8Array, random: Random): Uint8Array {
  const copy = datagram.slice();
  const kind = random.int(0, 2);
  if (kind === 0) return copy;
  if (kind === 1) return copy.subarray(0, random.int(0, copy.length));
  for (let i = 0; i < 4; i++) copy[random.int(0, copy.length - 1)] = random.int(0, 255);
  return copy;
}
