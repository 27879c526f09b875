/**
 * What every `Transport` promises. Each implementation runs this suite.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import type { Identity } from "../../src/peer/transport/identity.ts";
import type { ByteStream, Connection, Transport } from "../../src/peer/transport/port.ts";
import { joinAddress, type SocketAddress } from "../../src/proto/ids.ts";
import { MAX_STREAMS_PER_PEER } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertLess, assertNotStrictEquals, assertRejects } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { newIdentity, newPeerId } from "../support/parties.ts";

/** How the suite gets transports of one implementation. */
export interface TransportLab {
  name: string;
  /** Opens a transport on loopback. */
  open(identity: Identity, port?: number): Promise<Transport>;
  /** Opens the one that is dialled, where that is another implementation. */
  openFar?(identity: Identity, port?: number): Promise<Transport>;
  /** A listener that accepts everything, answers nothing, and can be killed without a word. */
  startVictim(identity: Identity): Promise<{ addr: SocketAddress; kill(): Promise<void> } & AsyncDisposable>;
}

const never = new AbortController().signal;
const MIB = 1024 * 1024;

/** Two peers of the open party, connected. */
class Pair implements AsyncDisposable {
  readonly #near_streams: AsyncIterator<ByteStream>;
  readonly #far_streams: AsyncIterator<ByteStream>;

  private constructor(
    readonly a: Transport,
    readonly b: Transport,
    readonly b_addr: SocketAddress,
    readonly b_identity: Identity,
    readonly near: Connection,
    readonly far: Connection,
  ) {
    this.#near_streams = near.incoming[Symbol.asyncIterator]();
    this.#far_streams = far.incoming[Symbol.asyncIterator]();
  }

  static async open(lab: TransportLab): Promise<Pair> {
    const [left, right] = await Promise.all([newIdentity(), newIdentity()]);
    const a = await lab.open(left);
    const b = await openFar(lab, right);
    const addr = joinAddress("127.0.0.1", b.port);
    const dialling = a.connect({ addr, peer_id: right.peer_id }, never);
    const [near, far] = await within(
      "connect",
      Promise.all([dialling, next(b.incoming[Symbol.asyncIterator]())]),
    );
    return new Pair(a, b, addr, right, near, far);
  }

  /** A stream from a to b, both ends; opened by writing `greeting`. */
  async stream(greeting = "hi"): Promise<{ near: ByteStream; far: ByteStream }> {
    const near = await this.near.openStream(never);
    await near.write(bytes(greeting));
    const far = await this.nextFarStream();
    assertEquals(text(await far.read(new Uint8Array(greeting.length))), greeting);
    return { near, far };
  }

  /** The next stream that b opens, at a's end. */
  nextNearStream(): Promise<ByteStream> {
    return within("incoming stream", next(this.#near_streams));
  }

  /** The next stream that a opens, at b's end. */
  nextFarStream(): Promise<ByteStream> {
    return within("incoming stream", next(this.#far_streams));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.a[Symbol.asyncDispose]();
    await this.b[Symbol.asyncDispose]();
  }
}

/** Registers the suite. */
export function transportSuite(lab: TransportLab): void {
  const test = (name: string, fn: () => Promise<void>) => Deno.test(`transport ${lab.name}: ${name}`, fn);

  test("a stream carries bytes both ways and each half closes on its own", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    await near.finish();
    assertEquals(await far.read(new Uint8Array(8)), null);
    await far.write(bytes("after the other half closed"));
    await far.finish();
    assertEquals(text(await near.read(new Uint8Array(100))), "after the other half closed");
    assertEquals(await near.read(new Uint8Array(8)), null);
  });

  test("a read fills its buffer across writes and gives less only at the end", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    await near.write(bytes("ab"));
    const reading = far.read(new Uint8Array(5));
    await near.write(bytes("cde"));
    await near.write(bytes("fg"));
    await near.finish();
    assertEquals(text(await reading), "abcde");
    assertEquals(text(await far.read(new Uint8Array(5))), "fg");
  });

  test("the listening side opens streams on the same connection", async () => {
    await using pair = await Pair.open(lab);
    const stream = await pair.far.openStream(never);
    await stream.write(bytes("from the listener"));
    await stream.finish();
    const other = await pair.nextNearStream();
    assertEquals(text(await other.read(new Uint8Array(64))), "from the listener");
  });

  test("what was finished arrives whole though the stream is reset right after", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    const body = new Uint8Array(100_000).fill(7);
    await far.write(body);
    await far.finish();
    far.reset();
    const got = await near.read(new Uint8Array(200_000));
    assertEquals(got?.length, body.length);
  });

  test("a large body arrives as it was sent", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    const block = crypto.getRandomValues(new Uint8Array(65_536));
    const send = (async () => {
      for (let i = 0; i < 512; i++) await far.write(block.slice());
      await far.finish();
    })();
    let count = 0;
    let buffer = new Uint8Array(65_536);
    for (let part = await near.read(buffer); part; part = await near.read(buffer)) {
      assertEquals(part.length, block.length);
      assert(part.every((byte, i) => byte === block[i]), `block ${count} differs`);
      buffer = new Uint8Array(part.buffer);
      count++;
    }
    await send;
    assertEquals(count, 512);
  });

