import { LanspreadError } from "../../src/base/errors.ts";
import { ChunkServer } from "../../src/peer/chunk_server.ts";
import { SendTurns } from "../../src/peer/send_turns.ts";
import type { ByteStream, Connection } from "../../src/peer/transport/port.ts";
import { FrameDecoder } from "../../src/proto/codec.ts";
import { GameId, GameVersion, type PeerId, Sha256, SocketAddress } from "../../src/proto/ids.ts";
import { CHUNK_BYTES, MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { makeManifest, type Manifest, SENTINEL } from "../../src/proto/manifest.ts";
import type { GetChunk } from "../../src/proto/message.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HeldIntervals } from "../support/held_intervals.ts";
import { never } from "../support/memory_peers.ts";
import { newPeerId } from "../support/parties.ts";
import { TempDir } from "../support/temp_dir.ts";

const game_id = GameId.parse("game");
const MIB = 1024 * 1024;
const large = Uint8Array.from({ length: 3 * MIB + 5 }, (_, i) => (i * 31 + (i >> 9)) & 255);

/** A connection that is only looked at. */
const NOWHERE: Connection = {
  remote_addr: SocketAddress.parse("127.0.0.1:1"),
  incoming: (async function* () {})(),
  closed: new Promise(() => {}),
  openStream: () => Promise.reject(new Error("not here")),
  close: () => {},
};

/** A game directory with one game, and its server. */
async function serving(
  dir: TempDir,
  manifestOf?: (manifest: Manifest) => Manifest,
  turns = new SendTurns(),
) {
  const contents = { "version.ini": "1.0", "maps/deep/a.bsp": large, "empty.txt": "" };
  for (const [path, content] of Object.entries(contents)) await dir.write(`games/game/${path}`, content);
  const manifest = makeManifest(game_id, GameVersion.parse("1.0"), [
    { path: SENTINEL, size: 3 },
    { path: ManifestPath.parse("maps/deep/a.bsp"), size: large.length },
    { path: ManifestPath.parse("empty.txt"), size: 0 },
  ]);
  const chunks = new ChunkServer({
    game_dir: dir.join("games"),
    manifestOf: () => manifestOf ? manifestOf(manifest) : manifest,
    turns,
  });
  const server = {
    details: chunks.details.bind(chunks),
    ask: (peer_id: PeerId) => chunks.details({ type: "get_game", game_id }, peer_id),
    serve: (request: GetChunk, stream: ByteStream, peer_id = newPeerId(), signal = never) =>
      chunks.serve(request, stream, { peer_id, connection: NOWHERE, signal }),
  };
  const request = (fields: Partial<GetChunk> = {}): GetChunk => ({
    type: "get_chunk",
    game_id,
    manifest_hash: manifest.manifest_hash,
    path: ManifestPath.parse("maps/deep/a.bsp"),
    offset: 0,
    length: large.length,
    ...fields,
  });
  return { server, manifest, request };
}

/** The sending side of a stream: keeps what is written, and can hold a write. */
class Sink implements ByteStream {
  readonly parts: Uint8Array[] = [];
  /** The priority that each part was written with. */
  readonly priorities: number[] = [];
  #priority = 0;
  onWrite: (count: number) => void | Promise<void> = () => {};

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.onWrite(this.parts.length);
    // The bytes may be used again only now.
    this.parts.push(bytes.slice());
    this.priorities.push(this.#priority);
  }

  /** What was sent: the header and the body. */
  async sent(): Promise<{ header: unknown; body: Uint8Array }> {
    const all = new Uint8Array(await new Blob(this.parts.map((part) => part.slice())).arrayBuffer());
    const decoder = new FrameDecoder(MAX_ANSWER_BYTES);
    decoder.push(all);
    return { header: decoder.take()?.value, body: decoder.rest };
  }

  read(): Promise<null> {
    return Promise.resolve(null);
  }
  finish(): Promise<void> {
    return Promise.resolve();
  }
  setPriority(priority: number): void {
    this.#priority = priority;
  }
  resets = 0;
  reset(): void {
    this.resets++;
  }
}

async function refused(serve: Promise<void>, sink: Sink): Promise<LanspreadError> {
  const error = await assertRejects(() => serve, LanspreadError);
  assertEquals(sink.parts.length, 0, "something was sent before the error");
  return error;
}

const RANGES: [offset: number, length: number][] = [
  [0, large.length],
  [0, 1],
  [MIB - 1, MIB + 3],
  [large.length - 1, 1],
  [large.length, 0],
];
for (const [offset, length] of RANGES) {
  Deno.test(`serve() sends exactly the range ${offset}+${length}`, async () => {
    await using dir = await TempDir.make();
    const { server, request } = await serving(dir);
    const sink = new Sink();
    await server.serve(request({ offset, length }), sink);
    const { header, body } = await sink.sent();
    assertEquals(header, { type: "chunk", length });
    assertEquals(body, large.slice(offset, offset + length));
  });
}

Deno.test("an empty file is served as nothing", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const sink = new Sink();
  await server.serve(request({ path: ManifestPath.parse("empty.txt"), length: 0 }), sink);
  assertEquals((await sink.sent()).header, { type: "chunk", length: 0 });
});

