/**
 * Streamed installs between a real server and a real receiver, over a connection in memory.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { PipeReader } from "../../src/base/shared_pipe.ts";
import { EXPAND_PIPE_BYTES, Expansion } from "../../src/install/expand.ts";
import type { ExpandReply, ExpandRequest } from "../../src/install/expand_protocol.ts";
import { writeStreamedTree } from "../../src/install/streamed_tree.ts";
import { unpack } from "../../src/install/unpack.ts";
import { SendTurns, type Turn, type TurnWish } from "../../src/peer/send_turns.ts";
import { MAX_STREAMED_INSTALLS_PER_PEER, MAX_STREAMS_AT_ONCE } from "../../src/peer/stream_server.ts";
import type { OpenStream } from "../../src/peer/stream_source.ts";
import { PIPE_BYTES } from "../../src/peer/transport/byte_pipe.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import { STREAM_DATA_BYTES } from "../../src/proto/limits.ts";
import type { StreamItem } from "../../src/proto/stream.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { assertSameTree, filesBelow, makeArchiveGame, MIB } from "../support/games.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { StreamLink } from "../support/stream_link.ts";
import { TempDir } from "../support/temp_dir.ts";

const NEVER = new AbortController().signal;
const BIG = 12 * MIB + 5;
const CONTENT = { "bin/game.exe": BIG, "data/ünïcode.dat": 70_000, "empty.cfg": 0, "readme.txt": "hello" };
const text = (value: string) => new TextEncoder().encode(value);

/** Expanding workers, and what each of them said. */
class Workers {
  readonly #pipes: PipeReader[] = [];
  readonly ends: ExpandReply[] = [];

  readonly start = (): Worker => {
    const worker = new Worker(new URL("../../src/install/expand_worker.ts", import.meta.url), {
      type: "module",
    });
    worker.addEventListener("message", ({ data }: MessageEvent<ExpandReply>) => {
      if (data.type === "done" || data.type === "failed") this.ends.push(data);
    });
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (request: ExpandRequest) => {
      this.#pipes.push(new PipeReader(request.pipe));
      post(request);
    };
    return worker;
  };

  /** What the first worker has made so far. */
  producedBytes(): number {
    return this.#pipes[0]?.written_bytes ?? 0;
  }

  /** Waits until so many workers have ended, and gives how. */
  async ended(count: number): Promise<string[]> {
    await until(`${count} workers ended`, () => this.ends.length >= count);
    return this.ends.map((end) => end.type === "failed" ? end.code : end.type);
  }
}

async function serving(dir: TempDir, content: Parameters<typeof makeArchiveGame>[2]["content"] = CONTENT) {
  await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content });
  const workers = new Workers();
  const link = await StreamLink.open(dir.join("source"), { startWorker: workers.start });
  return { workers, link };
}

async function receive(dir: TempDir, name: string, tree: OpenStream) {
  const destination = await dir.mkdir(name);
  return await writeStreamedTree(tree, { destination, signal: NEVER, onProgress: () => {} });
}

async function refusal(action: () => Promise<unknown>): Promise<LanspreadError> {
  return await within("a refusal", assertRejects(action, LanspreadError));
}

Deno.test("a streamed tree is what unpacking the archives gives, whoever else receives at the same time", async () => {
  await using dir = await TempDir.make();
  const { link, workers } = await serving(dir);
  await using _ = link;
  const archives = [dir.join("source/game/game.eti")];
  await unpack({ archives, destination: await dir.mkdir("unpacked"), signal: NEVER });
  const names = Array.from({ length: MAX_STREAMS_AT_ONCE }, (_, n) => `receiver${n}`);
  const results = await Promise.all(names.map(async (name) => {
    using tree = await link.stream("game");
    return await receive(dir, name, tree);
  }));
  for (const [n, name] of names.entries()) {
    await assertSameTree(dir.join("unpacked"), dir.join(name));
    assertEquals(results[n], { files: 4, bytes: BIG + 70_005 });
  }
  assertEquals(await workers.ended(MAX_STREAMS_AT_ONCE), names.map(() => "done"));
  await until("nobody is served", () => link.server.serving === 0);
});

Deno.test("unpacking goes no further than its reader and a fixed number of bytes", async () => {
  await using dir = await TempDir.make();
  const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: CONTENT });
  await using expansion = await Expansion.start([`${root}/game.eti`], NEVER);
  await until("the pipe is full", () => expansion.produced_bytes === EXPAND_PIPE_BYTES);
  let read_bytes = 0;
  for (let buffer = new Uint8Array(100_000);;) {
    const part = await within("a part", expansion.read(buffer, NEVER));
    if (!part) break;
    read_bytes += part.length;
    assert(expansion.produced_bytes <= read_bytes + EXPAND_PIPE_BYTES, "it ran ahead");
    buffer = new Uint8Array(part.buffer);
  }
  assert(read_bytes > expansion.total_bytes);
});