  test("a writer waits for a slow reader, and other streams go on", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    let written = 0;
    const total = 64 * MIB;
    const sending = (async () => {
      while (written < total) {
        await far.write(new Uint8Array(65_536));
        written += 65_536;
      }
      await far.finish();
    })();
    await untilStalled(pair, () => written);
    assertLess(written, 32 * MIB);
    let read = 0;
    let buffer = new Uint8Array(MIB);
    for (let part = await near.read(buffer); part; part = await near.read(buffer)) {
      read += part.length;
      assertLess(written - read, 32 * MIB);
      buffer = new Uint8Array(part.buffer);
    }
    await sending;
    assertEquals(read, total);
  });

  test("a reader that gives up fails the writer, and the connection lives on", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    near.reset();
    await assertLost(within("writer fails", writeForever(far)));
    await pair.stream("still here");
  });

  test("finishing a stream that its reader has given up does not wait for ever", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    await near.finish();
    assertEquals(await far.read(new Uint8Array(8)), null);
    near.reset();
    // By the time that other streams went there and back, both ends know.
    for (let i = 0; i < 5; i++) {
      const other = await pair.stream(`other ${i}`);
      await other.far.write(bytes("back"));
      assertEquals(text(await other.near.read(new Uint8Array(4))), "back");
    }
    await within(
      "finish settles",
      far.finish().catch((error) => assertEquals(error.code, "connection_lost")),
    );
  });

  test("a writer that gives up wakes the reader, with an error or an early end", async () => {
    await using pair = await Pair.open(lab);
    const { near, far } = await pair.stream();
    const reading = near.read(new Uint8Array(10)).catch((error) => {
      assertEquals(error.code, "connection_lost");
      return null;
    });
    far.reset();
    assertEquals(await within("reader wakes", reading), null);
    await pair.stream("still here");
  });

  test("giving up one's own stream fails one's own waiting read", async () => {
    await using pair = await Pair.open(lab);
    const { near } = await pair.stream();
    const reading = near.read(new Uint8Array(10));
    reading.catch(() => {});
    near.reset();
    await assertLost(within("own read fails", reading));
  });

  test("streams beyond the limit wait until one is over, and a wait can be cancelled", async () => {
    await using pair = await Pair.open(lab);
    const open: { near: ByteStream; far: ByteStream }[] = [];
    for (let i = 0; i < MAX_STREAMS_PER_PEER; i++) open.push(await pair.stream());
    const cancelled = new AbortController();
    const refused = pair.near.openStream(cancelled.signal);
    refused.catch(() => {});
    const waiting = pair.near.openStream(never);
    cancelled.abort(new Error("cancelled"));
    await assertRejects(() => refused, Error, "cancelled");
    // An engine may hand back places in batches, so a quarter of the streams is closed.
    for (const { near, far } of open.splice(0, MAX_STREAMS_PER_PEER / 4)) {
      await Promise.all([near.finish(), far.finish()]);
      await Promise.all([near.read(new Uint8Array(1)), far.read(new Uint8Array(1))]);
      for (const stream of [near, far]) stream.reset();
    }
    const others = resetIncoming(pair);
    const late = await within("a free place", waiting);
    await late.write(bytes("late"));
    pair.near.close();
    await within("incoming ends", others);
  });

  test("closing a connection ends its streams at the other end", async () => {
    await using pair = await Pair.open(lab);
    const { far } = await pair.stream();
    const reading = far.read(new Uint8Array(10));
    reading.catch(() => {});
    pair.near.close();
    await assertLost(within("the other end notices", reading));
    await within("closed", pair.far.closed);
    await assertLost(within("no new stream", pair.far.openStream(never)));
  });

  test("a killed peer becomes an error and not an endless wait", async () => {
    const victim_identity = await newIdentity();
    await using victim = await lab.startVictim(victim_identity);
    await using transport = await lab.open(await newIdentity());
    const target = { addr: victim.addr, peer_id: victim_identity.peer_id };
    const connection = await within("connect", transport.connect(target, never));
    const stream = await connection.openStream(never);
    await stream.write(bytes("anybody there?"));
    const reading = stream.read(new Uint8Array(1));
    reading.catch(() => {});
    await victim.kill();
    await assertLost(within("read fails", reading, 15_000));
    await within("closed", connection.closed);
  });

  test("a peer of another party is refused", async () => {
    await using here = await lab.open(await newIdentity("ours"));
    const stranger = await newIdentity("theirs");
    await using there = await openFar(lab, stranger);
    const addr = joinAddress("127.0.0.1", there.port);
    await assertRefused(here.connect({ addr }, never));
    await assertRefused(here.connect({ addr, peer_id: stranger.peer_id }, never));
  });

  test("another peer_id under a known address is refused, and so is a silent address", async () => {
    await using pair = await Pair.open(lab);
    await assertRefused(pair.a.connect({ addr: pair.b_addr, peer_id: newPeerId() }, never));
    const gone = await openFar(lab, await newIdentity());
    const addr = joinAddress("127.0.0.1", gone.port);
    await gone[Symbol.asyncDispose]();
    await assertRefused(pair.a.connect({ addr }, never));
  });

  test("a listener survives refused handshakes and takes the next peer", async () => {
    await using pair = await Pair.open(lab);
    await using stranger = await lab.open(await newIdentity("strangers"));
    for (let i = 0; i < 3; i++) await assertRefused(stranger.connect({ addr: pair.b_addr }, never));
    const again = await within("connect", pair.a.connect({ addr: pair.b_addr }, never));
    assertNotStrictEquals(again, pair.near);
  });

  test("a dial can be cancelled", async () => {
    await using pair = await Pair.open(lab);
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await assertRejects(() => pair.a.connect({ addr: pair.b_addr }, controller.signal), Error, "enough");
  });

  test("one socket listens and dials: its port is where its packets come from", async () => {
    await using pair = await Pair.open(lab);
    assertEquals(pair.far.remote_addr, joinAddress("127.0.0.1", pair.a.port));
    assertEquals(pair.near.remote_addr, pair.b_addr);
  });

  test("a taken port is a clear error", async () => {
    await using first = await lab.open(await newIdentity());
    const error = await assertRejects(
      async () => await lab.open(await newIdentity(), first.port),
      LanspreadError,
      String(first.port),
    );
    assertEquals(error.code, "address_in_use");
  });

  test("closing the transport ends its connections and its iteration", async () => {
    await using pair = await Pair.open(lab);
    const rest = (async () => {
      for await (const _ of pair.b.incoming) { /* nobody comes */ }
    })();
    await pair.b[Symbol.asyncDispose]();
    await within("iteration ends", rest);
    await within("the other end notices", pair.near.closed);
  });

  test("a thousand small exchanges reuse one connection", async () => {
    await using pair = await Pair.open(lab);
    const serving = serveEcho(pair.far);
    for (let i = 0; i < 1_000; i++) assertEquals(await echo(pair.near, `n${i}`), `n${i}`);
    pair.near.close();
    await within("echo ends", serving);
  });
}