Deno.test("a range behind the end is invalid_request", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  for (
    const range of [{ offset: 1 }, { offset: large.length + 1, length: 0 }, {
      offset: Number.MAX_SAFE_INTEGER,
      length: CHUNK_BYTES,
    }]
  ) {
    const sink = new Sink();
    assertEquals((await refused(server.serve(request(range), sink), sink)).code, "invalid_request");
  }
});

Deno.test("a file that the manifest does not list is not served, though it is there", async () => {
  await using dir = await TempDir.make();
  await dir.write("games/game/secret.txt", "mine");
  const { server, request } = await serving(dir);
  const sink = new Sink();
  const path = ManifestPath.parse("secret.txt");
  assertEquals(
    (await refused(server.serve(request({ path, length: 4 }), sink), sink)).code,
    "invalid_request",
  );
});

Deno.test("another manifest is manifest_changed", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const sink = new Sink();
  const manifest_hash = Sha256.parse("0".repeat(64));
  const error = await refused(server.serve(request({ manifest_hash }), sink), sink);
  assertEquals(error.code, "manifest_changed");
});

Deno.test("what manifestOf() refuses is refused", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir, () => {
    throw new LanspreadError("not_transferable", "busy: install");
  });
  const sink = new Sink();
  assertEquals((await refused(server.serve(request(), sink), sink)).code, "not_transferable");
  const error = await assertRejects(
    async () => await server.details({ type: "get_game", game_id }, newPeerId()),
    LanspreadError,
  );
  assertEquals(error.code, "not_transferable");
});

const CHANGES: Record<string, (dir: TempDir) => Promise<unknown>> = {
  "is gone": (dir) => Deno.remove(dir.join("games/game/maps/deep/a.bsp")),
  "became larger": (dir) => Deno.truncate(dir.join("games/game/maps/deep/a.bsp"), 4 * MIB),
  "became smaller": (dir) => Deno.truncate(dir.join("games/game/maps/deep/a.bsp"), MIB),
  "became a link to an equal file": async (dir) => {
    await dir.write("elsewhere", large);
    await Deno.remove(dir.join("games/game/maps/deep/a.bsp"));
    await Deno.symlink(dir.join("elsewhere"), dir.join("games/game/maps/deep/a.bsp"));
  },
  "lies in a folder that became a link": async (dir) => {
    await dir.mkdir("elsewhere");
    await Deno.rename(dir.join("games/game/maps/deep"), dir.join("elsewhere/deep"));
    await Deno.symlink(dir.join("elsewhere/deep"), dir.join("games/game/maps/deep"));
  },
  "lies in a game root that became a link": async (dir) => {
    await Deno.rename(dir.join("games/game"), dir.join("games/moved"));
    await Deno.symlink(dir.join("games/moved"), dir.join("games/game"));
  },
};
for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test({
    name: `a file that ${what} since the scan is manifest_changed, without a word of this machine`,
    ignore: Deno.build.os === "windows" && what.includes("link"),
    async fn() {
      await using dir = await TempDir.make();
      const { server, request } = await serving(dir);
      await change(dir);
      const sink = new Sink();
      const error = await refused(server.serve(request({ length: 10 }), sink), sink);
      assertEquals(error.code, "manifest_changed");
      assert(!error.message.includes(dir.path), error.message);
    },
  });
}