Deno.test("a receiver that is slow slows the unpacking down, and gets everything", async () => {
  await using dir = await TempDir.make();
  const { link, workers } = await serving(dir);
  await using _ = link;
  using tree = await link.stream("game");
  await until("everything on the way is full", () => workers.producedBytes() > EXPAND_PIPE_BYTES);
  // The pipe in memory, what the connection holds, and a block in the hands of each end.
  const on_the_way_bytes = EXPAND_PIPE_BYTES + 2 * PIPE_BYTES + 2 * STREAM_DATA_BYTES;
  let taken_bytes = 0;
  for await (const item of tree.items) {
    if (item.type === "stream_data") taken_bytes += item.bytes.length;
    const ahead_bytes = workers.producedBytes() - taken_bytes;
    assert(ahead_bytes <= on_the_way_bytes, `${ahead_bytes} bytes ahead of the receiver`);
  }
  assertEquals(taken_bytes, BIG + 70_005);
});

/** Turns as they are when the limit is lowered again and again. */
class ShortTurns extends SendTurns {
  override take(peer_id: PeerId, wish: TurnWish): Promise<Turn> {
    return super.take(peer_id, { ...wish, bytes: Math.ceil(wish.bytes / 2) });
  }
}

Deno.test("a receiver whose turns are for less than was unpacked gets everything in its order", async () => {
  await using dir = await TempDir.make();
  await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: CONTENT });
  await unpack({
    archives: [dir.join("source/game/game.eti")],
    destination: await dir.mkdir("unpacked"),
    signal: NEVER,
  });
  await using link = await StreamLink.open(dir.join("source"), { turns: new ShortTurns() });
  using tree = await link.stream("game");
  assertEquals(await receive(dir, "receiver", tree), { files: 4, bytes: BIG + 70_005 });
  await assertSameTree(dir.join("unpacked"), dir.join("receiver"));
});

Deno.test("a receiver that leaves wakes the worker that waits for it, and its place is free", async () => {
  await using dir = await TempDir.make();
  const { link, workers } = await serving(dir);
  await using _ = link;
  {
    using tree = await link.stream("game");
    const items = tree.items[Symbol.asyncIterator]();
    assertEquals((await items.next()).value?.type, "stream_file");
    await until("everything on the way is full", () => workers.producedBytes() > EXPAND_PIPE_BYTES);
  }
  assertEquals(await workers.ended(1), ["cancelled"]);
  await until("nobody is served", () => link.server.serving === 0);
});

Deno.test("a receiver whose signal aborts gets the reason, and the worker ends", async () => {
  await using dir = await TempDir.make();
  const { link, workers } = await serving(dir);
  await using _ = link;
  const cancelling = new AbortController();
  using tree = await link.stream("game", cancelling.signal);
  const items = tree.items[Symbol.asyncIterator]();
  await items.next();
  cancelling.abort(new Error("enough"));
  const drain = async () => {
    for (let item = await items.next(); !item.done; item = await items.next());
  };
  await assertRejects(() => within("the reason", drain()), Error, "enough");
  assertEquals(await workers.ended(1), ["cancelled"]);
});

Deno.test("one receiver more than are served at once is told to come later", async () => {
  await using dir = await TempDir.make();
  const { link } = await serving(dir);
  await using _ = link;
  const open: OpenStream[] = [];
  for (let n = 0; n < MAX_STREAMS_AT_ONCE; n++) open.push(await link.stream("game"));
  assertEquals((await refusal(() => link.stream("game"))).code, "busy");
  open.pop()?.[Symbol.dispose]();
  await until("a place is free", () => link.server.serving < MAX_STREAMS_AT_ONCE);
  open.push(await link.stream("game"));
  for (const stream of open) stream[Symbol.dispose]();
});

Deno.test("one receiver does not take the places of all", async () => {
  await using dir = await TempDir.make();
  await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: CONTENT });
  await using link = await StreamLink.open(dir.join("source"), {}, { one_peer: true });
  const open: OpenStream[] = [];
  for (let n = 0; n < MAX_STREAMED_INSTALLS_PER_PEER; n++) open.push(await link.stream("game"));
  assertEquals((await refusal(() => link.stream("game"))).code, "busy");
  for (const stream of open) stream[Symbol.dispose]();
});

