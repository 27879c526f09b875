import { LanspreadError } from "../../../src/base/errors.ts";
import { Scope } from "../../../src/base/scope.ts";
import { DurableChunks } from "../../../src/peer/download/durable_chunks.ts";
import type { JournalChunk } from "../../../src/peer/download/journal.ts";
import { Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { never } from "../../support/memory_peers.ts";

/** A disk whose syncs end when a test says so, and a journal that checks what it is told. */
class FakeDisk implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scope: Scope;
  readonly chunks: DurableChunks;
  /** Chunks in their files, by name. */
  readonly in_cache = new Set<string>();
  readonly on_disk = new Set<string>();
  readonly journal: string[][] = [];
  readonly syncing: { path: string; done: PromiseWithResolvers<void> }[] = [];
  readonly sync_count = new Map<string, number>();
  most_syncs = 0;
  recording: () => Promise<void> = () => Promise.resolve();

  constructor(parent?: AbortSignal) {
    this.scope = new Scope(parent ? { parent } : {});
    this.chunks = new DurableChunks({
      clock: this.clock,
      scope: this.scope,
      sync: (path) => this.#sync(path),
      journal: { record: (chunks) => this.#record(chunks) },
    });
  }

  write(path: string, n = 0, length = CHUNK_BYTES): void {
    this.in_cache.add(`${path}#${n}`);
    this.chunks.written({ ...chunk(path, n), length });
  }

  async #sync(path: string): Promise<void> {
    const before = [...this.in_cache].filter((name) => name.startsWith(`${path}#`));
    const done = Promise.withResolvers<void>();
    const running = { path, done };
    this.syncing.push(running);
    this.most_syncs = Math.max(this.most_syncs, this.syncing.length);
    this.sync_count.set(path, (this.sync_count.get(path) ?? 0) + 1);
    await done.promise.finally(() => this.syncing.splice(this.syncing.indexOf(running), 1));
    for (const name of before) this.on_disk.add(name);
  }

  async #record(chunks: readonly JournalChunk[]): Promise<void> {
    const names = chunks.map(({ path, offset }) => `${path}#${offset / CHUNK_BYTES}`);
    for (const name of names) assert(this.on_disk.has(name), `${name} is told before it is on the disk`);
    this.journal.push(names);
    await this.recording();
  }

  /** Lets the oldest sync end. */
  async endSync(error?: Error): Promise<void> {
    const [oldest] = this.syncing;
    if (error) oldest?.done.reject(error);
    else oldest?.done.resolve();
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { done } of this.syncing) done.resolve();
    await this.scope[Symbol.asyncDispose]();
  }
}

function chunk(path: string, n: number): JournalChunk {
  const sha256 = Sha256.parse("a".repeat(64));
  return { path: ManifestPath.parse(path), offset: n * CHUNK_BYTES, length: 1, sha256 };
}

Deno.test("a chunk is in the journal only after its file was synced, 250 ms later at the most", async () => {
  await using disk = new FakeDisk();
  disk.write("a");
  await disk.clock.advance(1_000);
  assertEquals(disk.journal, []);
  await disk.endSync();
  await disk.clock.advance(249);
  assertEquals(disk.journal, []);
  await disk.clock.advance(1);
  assertEquals(disk.journal, [["a#0"]]);
});

Deno.test("one sync is enough for all chunks that were written before it began, and for no later one", async () => {
  await using disk = new FakeDisk();
  disk.write("a", 0);
  disk.write("a", 1);
  disk.write("a", 2);
  await disk.endSync();
  disk.write("a", 3);
  await disk.endSync();
  await disk.clock.advance(250);
  assertEquals([disk.journal.flat(), disk.sync_count.get("a")], [["a#0", "a#1", "a#2"], 3]);
  await disk.endSync();
  await disk.clock.advance(250);
  assertEquals([disk.journal.flat(), disk.sync_count.get("a")], [["a#0", "a#1", "a#2", "a#3"], 3]);
});

Deno.test("up to eight small files are synced at a time, beside large ones too, and all come to the journal", async () => {
  await using disk = new FakeDisk();
  for (const path of ["a", "b", "c"]) disk.write(path);
  for (let n = 0; n < 20; n++) disk.write(`f${n}`, 0, 64 * 1024);
  const [large, small] = [/^[abc]$/, /^f/].map((name) =>
    disk.syncing.filter(({ path }) => name.test(path)).length
  );
  assertEquals([large, small], [2, 6]);
  while (disk.syncing.length > 0) await disk.endSync();
  assertEquals(disk.most_syncs, 8);
  await disk.clock.advance(250);
  assertEquals(disk.journal.flat().length, 23);
});