Deno.test({
  name: "a game directory that is reached through a link is served",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const { manifest, request } = await serving(dir);
    await Deno.symlink(dir.join("games"), dir.join("linked"));
    const server = new ChunkServer({
      game_dir: dir.join("linked"),
      manifestOf: () => manifest,
      turns: new SendTurns(),
    });
    const sink = new Sink();
    await server.serve(request({ length: 10 }), sink, {
      peer_id: newPeerId(),
      connection: NOWHERE,
      signal: never,
    });
    assertEquals((await sink.sent()).body, large.slice(0, 10));
  },
});

Deno.test("a file that shrinks while it is sent breaks the stream, and no frame comes into the body", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const sink = new Sink();
  sink.onWrite = async (count) => {
    if (count === 1) await Deno.truncate(dir.join("games/game/maps/deep/a.bsp"), 1_000);
  };
  const error = await assertRejects(() => server.serve(request(), sink), LanspreadError);
  assertEquals(error.code, "connection_lost");
  const { header, body } = await sink.sent();
  assertEquals(header, { type: "chunk", length: large.length });
  assert(body.length < large.length);
  assertEquals(body, large.slice(0, body.length));
});

const PATH = "games/game/maps/deep/a.bsp";

/** Rewrites the large file in place: same size, other content, and a time that no clock tick can hide. */
async function rewrite(dir: TempDir, hours = 1): Promise<Uint8Array> {
  const other = large.map((byte) => byte ^ (0xff >> hours));
  await dir.write(PATH, other);
  const time = new Date(Date.now() - hours * 3_600_000);
  await Deno.utime(dir.join(PATH), time, time);
  return other;
}

Deno.test("a file that is rewritten at its size between two chunks is manifest_changed for who has a part of it", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const [bob, carol] = [newPeerId(), newPeerId()];
  await server.serve(request({ length: 10 }), new Sink(), bob);
  const other = await rewrite(dir);
  for (let n = 0; n < 2; n++) {
    const sink = new Sink();
    const error = await refused(server.serve(request({ offset: MIB, length: 10 }), sink, bob), sink);
    assertEquals(error.code, "manifest_changed");
  }
  // Not of any other file either; and nobody else is refused.
  const sink = new Sink();
  const empty = request({ path: ManifestPath.parse("empty.txt"), length: 0 });
  assertEquals((await refused(server.serve(empty, sink, bob), sink)).code, "manifest_changed");
  const fresh = new Sink();
  await server.serve(request(), fresh, carol);
  assertEquals((await fresh.sent()).body, other);
});

Deno.test("who asks for the game again gets a rewritten file whole", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const bob = newPeerId();
  await server.serve(request({ length: 10 }), new Sink(), bob);
  const other = await rewrite(dir);
  const sink = new Sink();
  await refused(server.serve(request(), sink, bob), sink);
  server.ask(bob);
  await server.serve(request(), sink, bob);
  assertEquals((await sink.sent()).body, other);
});

Deno.test("a scan that finds the same files anew does not make a rewritten file the old one", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir, (manifest) => ({ ...manifest, files: [...manifest.files] }));
  const bob = newPeerId();
  await server.serve(request({ length: 10 }), new Sink(), bob);
  await rewrite(dir);
  const sink = new Sink();
  assertEquals((await refused(server.serve(request(), sink, bob), sink)).code, "manifest_changed");
});

for (const count of [1, 5, 12]) {
  Deno.test(`a file that is rewritten at its size after block ${count} breaks the stream, and no new byte is sent`, async () => {
    await using dir = await TempDir.make();
    const { server, request } = await serving(dir);
    const sink = new Sink();
    sink.onWrite = async (written) => {
      if (written === count) await rewrite(dir);
    };
    const bob = newPeerId();
    const error = await assertRejects(() => server.serve(request(), sink, bob), LanspreadError);
    assertEquals(error.code, "connection_lost");
    const { body } = await sink.sent();
    assert(body.length < large.length, "the chunk became whole");
    assertEquals(body, large.slice(0, body.length));
    // A question in between changes nothing while other chunks are under way, and all begins anew when none is.
    server.ask(bob);
    await server.serve(request(), new Sink(), bob);
  });
}

