import { LanspreadError } from "../../../src/base/errors.ts";
import { type Demand, fetchRange, type RangeRequest } from "../../../src/peer/download/fetch.ts";
import { FileSink, MemoryFile } from "../../../src/peer/download/sinks.ts";
import { readFrame } from "../../../src/peer/exchange.ts";
import type { ByteStream, Connection } from "../../../src/peer/transport/port.ts";
import { GameId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES, MAX_REQUEST_BYTES } from "../../../src/proto/limits.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import { connectTo, CountingConnection, frame, never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

const MIB = 1024 * 1024;

function request(length: number, offset = 0): RangeRequest {
  const range = { path: ManifestPath.parse("maps/a.bsp"), offset, length };
  return { game_id: GameId.parse("game"), manifest_hash: Sha256.parse("a".repeat(64)), range };
}

/** Bytes in memory, and what was told of them. */
class Sink implements Demand {
  readonly parts: Uint8Array[] = [];
  headers = 0;
  /** What was told to be written. */
  written = 0;

  constructor(public wanted: number, readonly onWrite: () => void | Promise<void> = () => {}) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.onWrite();
    this.parts.push(bytes.slice());
  }

  onHeader(): void {
    this.headers++;
  }

  onWritten(count: number): void {
    this.written += count;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  [Symbol.dispose](): void {}
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);
}

/** A source that sends this header and these bytes for every request. */
function source(header: unknown, body: Uint8Array<ArrayBuffer> = new Uint8Array(0)) {
  return connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame(header));
    if (body.length > 0) await stream.write(body);
    await stream.finish();
  });
}

/** Fetches, and shows that the stream was given up whatever came of it. */
async function fetchInto(
  sink: Sink,
  link: { connection: Connection },
  length = sink.wanted,
  signal = never,
): Promise<void> {
  const connection = new CountingConnection(link.connection);
  try {
    await fetchRange(connection, request(length), sink, sink, signal);
  } finally {
    await until("the stream is given up", () => connection.open_streams === 0);
    assertEquals(connection.total, 1);
    assertEquals(sink.written, sink.bytes.length);
  }
}

async function codeOf(fetching: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => within("fetch", fetching), LanspreadError)).code;
}

Deno.test("fetchRange() asks for exactly the range and writes exactly its bytes", async () => {
  const body = pattern(600_000);
  const asked: unknown[] = [];
  await using link = await connectTo(async (stream) => {
    asked.push(await readFrame(stream, MAX_REQUEST_BYTES));
    await stream.write(frame({ type: "chunk", length: body.length }));
    for (let at = 0; at < body.length; at += 99_999) await stream.write(body.slice(at, at + 99_999));
    await stream.finish();
  });
  const sink = new Sink(body.length);
  await fetchRange(link.connection, request(body.length, CHUNK_BYTES), sink, sink, never);
  assertEquals([sink.bytes, sink.written, sink.headers], [body, body.length, 1]);
  const { game_id, manifest_hash } = request(0);
  assertEquals(asked, [{
    type: "get_chunk",
    game_id,
    manifest_hash,
    path: "maps/a.bsp",
    offset: CHUNK_BYTES,
    length: body.length,
  }]);
});

Deno.test("fetchRange() takes an empty range", async () => {
  await using link = await source({ type: "chunk", length: 0 });
  const sink = new Sink(0);
  await fetchInto(sink, link);
  assertEquals([sink.bytes.length, sink.headers], [0, 1]);
});

Deno.test("a body that ends early breaks the rules", async () => {
  await using link = await source({ type: "chunk", length: 1_000 }, pattern(999));
  assertEquals(await codeOf(fetchInto(new Sink(1_000), link)), "invalid_request");
});

Deno.test("what comes behind the range is not written", async () => {
  await using link = await source({ type: "chunk", length: 1_000 }, pattern(5_000));
  const sink = new Sink(1_000);
  await fetchInto(sink, link);
  assertEquals(sink.bytes, pattern(1_000));
});