Deno.test("of files at one path in two archives only the one that counts is sent, and both are checked", async () => {
  await using dir = await TempDir.make();
  const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: {} });
  await writeStoredRar5(`${root}/game.eti`, [{ name: "a", bytes: text("old") }, {
    name: "b",
    bytes: text("b"),
  }]);
  await writeStoredRar5(`${root}/patch.eti`, [{ name: "a", bytes: text("newer") }]);
  {
    await using link = await StreamLink.open(dir.join("source"));
    using tree = await link.stream("game");
    assertEquals([tree.entries, tree.total_bytes], [2, 6]);
    await receive(dir, "receiver", tree);
    assertEquals(await filesBelow(dir.join("receiver")), ["a", "b"]);
    assertEquals(await Deno.readTextFile(dir.join("receiver/a")), "newer");
  }
  await writeStoredRar5(`${root}/game.eti`, [{ name: "a", bytes: text("old"), damaged: true }]);
  await using link = await StreamLink.open(dir.join("source"));
  using tree = await link.stream("game");
  assertEquals((await refusal(() => receive(dir, "again", tree))).code, "archive_damaged");
});

const REFUSED: Record<string, [code: string, entries: RarWriterEntry[]]> = {
  "an encrypted archive": ["archive_encrypted", [{ name: "a", bytes: text("x"), encrypted: true }]],
  "a link": ["archive_unsafe", [{ name: "a", bytes: text(""), link: { type: 1, target: "/etc/passwd" } }]],
  "a path that leaves": ["archive_unsafe", [{ name: "../a", bytes: text("x") }]],
  "the marker's name": ["archive_unsafe", [{ name: ".lanspread_owned", bytes: text("x") }]],
};

for (const [what, [code, entries]] of Object.entries(REFUSED)) {
  Deno.test(`the sender of ${what} says so before anything else, naming nothing of its machine`, async () => {
    await using dir = await TempDir.make();
    const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: {} });
    await writeStoredRar5(`${root}/game.eti`, entries);
    await using link = await StreamLink.open(dir.join("source"));
    const error = await refusal(() => link.stream("game"));
    assertEquals(error.code, code);
    assertStringIncludes(error.message, "game.eti");
    assert(!error.message.includes(dir.path), error.message);
  });
}

Deno.test("damage in the middle is the last word of the stream, behind what came before it", async () => {
  await using dir = await TempDir.make();
  const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: {} });
  await writeStoredRar5(`${root}/game.eti`, [
    { name: "fine", bytes: text("fine") },
    { name: "bad", bytes: new Uint8Array(3 * MIB), damaged: true },
  ]);
  await using link = await StreamLink.open(dir.join("source"));
  using tree = await link.stream("game");
  const seen: StreamItem["type"][] = [];
  const drain = async () => {
    for await (const { type } of tree.items) seen.push(type);
  };
  assertEquals((await refusal(drain)).code, "archive_damaged");
  assertEquals(seen.slice(0, 4), ["stream_file", "stream_data", "stream_file_end", "stream_file"]);
  assert(!seen.includes("stream_end"));
});

Deno.test("a game without an archive, and one that was changed since it was listed, are not streamed", async () => {
  await using dir = await TempDir.make();
  const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: { a: "a" } });
  await dir.write("source/bare/version.ini", "1.0");
  await using link = await StreamLink.open(dir.join("source"));
  const missing = await refusal(() => link.stream("bare"));
  assertEquals(missing.code, "archive_missing");
  assert(!missing.message.includes(dir.path), missing.message);
  await writeStoredRar5(`${root}/extra.eti`, [{ name: "b", bytes: text("b") }]);
  assertEquals((await refusal(() => link.stream("game"))).code, "manifest_changed");
  await Deno.remove(`${root}/extra.eti`);
  await Deno.truncate(`${root}/game.eti`, 10);
  assertEquals((await refusal(() => link.stream("game"))).code, "manifest_changed");
  await Deno.rename(root, dir.join("elsewhere"));
  await Deno.symlink(dir.join("elsewhere"), root);
  assertEquals((await refusal(() => link.stream("game"))).code, "manifest_changed");
});

Deno.test("a game of which an archive is gone is not streamed: the rest would look like all of it", async () => {
  await using dir = await TempDir.make();
  const root = await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: { a: "a" } });
  await writeStoredRar5(`${root}/patch.eti`, [{ name: "b", bytes: text("b") }]);
  await using link = await StreamLink.open(dir.join("source"));
  await Deno.remove(`${root}/patch.eti`);
  const error = await refusal(() => link.stream("game"));
  assertEquals(error.code, "manifest_changed");
  assertStringIncludes(error.message, "patch.eti");
});

Deno.test("an operation that begins on the game breaks its streams, and they never look complete", async () => {
  await using dir = await TempDir.make();
  await makeArchiveGame(dir.join("source"), "game", { version: "1.0", content: CONTENT });
  let is_busy = false;
  await using link = await StreamLink.open(dir.join("source"), {}, {
    onManifest: () => {
      if (is_busy) throw new LanspreadError("not_transferable", "game is busy: update");
    },
  });
  using tree = await link.stream("game");
  is_busy = true;
  assertEquals((await refusal(() => receive(dir, "receiver", tree))).code, "connection_lost");
  assertEquals((await refusal(() => link.stream("game"))).code, "not_transferable");
});