Deno.test("asking for the game in the middle of a chunk does not let the rest come from a rewritten file", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const bob = newPeerId();
  const [sink, gate] = [new Sink(), Promise.withResolvers<void>()];
  sink.onWrite = (count) => count === 1 ? gate.promise : undefined;
  const sending = server.serve(request(), sink, bob);
  await until("the header", () => sink.parts.length === 1);
  await rewrite(dir);
  server.ask(bob);
  const other = new Sink();
  assertEquals((await refused(server.serve(request(), other, bob), other)).code, "manifest_changed");
  gate.resolve();
  await assertRejects(() => within("the end", sending), LanspreadError, "broke off");
});

Deno.test("a game that an operation takes while it is sent is not sent any further", async () => {
  await using dir = await TempDir.make();
  let is_busy = false;
  const { server, request } = await serving(dir, (manifest) => {
    if (is_busy) throw new LanspreadError("not_transferable", "busy: download");
    return manifest;
  });
  const sink = new Sink();
  sink.onWrite = async (count) => {
    if (count !== 1) return;
    is_busy = true;
    await dir.write("games/game/maps/deep/a.bsp", new Uint8Array(large.length));
  };
  const error = await assertRejects(() => server.serve(request(), sink), LanspreadError);
  assertEquals(error.code, "connection_lost");
  const { body } = await sink.sent();
  assertEquals(body, large.slice(0, body.length));
});

Deno.test("chunks over the limit are busy, and a free place is given out again", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const gate = Promise.withResolvers<void>();
  const sinks = Array.from({ length: 200 }, () => Object.assign(new Sink(), { onWrite: () => gate.promise }));
  const outcomes = sinks.map((sink) =>
    server.serve(request({ length: 10 }), sink).then(() => "sent", (error) => error.code)
  );
  gate.resolve();
  const codes = await within("every answer", Promise.all(outcomes));
  assertEquals([
    codes.filter((code) => code === "sent").length,
    codes.filter((code) => code === "busy").length,
  ], [
    128,
    72,
  ]);
  await server.serve(request({ length: 10 }), new Sink());
});

Deno.test("a refusal and a receiver that left give their place back", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const leaving = Object.assign(new Sink(), {
    onWrite: () => Promise.reject(new LanspreadError("connection_lost", "left")),
  });
  for (let i = 0; i < 300; i++) {
    await assertRejects(() => server.serve(request({ offset: 1 }), new Sink()), LanspreadError, "behind");
    await assertRejects(() => server.serve(request({ length: 10 }), leaving), LanspreadError, "left");
  }
  await server.serve(request({ length: 10 }), new Sink());
});

Deno.test("bodies go out in the order they were asked for, and headers before all of them", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const sinks = [new Sink(), new Sink(), new Sink()];
  for (const sink of sinks) await server.serve(request({ length: 10 }), sink);
  assertEquals(sinks.map(({ priorities }) => priorities[0]), [0, 0, 0]);
  const bodies = sinks.map(({ priorities }) => priorities[1] ?? 0);
  assertEquals(bodies.toSorted((a, b) => b - a), bodies);
  assert(bodies.every((priority) => priority < 0) && new Set(bodies).size === 3, String(bodies));
});

Deno.test("details() gives the file list as it is", async () => {
  await using dir = await TempDir.make();
  const { server, manifest } = await serving(dir);
  const { version, manifest_hash, files } = manifest;
  assertEquals(server.details({ type: "get_game", game_id }, newPeerId()), {
    type: "game_details",
    game_id,
    version,
    manifest_hash,
    files: [...files],
  });
});

