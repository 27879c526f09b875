import { type Clock, SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { BUFFERS } from "../../src/peer/buffers.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import { type RequestHandlers, serveConnection, type Session } from "../../src/peer/server.ts";
import type { Connection } from "../../src/peer/transport/port.ts";
import { HEADER_TIMEOUT_MS, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import { joinAddress, type PeerId } from "../../src/proto/ids.ts";
import { GameSummary } from "../../src/proto/library.ts";
import { assertEquals, assertObjectMatch } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { readyGame } from "../support/hostile_peer.ts";
import { CountingConnection, frame, MemoryPeers, never, sendRaw } from "../support/memory_peers.ts";
import { newPeerId } from "../support/parties.ts";

/** A connection whose other end is served as a member, and the streams of it counted. */
class Served implements AsyncDisposable {
  private constructor(
    readonly near: Connection,
    readonly far: CountingConnection,
    readonly session: Session,
    readonly scope: Scope,
    readonly heard: PeerId[],
  ) {}

  static async start(
    handlers: Partial<RequestHandlers> = {},
    is_member = true,
    clock: Clock = SYSTEM_CLOCK,
  ): Promise<Served> {
    const peers = new MemoryPeers();
    const [a, b] = await Promise.all([peers.openTransport(), peers.openTransport()]);
    const near = await a.connect({ addr: joinAddress("127.0.0.1", b.port) }, never);
    const far = new CountingConnection((await b.incoming[Symbol.asyncIterator]().next()).value);
    const session: Session = {
      connection: far,
      clock,
      peer_id: is_member ? newPeerId() : undefined,
    };
    const scope = new Scope();
    const heard: PeerId[] = [];
    const refuse = () => {
      throw new LanspreadError("game_not_found", "nothing here");
    };
    const all: RequestHandlers = {
      hello: refuse,
      heard: (peer_id) => void heard.push(peer_id),
      goodbye: () => {},
      libraryPush: () => {},
      getLibrary: refuse,
      getGame: refuse,
      getHashes: () => Promise.reject(new LanspreadError("game_not_found", "nothing here")),
      getChunk: () => Promise.reject(new Error("disk on fire")),
      streamInstall: () => Promise.reject(new Error("disk on fire")),
      ...handlers,
    };
    scope.spawn("server", (signal) => serveConnection(session, all, signal));
    return new Served(near, far, session, scope, heard);
  }

  /** Waits until no stream is held. */
  async idle(): Promise<void> {
    await until("every stream is given up", () => this.far.open_streams === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.near.close();
    await within("the server ends with its connection", this.scope.join());
  }
}

const chunk = {
  type: "get_chunk",
  game_id: "game",
  manifest_hash: "0".repeat(64),
  path: "a",
  offset: 0,
  length: 3,
};
const too_long = new Uint8Array(4);
new DataView(too_long.buffer).setUint32(0, MAX_REQUEST_BYTES + 1);

const MALFORMED: Record<string, Uint8Array<ArrayBuffer>> = {
  "no bytes": new Uint8Array(0),
  "half a header": new Uint8Array([0, 0]),
  "a frame that ends early": frame({ type: "ping" }).slice(0, 9),
  "an empty frame": new Uint8Array(4),
  "no JSON": new Uint8Array([0, 0, 0, 2, 123, 123]),
  "no UTF-8": new Uint8Array([0, 0, 0, 3, 34, 255, 34]),
  "null": frame(null),
  "a number": frame(7),
  "a list": frame([]),
  "no type": frame({}),
  "an unknown type": frame({ type: "get_everything" }),
  "an answer": frame({ type: "pong" }),
  "a path that climbs out": frame({ ...chunk, path: "../a" }),
  "a path into local/": frame({ ...chunk, path: "local/save" }),
  "a negative offset": frame({ ...chunk, offset: -1 }),
  "a huge length": frame({ ...chunk, length: 2 ** 31 }),
  "an id with a slash": frame({ type: "get_game", game_id: "a/b" }),
  "a length over the limit": too_long,
};

for (const [what, bytes] of Object.entries(MALFORMED)) {
  Deno.test(`the server answers ${what} with invalid_request and goes on`, async () => {
    await using served = await Served.start();
    assertObjectMatch(await sendRaw(served.near, bytes), { type: "error", code: "invalid_request" });
    await served.idle();
    assertEquals(await sendRaw(served.near, frame({ type: "ping" })), { type: "pong" });
  });
}

Deno.test("a thousand bad requests leave no stream behind", async () => {
  await using served = await Served.start();
  const bad = Object.values(MALFORMED);
  for (let i = 0; i < 1_000; i++) {
    const answer = await sendRaw(served.near, bad[i % bad.length] ?? too_long);
    assertObjectMatch(answer, { code: "invalid_request" });
  }
  await served.idle();
  assertEquals(served.far.total, 1_000);
});

Deno.test("streams that are given up inside a request leave nothing behind", async () => {
  await using served = await Served.start();
  for (let i = 0; i < 200; i++) {
    const stream = await served.near.openStream(never);
    await stream.write(new Uint8Array([0, 0, 0, 9, 123]));
    stream.reset();
  }
  await until("all of them arrived", () => served.far.total === 200);
  await served.idle();
  assertEquals(await sendRaw(served.near, frame({ type: "ping" })), { type: "pong" });
});

Deno.test("a request that is not complete after ten seconds is refused, and its stream let go", async () => {
  const clock = new FakeClock();
  await using served = await Served.start({}, true, clock);
  const stream = await served.near.openStream(never);
  await stream.write(frame({ type: "ping" }).slice(0, 9));
  await until("the rest of the request is awaited", () => clock.sleeping === 1);
  await clock.advance(HEADER_TIMEOUT_MS - 1);
  assertEquals([clock.sleeping, served.far.open_streams], [1, 1]);
  await clock.advance(1);
  assertEquals(clock.sleeping, 0, "it is still awaited");
  const answer = await within("the refusal", readFrame(stream, MAX_ANSWER_BYTES));
  assertObjectMatch(answer, { type: "error", code: "invalid_request" });
  stream.reset();
  await served.idle();
});

Deno.test("requests before hello are unauthorized and reach no handler", async () => {
  let handled = 0;
  const count = () => {
    handled++;
    return { type: "ok" as const };
  };
  await using served = await Served.start({
    getLibrary: count,
    getGame: count,
    getChunk: () => Promise.resolve(void count()),
  }, false);
  for (const request of [{ type: "ping" }, { type: "get_library" }, chunk]) {
    assertObjectMatch(await sendRaw(served.near, frame(request)), { type: "error", code: "unauthorized" });
  }
  assertEquals([handled, served.heard.length], [0, 0]);
});

Deno.test("a handler's expected error keeps its code, an unexpected one says nothing of this machine", async () => {
  await using served = await Served.start({
    getLibrary: () => {
      throw new TypeError("/private/alice/secret");
    },
  });
  assertObjectMatch(await sendRaw(served.near, frame({ type: "get_game", game_id: "game" })), {
    code: "game_not_found",
    message: "nothing here",
  });
  for (const request of [{ type: "get_library" }, chunk]) {
    assertEquals(await sendRaw(served.near, frame(request)), {
      type: "error",
      code: "internal",
      message: "the peer could not answer",
    });
  }
});

Deno.test("a transfer that breaks off sends no frame into the body", async () => {
  await using served = await Served.start({
    getChunk: async (_, stream) => {
      await stream.write(frame({ type: "chunk", length: 3 }));
      await stream.write(new Uint8Array([1]));
      throw new LanspreadError("connection_lost", "the disk is gone");
    },
  });
  const stream = await served.near.openStream(never);
  await stream.write(frame(chunk));
  await stream.finish();
  const expected_bytes = frame({ type: "chunk", length: 3 }).length + 1;
  const part = await stream.read(new Uint8Array(1_000)).catch(() => null);
  assertEquals((part?.length ?? 0) <= expected_bytes, true);
  await served.idle();
});

Deno.test("every request of a member is heard, whatever its answer", async () => {
  await using served = await Served.start();
  await sendRaw(served.near, frame({ type: "ping" }));
  await sendRaw(served.near, frame({ type: "get_game", game_id: "game" }));
  assertEquals(served.heard, [served.session.peer_id, served.session.peer_id]);
});

Deno.test("an abort closes the connection and wakes what still waits for a request", async () => {
  const served = await Served.start();
  const stream = await served.near.openStream(never);
  await stream.write(new Uint8Array([0, 0]));
  await until("the stream arrived", () => served.far.total === 1);
  served.scope.abort();
  await within("the server ends", served.scope.join());
  assertEquals(served.far.open_streams, 0);
  await within("the other end notices", served.near.closed);
});

Deno.test("a long answer that does not fit the budget of the process is busy, and a short one still comes", async () => {
  const games = Array.from({ length: 100 }, (_, n) => readySummary(n));
  const library = { type: "library_snapshot" as const, library_rev: 1, games };
  await using served = await Served.start({ getLibrary: () => library });
  {
    using _ = BUFFERS.take(BUFFERS.limit_bytes - BUFFERS.used_bytes - 2_000);
    assertObjectMatch(await ask(served, { type: "get_library" }), { type: "error", code: "busy" });
    assertEquals(await ask(served, { type: "ping" }), { type: "pong" });
  }
  assertObjectMatch(await ask(served, { type: "get_library" }), { type: "library_snapshot" });
  await served.idle();
  assertEquals(BUFFERS.used_bytes, 0);
});

function readySummary(n: number): GameSummary {
  return GameSummary.parse(readyGame(`game${n}`, "1.0", n));
}

async function ask(served: Served, request: object): Promise<Record<string, unknown>> {
  return await within("an answer", sendRaw(served.near, frame(request))) as Record<string, unknown>;
}