Deno.test("another length than asked for is invalid_request, and nothing is written", async () => {
  for (const length of [0, 999, 1_001]) {
    await using link = await source({ type: "chunk", length }, pattern(length));
    const sink = new Sink(1_000);
    assertEquals(await codeOf(fetchInto(sink, link)), "invalid_request");
    assertEquals([sink.bytes.length, sink.headers], [0, 0]);
  }
});

for (const code of ["manifest_changed", "busy", "game_not_found", "not_transferable"] as const) {
  Deno.test(`an answer ${code} is thrown as it is`, async () => {
    await using link = await source({ type: "error", code, message: "no" });
    assertEquals(await codeOf(fetchInto(new Sink(10), link)), code);
  });
}

Deno.test("an answer to another question is invalid_request", async () => {
  await using link = await source({ type: "pong" });
  assertEquals(await codeOf(fetchInto(new Sink(10), link)), "invalid_request");
});

Deno.test("an abort in the middle of a body ends with its reason and resets the stream", async () => {
  const was_reset = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 4 * MIB }));
    await writeForever(stream).catch(() => was_reset.resolve());
  });
  const controller = new AbortController();
  const sink = new Sink(4 * MIB, () => controller.abort(new LanspreadError("cancelled", "enough")));
  assertEquals(await codeOf(fetchInto(sink, link, 4 * MIB, controller.signal)), "cancelled");
  await within("the sender notices", was_reset.promise);
});

Deno.test("an error of the sink is thrown as it is and resets the stream", async () => {
  const was_reset = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 4 * MIB }));
    await writeForever(stream).catch(() => was_reset.resolve());
  });
  const sink = new Sink(4 * MIB, () => Promise.reject(new LanspreadError("disk_full", "no space")));
  assertEquals(await codeOf(fetchInto(sink, link)), "disk_full");
  await within("the sender notices", was_reset.promise);
});

Deno.test("a connection that breaks inside a body is connection_lost", async () => {
  await using link = await connectTo(async (stream, far) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: MIB }));
    await stream.write(pattern(100_000));
    far.close();
  });
  assertEquals(await codeOf(fetchInto(new Sink(MIB), link)), "connection_lost");
});

Deno.test("a sender that stalls is given up, and one that goes on slowly is not", async () => {
  using timer = new HeldInterval();
  const go_on = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream, far) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 6 * MIB }));
    await stream.write(new Uint8Array(2 * MIB));
    await go_on.promise;
    await stream.write(new Uint8Array(2 * MIB));
    await far.closed;
  });
  const sink = new Sink(6 * MIB);
  const fetching = fetchInto(sink, link);
  fetching.catch(() => {});
  const all_blocks_of = (bytes: number) => sink.written > bytes - 256 * 1024;
  await until("the first part", () => all_blocks_of(2 * MIB));
  timer.tick();
  go_on.resolve();
  await until("the second part", () => all_blocks_of(4 * MIB));
  // Something came since the last look.
  timer.tick();
  timer.tick();
  assertEquals(await codeOf(fetching), "connection_lost");
  assertEquals(timer.held, 0);
});

Deno.test("fetchRange() is over only when the sink is idle, also when the source broke off", async () => {
  await using link = await source({ type: "chunk", length: 3 * MIB }, new Uint8Array(2 * MIB));
  let open_writes = 0;
  const sink = new Sink(3 * MIB, async () => {
    open_writes++;
    await new Promise((done) => setTimeout(done, 20));
    open_writes--;
  });
  assertEquals(await codeOf(fetchInto(sink, link)), "invalid_request");
  assertEquals(open_writes, 0);
});

Deno.test("an error of the sink is not hidden by the source that broke off", async () => {
  await using link = await source({ type: "chunk", length: 3 * MIB }, new Uint8Array(1));
  const sink = new Sink(3 * MIB, async () => {
    await new Promise((done) => setTimeout(done, 20));
    throw new LanspreadError("disk_full", "no space");
  });
  assertEquals(await codeOf(fetchInto(sink, link)), "disk_full");
});

Deno.test("FileSink.open() writes into its place and leaves the rest of the file", async () => {
  await using dir = await TempDir.make();
  const path = await dir.write("file", "0123456789");
  const place = { root: dir.path, path: "file" };
  {
    using left = await FileSink.open(place, 2);
    using right = await FileSink.open(place, 7);
    await right.write(new TextEncoder().encode("X"));
    await left.write(new TextEncoder().encode("A"));
    await left.write(new TextEncoder().encode("B"));
  }
  assertEquals(await Deno.readTextFile(path), "01AB456X89");
});