Deno.test("one peer can't take the places of all", async () => {
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const greedy = newPeerId();
  const hold = Promise.withResolvers<void>();
  const held = Array.from({ length: 40 }, () => Object.assign(new Sink(), { onWrite: () => hold.promise }));
  const codes = Promise.all(
    held.map((sink) =>
      server.serve(request({ length: 10 }), sink, greedy).then(() => "sent", (error) => error.code)
    ),
  );
  await server.serve(request({ length: 10 }), new Sink());
  hold.resolve();
  assertEquals((await codes).filter((code) => code === "busy").length, 8);
  await server.serve(request({ length: 10 }), new Sink(), greedy);
});

/** Turns of which none is left; each that is disposed lets one go on. */
async function takenTurns(): Promise<{ turns: SendTurns; taken: Disposable[] }> {
  const turns = new SendTurns(undefined, new FakeClock());
  const wish = { bytes: 1, order: 0, signal: never };
  const taken = await Promise.all(Array.from({ length: 8 }, () => turns.take(newPeerId(), wish)));
  return { turns, taken };
}

Deno.test("a chunk has its header at once and its body in its turn; a receiver that leaves meanwhile is let go", async () => {
  await using dir = await TempDir.make();
  const { turns, taken } = await takenTurns();
  const { server, request } = await serving(dir, undefined, turns);
  const [leaves, stays] = [new Sink(), new Sink()];
  const leaving = new AbortController();
  const left = server.serve(request(), leaves, newPeerId(), leaving.signal);
  const stayed = server.serve(request(), stays);
  await until("both headers", () => leaves.parts.length === 1 && stays.parts.length === 1);
  leaving.abort(new Error("the stream is over"));
  await assertRejects(() => within("the end", left), LanspreadError, "the stream is over");
  taken.pop()?.[Symbol.dispose]();
  await within("the body", stayed);
  assertEquals((await stays.sent()).body, large);
  assertEquals(leaves.parts.length, 1);
});

Deno.test("a chunk that waits for its turn is not stalled, one whose receiver takes nothing is", async () => {
  using intervals = new HeldIntervals();
  await using dir = await TempDir.make();
  const { turns, taken } = await takenTurns();
  const { server, request } = await serving(dir, undefined, turns);
  const sink = new Sink();
  let blocks = 0;
  let gate = Promise.withResolvers<void>();
  sink.onWrite = (count) => {
    if (count === 0) return;
    blocks = count;
    return gate.promise;
  };
  const sending = server.serve(request(), sink);
  await until("the header", () => sink.parts.length === 1 && intervals.held === 1);
  for (let n = 0; n < 5; n++) intervals.tick();
  taken.pop()?.[Symbol.dispose]();
  // A block between two looks is enough.
  for (let n = 1; n <= 5; n++) {
    await until(`block ${n}`, () => blocks === n);
    intervals.tick();
    const open = gate;
    gate = Promise.withResolvers();
    open.resolve();
  }
  await until("another block", () => blocks === 6);
  assertEquals(sink.resets, 0);
  for (let n = 0; n < 2; n++) intervals.tick();
  assert(sink.resets > 0);
  gate.reject(new LanspreadError("connection_lost", "reset"));
  await assertRejects(() => within("the end", sending), LanspreadError, "reset");
  assertEquals(intervals.held, 0);
});

Deno.test("a chunk that stands still is not stalled while another one of its connection moves", async () => {
  using intervals = new HeldIntervals();
  await using dir = await TempDir.make();
  const { server, request } = await serving(dir);
  const peer_id = newPeerId();
  const gate = Promise.withResolvers<void>();
  const [small, other] = [new Sink(), new Sink()];
  small.onWrite = (count) => count === 0 ? undefined : gate.promise;
  const standing = server.serve(request({ length: 10 }), small, peer_id);
  await until("the small one to be sent", () => small.parts.length === 1 && intervals.held === 1);
  for (let n = 0; n < 5; n++) {
    await server.serve(request({ length: 10 }), other, peer_id);
    intervals.tick();
  }
  assertEquals(small.resets, 0);
  for (let n = 0; n < 2; n++) intervals.tick();
  assert(small.resets > 0);
  gate.resolve();
  await within("the end", standing);
});
