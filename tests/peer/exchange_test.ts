import { LanspreadError } from "../../src/base/errors.ts";
import { ask, call, readFrame } from "../../src/peer/exchange.ts";
import type { ByteStream, Connection } from "../../src/peer/transport/port.ts";
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { connectTo, CountingConnection, frame, never } from "../support/memory_peers.ts";

Deno.test("call() gives the answer, and the server sees one frame and the end of it", async () => {
  const requests: unknown[] = [];
  await using link = await connectTo(async (stream) => {
    requests.push(await readFrame(stream, MAX_REQUEST_BYTES), await stream.read(new Uint8Array(1)));
    await stream.write(frame({ type: "pong" }));
    await stream.finish();
  });
  assertEquals(await call(link.connection, { type: "ping" }, never), { type: "pong" });
  assertEquals(requests, [{ type: "ping" }, null]);
});

Deno.test("ask() leaves the stream open for what follows the answer", async () => {
  await using link = await connectTo(async (stream) => {
    await stream.write(frame({ type: "pong" }));
    await stream.write(new Uint8Array([1, 2, 3]));
    await stream.finish();
  });
  const { stream } = await ask(link.connection, { type: "ping" }, never);
  assertEquals(await stream.read(new Uint8Array(9)), new Uint8Array([1, 2, 3]));
});

Deno.test("an error that the other side answers is thrown with its code and its address", async () => {
  await using link = await connectTo(async (stream) => {
    await stream.write(frame({ type: "error", code: "busy", message: "later" }));
    await stream.finish();
  });
  const error = await assertRejects(() => call(link.connection, { type: "ping" }, never), LanspreadError);
  assertEquals(error.code, "busy");
  assertStringIncludes(error.message, link.connection.remote_addr);
});

const WRONG_ANSWERS: Record<string, Uint8Array<ArrayBuffer>> = {
  "an answer to another request": frame({ type: "ok" }),
  "a type that does not exist": frame({ type: "pang" }),
  "no JSON": new Uint8Array([0, 0, 0, 1, 120]),
  "a frame that ends early": frame({ type: "pong" }).slice(0, 8),
  "nothing at all": new Uint8Array(0),
  "a length over the limit": new Uint8Array(new Uint32Array([0xffffffff]).buffer),
};
for (const [what, bytes] of Object.entries(WRONG_ANSWERS)) {
  Deno.test(`call() refuses ${what} as invalid_request and lets the stream go`, async () => {
    await using link = await connectTo(async (stream) => {
      await readFrame(stream, MAX_REQUEST_BYTES);
      await stream.write(bytes);
      await stream.finish();
    });
    const connection = new CountingConnection(link.connection);
    const error = await assertRejects(() => call(connection, { type: "ping" }, never), LanspreadError);
    assertEquals(error.code, "invalid_request");
    assertEquals([connection.total, connection.open_streams], [1, 0]);
  });
}

Deno.test("call() ends by a deadline and resets its stream", async () => {
  await using link = await connectTo(silence);
  const connection = new CountingConnection(link.connection);
  const error = await assertRejects(() => call(connection, { type: "ping" }, never, 20), LanspreadError);
  assertEquals(error.code, "timeout");
  assertStringIncludes(error.message, "ping");
  await until("the stream is given up", () => connection.open_streams === 0);
  assertEquals(connection.total, 1);
});

Deno.test("call() ends with the reason of its signal and resets its stream", async () => {
  const asked = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream, far) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    asked.resolve();
    await silence(stream, far);
  });
  const connection = new CountingConnection(link.connection);
  const controller = new AbortController();
  const calling = call(connection, { type: "get_library" }, controller.signal);
  calling.catch(() => {});
  await asked.promise;
  controller.abort(new Error("enough"));
  await assertRejects(() => calling, Error, "enough");
  await until("the stream is given up", () => connection.open_streams === 0);
  assertEquals(connection.total, 1);
});

Deno.test("a broken connection is connection_lost, and so is one that is over already", async () => {
  await using link = await connectTo((_, far) => Promise.resolve(far.close()));
  for (const _ of [1, 2]) {
    const error = await assertRejects(() => call(link.connection, { type: "ping" }, never), LanspreadError);
    assertEquals(error.code, "connection_lost");
  }
});

Deno.test("readFrame() takes exactly one frame, in whatever pieces it comes", async () => {
  await using link = await connectTo(async (stream) => {
    for (const byte of frame({ type: "pong" })) await stream.write(new Uint8Array([byte]));
    await stream.write(new Uint8Array([7]));
    await stream.finish();
  });
  const stream = await link.connection.openStream(never);
  assertEquals(await readFrame(stream, MAX_ANSWER_BYTES), { type: "pong" });
  assertEquals(await stream.read(new Uint8Array(4)), new Uint8Array([7]));
});

Deno.test("a request that is too long is refused before a byte of it is sent", async () => {
  await using link = await connectTo(async (stream) => {
    assertEquals(await stream.read(new Uint8Array(1)).catch(() => null), null);
  });
  const removed = Array.from({ length: 400 }, (_, i) => `${"g".repeat(200)}${i}` as never);
  const delta = { type: "library_delta" as const, from_rev: 1, to_rev: 2, added: [], updated: [], removed };
  const error = await assertRejects(() => call(link.connection, delta, never), LanspreadError);
  assertEquals(error.code, "invalid_request");
});

/** Takes everything and answers nothing. */
async function silence(stream: ByteStream, far: Connection): Promise<void> {
  while (await stream.read(new Uint8Array(64)));
  await far.closed;
}