function openFar(lab: TransportLab, identity: Identity): Promise<Transport> {
  return (lab.openFar ?? lab.open)(identity);
}

async function serveEcho(connection: Connection): Promise<void> {
  for await (const stream of connection.incoming) {
    const request = await stream.read(new Uint8Array(64));
    if (request) await stream.write(request);
    await stream.finish();
    stream.reset();
  }
}

async function echo(connection: Connection, message: string): Promise<string> {
  const stream = await connection.openStream(never);
  await stream.write(bytes(message));
  await stream.finish();
  const answer = text(await stream.read(new Uint8Array(64)));
  stream.reset();
  return answer;
}

/** Waits until `count` stays the same while other streams of the pair make fifty round trips. */
async function untilStalled(pair: Pair, count: () => number): Promise<void> {
  const { near, far } = await pair.stream();
  await until("the writer stalls", async () => {
    const before = count();
    for (let i = 0; i < 50; i++) {
      await near.write(bytes("?"));
      await far.read(new Uint8Array(1));
      await far.write(bytes("!"));
      await near.read(new Uint8Array(1));
    }
    return before > 0 && count() === before;
  });
}

/** A cancelled opening may still show at the other end as a stream without bytes; the other end lets it go. */
async function resetIncoming(pair: Pair): Promise<void> {
  await assertLost((async () => {
    while (true) (await pair.nextFarStream()).reset();
  })());
}

async function writeForever(stream: ByteStream): Promise<never> {
  while (true) await stream.write(new Uint8Array(65_536));
}

async function assertLost(promise: Promise<unknown>): Promise<void> {
  const error = await assertRejects(() => promise, LanspreadError);
  assertEquals(error.code, "connection_lost");
}

async function assertRefused(promise: Promise<unknown>): Promise<void> {
  const error = await assertRejects(() => within("refused", promise), LanspreadError);
  assertEquals(error.code, "handshake_failed");
}

async function next<T>(values: AsyncIterator<T>): Promise<T> {
  const { done, value } = await values.next();
  if (done) throw new LanspreadError("connection_lost", "nothing came");
  return value;
}

function bytes(message: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(message);
}

function text(part: Uint8Array | null): string {
  return part ? new TextDecoder().decode(part) : "";
}
