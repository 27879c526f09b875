import { LanspreadError } from "../../../src/base/errors.ts";
import { type ChunkRequest, fetchChunk, FileSink, MemorySink } from "../../../src/peer/download/fetch.ts";
import { readFrame } from "../../../src/peer/exchange.ts";
import type { ByteStream, Connection } from "../../../src/peer/transport/port.ts";
import { GameId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES, MAX_REQUEST_BYTES } from "../../../src/proto/limits.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import { connectTo, CountingConnection, frame, never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

const MIB = 1024 * 1024;

function request(length: number, offset = 0): ChunkRequest {
  const chunk = { path: ManifestPath.parse("maps/a.bsp"), offset, length };
  return { game_id: GameId.parse("game"), manifest_hash: Sha256.parse("a".repeat(64)), chunk };
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
  sink: { write(bytes: Uint8Array): Promise<void> },
  link: { connection: Connection },
  length: number,
  signal = never,
): Promise<void> {
  const connection = new CountingConnection(link.connection);
  try {
    await fetchChunk(connection, request(length), sink, signal);
  } finally {
    await until("the stream is given up", () => connection.open_streams === 0);
    assertEquals(connection.total, 1);
  }
}

async function codeOf(fetching: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => within("fetch", fetching), LanspreadError)).code;
}

Deno.test("fetchChunk() asks for exactly the chunk and writes exactly its bytes", async () => {
  const body = pattern(600_000);
  const asked: unknown[] = [];
  await using link = await connectTo(async (stream) => {
    asked.push(await readFrame(stream, MAX_REQUEST_BYTES));
    await stream.write(frame({ type: "chunk", length: body.length }));
    for (let at = 0; at < body.length; at += 99_999) await stream.write(body.slice(at, at + 99_999));
    await stream.finish();
  });
  const parts: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())) };
  await fetchChunk(link.connection, request(body.length, CHUNK_BYTES), sink, never);
  assertEquals(new Uint8Array(await new Blob(parts.map((part) => part.slice())).arrayBuffer()), body);
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

Deno.test("fetchChunk() takes an empty chunk", async () => {
  await using link = await source({ type: "chunk", length: 0 });
  const sink = new MemorySink();
  await fetchInto(sink, link, 0);
  assertEquals(sink.bytes().length, 0);
});

Deno.test("a body that ends early is connection_lost", async () => {
  await using link = await source({ type: "chunk", length: 1_000 }, pattern(999));
  const sink = new MemorySink();
  assertEquals(await codeOf(fetchInto(sink, link, 1_000)), "connection_lost");
});

Deno.test("what comes behind the chunk is not written", async () => {
  await using link = await source({ type: "chunk", length: 1_000 }, pattern(5_000));
  const sink = new MemorySink();
  await fetchInto(sink, link, 1_000);
  assertEquals(sink.bytes(), pattern(1_000));
});

Deno.test("another length than asked for is invalid_request, and nothing is written", async () => {
  for (const length of [0, 999, 1_001]) {
    await using link = await source({ type: "chunk", length }, pattern(length));
    const sink = new MemorySink();
    assertEquals(await codeOf(fetchInto(sink, link, 1_000)), "invalid_request");
    assertEquals(sink.bytes().length, 0);
  }
});

for (const code of ["manifest_changed", "busy", "game_not_found", "not_transferable"] as const) {
  Deno.test(`an answer ${code} is thrown as it is`, async () => {
    await using link = await source({ type: "error", code, message: "no" });
    assertEquals(await codeOf(fetchInto(new MemorySink(), link, 10)), code);
  });
}

Deno.test("an answer to another question is invalid_request", async () => {
  await using link = await source({ type: "pong" });
  assertEquals(await codeOf(fetchInto(new MemorySink(), link, 10)), "invalid_request");
});

Deno.test("an abort in the middle of a body ends with its reason and resets the stream", async () => {
  const was_reset = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: 4 * MIB }));
    await writeForever(stream).catch(() => was_reset.resolve());
  });
  const controller = new AbortController();
  const sink = {
    write: () => Promise.resolve(controller.abort(new LanspreadError("cancelled", "enough"))),
  };
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
  const sink = { write: () => Promise.reject(new LanspreadError("disk_full", "no space")) };
  assertEquals(await codeOf(fetchInto(sink, link, 4 * MIB)), "disk_full");
  await within("the sender notices", was_reset.promise);
});

Deno.test("a connection that breaks inside a body is connection_lost", async () => {
  await using link = await connectTo(async (stream, far) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: MIB }));
    await stream.write(pattern(100_000));
    far.close();
  });
  assertEquals(await codeOf(fetchInto(new MemorySink(), link, MIB)), "connection_lost");
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
  let written = 0;
  const sink = { write: (bytes: Uint8Array) => Promise.resolve(void (written += bytes.length)) };
  const fetching = fetchInto(sink, link, 6 * MIB);
  fetching.catch(() => {});
  await until("the first part", () => written === 2 * MIB);
  timer.tick();
  go_on.resolve();
  await until("the second part", () => written === 4 * MIB);
  // Something came since the last look.
  timer.tick();
  timer.tick();
  assertEquals(await codeOf(fetching), "connection_lost");
  assertEquals(timer.held, 0);
});

Deno.test("fetchChunk() is over only when the sink is idle, also when the source broke off", async () => {
  await using link = await source({ type: "chunk", length: 3 * MIB }, new Uint8Array(2 * MIB));
  let open_writes = 0;
  const sink = {
    async write() {
      open_writes++;
      await new Promise((done) => setTimeout(done, 20));
      open_writes--;
    },
  };
  assertEquals(await codeOf(fetchInto(sink, link, 3 * MIB)), "connection_lost");
  assertEquals(open_writes, 0);
});

Deno.test("an error of the sink is not hidden by the source that broke off", async () => {
  await using link = await source({ type: "chunk", length: 3 * MIB }, new Uint8Array(1));
  const sink = {
    async write() {
      await new Promise((done) => setTimeout(done, 20));
      throw new LanspreadError("disk_full", "no space");
    },
  };
  assertEquals(await codeOf(fetchInto(sink, link, 3 * MIB)), "disk_full");
});

Deno.test("FileSink.open() writes into its place and leaves the rest of the file", async () => {
  await using dir = await TempDir.make();
  const path = await dir.write("file", "0123456789");
  {
    using left = await FileSink.open(path, 2);
    using right = await FileSink.open(path, 7);
    await right.write(new TextEncoder().encode("X"));
    await left.write(new TextEncoder().encode("A"));
    await left.write(new TextEncoder().encode("B"));
  }
  assertEquals(await Deno.readTextFile(path), "01AB456X89");
});

Deno.test("FileSink.open() never makes a file, and its errors name the path", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("missing");
  const error = await assertRejects(() => FileSink.open(path, 0), LanspreadError);
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, path);
  await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("MemorySink keeps the bytes until it is cleared", async () => {
  const sink = new MemorySink();
  const buffer = new Uint8Array([1, 2]);
  await sink.write(buffer);
  buffer.fill(9);
  await sink.write(new Uint8Array([3]));
  assertEquals(sink.bytes(), new Uint8Array([1, 2, 3]));
  sink.clear();
  assertEquals(sink.bytes(), new Uint8Array(0));
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