Deno.test("at most two large files are synced at a time, and never one twice at once", async () => {
  await using disk = new FakeDisk();
  for (const path of ["a", "b", "c", "d"]) for (const n of [0, 1]) disk.write(path, n);
  while (disk.syncing.length > 0) {
    assertEquals(new Set(disk.syncing.map(({ path }) => path)).size, disk.syncing.length);
    await disk.endSync();
  }
  assertEquals(disk.most_syncs, 2);
  await disk.clock.advance(250);
  assertEquals(disk.journal.flat().length, 8);
});

Deno.test("many small files make few writes of the journal", async () => {
  await using disk = new FakeDisk();
  for (let n = 0; n < 200; n++) disk.write(`f${n}`);
  for (let n = 0; n < 200; n++) await disk.endSync();
  await disk.clock.advance(250);
  assertEquals(disk.journal.flat().length, 200);
  assert(disk.journal.length <= 4, `${disk.journal.length} writes`);
});

Deno.test("64 synced chunks are told without waiting for more", async () => {
  await using disk = new FakeDisk();
  for (let n = 0; n < 70; n++) disk.write(`f${n}`);
  for (let n = 0; n < 63; n++) await disk.endSync();
  assertEquals(disk.journal, []);
  await disk.endSync();
  assertEquals(disk.journal.map((names) => names.length), [64]);
});

Deno.test("flush() waits for the disk and the journal, and for no pause", async () => {
  await using disk = new FakeDisk();
  for (const path of ["a", "b", "c"]) disk.write(path);
  let is_flushed = false;
  const flushing = disk.chunks.flush(never).then(() => is_flushed = true);
  const journal = Promise.withResolvers<void>();
  disk.recording = () => journal.promise;
  for (let n = 0; n < 3; n++) await disk.endSync();
  assert(!is_flushed);
  journal.resolve();
  await within("the flush", flushing);
  assertEquals(disk.journal.flat(), ["a#0", "b#0", "c#0"]);
  await within("a flush of nothing", disk.chunks.flush(never));
});

Deno.test("flush() ends with its signal", async () => {
  await using disk = new FakeDisk();
  disk.write("a");
  const controller = new AbortController();
  const flushing = assertRejects(() => disk.chunks.flush(controller.signal), Error, "enough");
  controller.abort(new Error("enough"));
  await flushing;
});

Deno.test("when the scope is joined everything is in the journal", async () => {
  await using disk = new FakeDisk();
  for (let n = 0; n < 5; n++) disk.write("a", n);
  const joined = disk.scope.join();
  await disk.endSync();
  await disk.endSync();
  await disk.clock.advance(250);
  await within("the join", joined);
  assertEquals(disk.journal.flat().length, 5);
});

Deno.test("a failed sync ends the transfer at once with an error that names the file, and tells nothing", async () => {
  for (
    const [cause, code] of [["No space left on device (os error 28)", "disk_full"], ["gone", "io"]] as const
  ) {
    await using disk = new FakeDisk();
    disk.write("maps/a.bsp");
    disk.write("b");
    const joined = assertRejects(() => disk.scope.join(), LanspreadError, "maps/a.bsp");
    await disk.endSync(new Error(cause));
    assert(disk.scope.signal.aborted);
    await disk.endSync();
    assertEquals((await within("the join", joined)).code, code);
    assert(!disk.journal.flat().includes("maps/a.bsp#0"));
    await assertRejects(() => disk.chunks.flush(never), LanspreadError);
  }
});

Deno.test("a journal that can't be written ends the transfer", async () => {
  await using disk = new FakeDisk();
  disk.recording = () => Promise.reject(new LanspreadError("io", "the journal is locked"));
  disk.write("a");
  const joined = assertRejects(() => disk.scope.join(), LanspreadError, "the journal is locked");
  await disk.endSync();
  await disk.clock.advance(250);
  await within("the join", joined);
});

Deno.test("after an abort no sync begins, and what was synced is written down without a pause", async () => {
  const controller = new AbortController();
  await using disk = new FakeDisk(controller.signal);
  for (const path of ["a", "b", "c", "d"]) disk.write(path);
  await disk.endSync();
  await until("two syncs", () => disk.syncing.length === 2);
  controller.abort(new LanspreadError("shutting_down", "bye"));
  await disk.endSync();
  await disk.endSync();
  await within("the join", disk.scope.join());
  assertEquals(disk.journal.flat().sort(), ["a#0", "b#0", "c#0"]);
  assertEquals(disk.sync_count.get("d"), undefined);
});
