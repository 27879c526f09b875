import { LanspreadError } from "../../../src/base/errors.ts";
import { DownloadJournal, type JournalChunk } from "../../../src/peer/download/journal.ts";
import { GameId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { LibraryIndex } from "../../../src/watch/index.ts";
import { assert, assertEquals, assertGreater, assertRejects } from "../../support/assert.ts";
import { manifestOf } from "../../support/manifests.ts";
import { never } from "../../support/memory_peers.ts";
import { countTurns } from "../../support/turns.ts";
import { TempDir } from "../../support/temp_dir.ts";

const NEW = manifestOf("alienswarm", "2.0", { "a.bin": 2 * CHUNK_BYTES + 1, "b": 0 });
const OLD = manifestOf("alienswarm", "1.0", { "a.bin": 1, "old.bin": 2 });

function chunk(path: string, n: number, digit = "a"): JournalChunk {
  const offset = n * CHUNK_BYTES;
  return { path: ManifestPath.parse(path), offset, length: n === 2 ? 1 : CHUNK_BYTES, sha256: hash(digit) };
}

function hash(digit: string): Sha256 {
  return Sha256.parse(digit.repeat(64));
}

function paths(manifest: { files: readonly { path: string }[] } | null): string[] | null {
  return manifest && manifest.files.map(({ path }) => path);
}

/** A journal in memory. */
function memory(): { journal: DownloadJournal } & Disposable {
  const index = LibraryIndex.inMemory();
  return { journal: new DownloadJournal(index.store), [Symbol.dispose]: () => index[Symbol.dispose]() };
}

Deno.test("a download that is begun again has its finished chunks and what stood before, after a restart too", async () => {
  await using dir = await TempDir.make();
  const chunks = [chunk("a.bin", 0), chunk("a.bin", 2, "b"), { ...chunk("b", 0), length: 0 }];
  {
    using index = LibraryIndex.open(dir.join("library.db"));
    const entry = new DownloadJournal(index.store).begin("/games", NEW, OLD);
    assertEquals([await entry.chunks(never), entry.previous], [[], OLD]);
    await entry.record(chunks.slice(0, 2));
    await entry.record(chunks.slice(1));
  }
  using index = LibraryIndex.open(dir.join("library.db"));
  const entry = new DownloadJournal(index.store).begin("/games", NEW, null);
  assertEquals([await entry.chunks(never), entry.previous], [chunks, OLD]);
});

Deno.test("a download of another manifest forgets the chunks, and tidies up after both", async () => {
  using made = memory();
  await made.journal.begin("/games", OLD, null).record([chunk("old.bin", 0)]);
  const entry = made.journal.begin("/games", NEW, null);
  assertEquals(await entry.chunks(never), []);
  assertEquals(paths(entry.previous), ["a.bin", "old.bin", "version.ini"]);
  const other = manifestOf("alienswarm", "3.0", { "c": 1 });
  assertEquals(paths(made.journal.begin("/games", other, null).previous), [
    "a.bin",
    "b",
    "old.bin",
    "version.ini",
  ]);
});

Deno.test("what the library knows now is added to what was known before", () => {
  using made = memory();
  made.journal.begin("/games", NEW, OLD);
  const now = manifestOf("alienswarm", "1.5", { "a.bin": 7, "now.bin": 1 });
  const { previous } = made.journal.begin("/games", NEW, now);
  assertEquals(paths(previous), ["a.bin", "now.bin", "old.bin", "version.ini"]);
  assertEquals(previous?.files.find(({ path }) => path === "a.bin")?.size, 7);
});

Deno.test("a first download has nothing that stood before", () => {
  using made = memory();
  assertEquals(made.journal.begin("/games", NEW, null).previous, null);
  assertEquals(made.journal.begin("/games", NEW, null).previous, null);
});

Deno.test("downloads of other games and in other folders are their own", async () => {
  using made = memory();
  const quake = manifestOf("quake", "1.0", { "a.bin": CHUNK_BYTES });
  const entries = [
    made.journal.begin("/games", NEW, null),
    made.journal.begin("/games", quake, null),
    made.journal.begin("/other", NEW, null),
  ];
  for (const [n, entry] of entries.entries()) await entry.record([chunk("a.bin", 0, String(n))]);
  entries[0]?.end();
  assertEquals(
    await Promise.all(entries.map(async (entry) => (await entry.chunks(never)).map((one) => one.sha256))),
    [[], [hash("1")], [
      hash("2"),
    ]],
  );
  assertEquals(made.journal.ids("/games"), [GameId.parse("quake")]);
  assert(!made.journal.has("/games", NEW.game_id) && made.journal.has("/other", NEW.game_id));
});

Deno.test("forget() drops one chunk, doubt() every one and all that follow; what stood before stays", async () => {
  using made = memory();
  const entry = made.journal.begin("/games", NEW, OLD);
  const chunks = [0, 1, 2].map((n) => chunk("a.bin", n));
  await entry.record(chunks);
  await entry.forget([{ path: ManifestPath.parse("a.bin"), offset: CHUNK_BYTES }], never);
  assertEquals(await entry.chunks(never), chunks.filter(({ offset }) => offset !== CHUNK_BYTES));
  entry.doubt();
  await entry.record(chunks);
  assertEquals(await entry.chunks(never), []);
  assertEquals(made.journal.begin("/games", NEW, null).previous, OLD);
});

Deno.test("a journal of many chunks is read and forgotten in turns, and nothing of it is lost", async () => {
  using made = memory();
  const count = 20_000;
  const files = Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 7}/f${n}`, 0]));
  const many = manifestOf("alienswarm", "2.0", files);
  const entry = made.journal.begin("/games", many, null);
  const all = Object.keys(files).map((path) => ({ ...chunk(path, 0), length: 0 }));
  await entry.record(all);
  const [read, turns] = await countTurns(() => entry.chunks(never));
  const byPath = (chunks: readonly JournalChunk[]) => chunks.map(({ path }) => path).sort();
  assertEquals(byPath(read), byPath(all));
  assertGreater(turns, 1);
  const [, turns_of_forgetting] = await countTurns(() => entry.forget(all.slice(1), never));
  assertEquals(await entry.chunks(never), all.slice(0, 1));
  assertGreater(turns_of_forgetting, 1);
});

Deno.test("nothing is recorded for a download that ended or was replaced meanwhile", async () => {
  using made = memory();
  const entry = made.journal.begin("/games", NEW, OLD);
  entry.end();
  await entry.record([chunk("a.bin", 0)]);
  const next = made.journal.begin("/games", NEW, null);
  assertEquals([await next.chunks(never), next.previous], [[], null]);
  made.journal.begin("/games", OLD, null);
  await next.record([chunk("a.bin", 0)]);
  assertEquals(await made.journal.begin("/games", OLD, null).chunks(never), []);
});

Deno.test("dropVanished() drops what was downloaded to a root that is gone, and nothing else", async () => {
  await using dir = await TempDir.make();
  using made = memory();
  const quake = manifestOf("quake", "1.0", {});
  await dir.mkdir("quake");
  for (const manifest of [NEW, quake]) made.journal.begin(dir.path, manifest, null);
  made.journal.begin(dir.join("unplugged"), NEW, null);
  await made.journal.dropVanished(dir.path);
  assertEquals(made.journal.ids(dir.path), [quake.game_id]);
  assertEquals(made.journal.ids(dir.join("unplugged")), [NEW.game_id]);
});

Deno.test("a row that does not fit the schema is as good as not there", async () => {
  using index = LibraryIndex.inMemory();
  const journal = new DownloadJournal(index.store);
  const entry = journal.begin("/games", NEW, OLD);
  await entry.record([chunk("a.bin", 0), chunk("a.bin", 1)]);
  index.store.db.exec("UPDATE finished_chunks SET path = '../x' WHERE byte_offset = 0");
  assertEquals(await entry.chunks(never), [chunk("a.bin", 1)]);
  index.store.db.exec("UPDATE downloads SET previous = '{', files = '[]'");
  assertEquals(journal.begin("/games", NEW, null).previous, null);
});

Deno.test("a journal whose file is closed says io", async () => {
  const index = LibraryIndex.inMemory();
  const entry = new DownloadJournal(index.store).begin("/games", NEW, null);
  index[Symbol.dispose]();
  const error = await assertRejects(() => entry.record([chunk("a.bin", 0)]), LanspreadError);
  assertEquals(error.code, "io");
});