Deno.test("FileSink.open() never makes a file, and its errors name the path", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("missing");
  const error = await assertRejects(
    () => FileSink.open({ root: dir.path, path: "missing" }, 0),
    LanspreadError,
  );
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, path);
  await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("MemoryFile keeps what is written at its place", async () => {
  const file = new MemoryFile(4);
  const buffer = new Uint8Array([1, 2]);
  await file.sinkAt(1).write(buffer);
  buffer.fill(9);
  const sink = file.sinkAt(2);
  await sink.write(new Uint8Array([3]));
  await sink.write(new Uint8Array([4]));
  assertEquals(file.bytes, new Uint8Array([0, 1, 3, 4]));
  await assertRejects(async () => await file.sinkAt(3).write(buffer), RangeError);
});

Deno.test("a range that is shortened while it comes ends there, and what is written is exactly that", async () => {
  await using link = await connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 4 * MIB }));
    await stream.write(pattern(4 * MIB)).catch(() => {});
  });
  // While this block is written the next one is being read already: the cut falls into that one.
  const sink = new Sink(4 * MIB, async () => {
    await new Promise((done) => setTimeout(done, 2));
    if (sink.written >= MIB) sink.wanted = Math.min(sink.wanted, sink.written + 256 * 1024 + 5);
  });
  await fetchInto(sink, link, 4 * MIB);
  assert(sink.wanted < 2 * MIB && sink.wanted % 1024 === 5);
  assertEquals(sink.bytes, pattern(4 * MIB).slice(0, sink.wanted));
});

Deno.test("of a range whose connection breaks exactly what was told is in the sink", async () => {
  await using link = await connectTo(async (stream, far) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 4 * MIB }));
    await stream.write(pattern(2 * MIB));
    await until("a part is here", () => sink.written > 0);
    far.close();
  });
  const sink = new Sink(4 * MIB, () => new Promise((done) => setTimeout(done, 1)));
  assertEquals(await codeOf(fetchInto(sink, link)), "connection_lost");
  assertEquals(sink.bytes, pattern(sink.written));
});

async function writeForever(stream: ByteStream): Promise<never> {
  while (true) await stream.write(new Uint8Array(65_536));
}

/** Takes the place of `setInterval`, and ticks when it is told. */
class HeldInterval implements Disposable {
  readonly #set = globalThis.setInterval;
  readonly #clear = globalThis.clearInterval;
  readonly #callbacks = new Map<unknown, () => void>();

  constructor() {
    globalThis.setInterval = (callback: (_: never) => void) => {
      const timer = this.#set.call(globalThis, () => {}, 1_000_000_000);
      this.#callbacks.set(timer, callback as () => void);
      return timer;
    };
    globalThis.clearInterval = (timer) => {
      this.#callbacks.delete(timer);
      this.#clear.call(globalThis, timer);
    };
  }

  get held(): number {
    return this.#callbacks.size;
  }

  tick(): void {
    for (const callback of this.#callbacks.values()) callback();
  }

  [Symbol.dispose](): void {
    globalThis.setInterval = this.#set;
    globalThis.clearInterval = this.#clear;
  }
}

Deno.test({
  name: "FileSink.open() does not write through a link, not even one in the place of a folder",
  ignore: Deno.build.os === "windows", // links need a privilege there
  fn: linksAreNotFollowed,
});

async function linksAreNotFollowed(): Promise<void> {
  await using dir = await TempDir.make();
  const outside = await dir.write("outside/file", "mine");
  await Deno.mkdir(dir.join("games"));
  await Deno.symlink(dir.join("outside"), dir.join("games/game"));
  await Deno.symlink(outside, dir.join("games/link"));
  for (const path of ["game/file", "link"]) {
    const error = await assertRejects(
      () => FileSink.open({ root: dir.join("games"), path }, 0),
      LanspreadError,
    );
    assertEquals(error.code, "io");
  }
  assertEquals(await Deno.readTextFile(outside), "mine");
}
