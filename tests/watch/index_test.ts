import { DatabaseSync } from "node:sqlite";
import { LanspreadError } from "../../src/base/errors.ts";
import { GameId, GameVersion, Sha256 } from "../../src/proto/ids.ts";
import { makeManifest, SENTINEL } from "../../src/proto/manifest.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { IDLE_TIMEOUT_MS } from "../../src/peer/transport/port.ts";
import { BUSY_TIMEOUT_MS, LibraryIndex } from "../../src/watch/index.ts";
import type { LocalGame } from "../../src/watch/local_game.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const A = Sha256.parse("a".repeat(64));
const B = Sha256.parse("b".repeat(64));

function readyGame(name: string): LocalGame {
  const id = GameId.parse(name);
  const version = GameVersion.parse("1.0");
  const files = [{ path: SENTINEL, size: 3 }, { path: ManifestPath.parse("data/ä.bin"), size: 7 }];
  const manifest = makeManifest(id, version, files);
  return {
    id,
    version,
    size: 10,
    downloaded: true,
    installed: false,
    manifest,
    availability: "ready",
    problem: null,
  };
}

function installedGame(name: string): LocalGame {
  return {
    ...readyGame(name),
    version: null,
    size: 0,
    downloaded: false,
    installed: true,
    manifest: null,
    availability: "local_only",
  };
}

Deno.test("LibraryIndex gives back what was stored, after it was opened again", async () => {
  await using dir = await TempDir.make();
  const games = [readyGame("alienswarm"), installedGame("quake")];
  {
    using index = LibraryIndex.open(dir.join("state/library.db"));
    index.update("/games", games.map((game) => ({ fingerprint: "f1", game })));
    assertEquals(index.notice, null);
  }
  using index = LibraryIndex.open(dir.join("state/library.db"));
  for (const game of games) assertEquals(index.lookup("/games", game.id, "f1"), game);
  assertEquals<string[]>(index.ids("/games").sort(), ["alienswarm", "quake"]);
});

Deno.test("LibraryIndex knows nothing under another fingerprint, folder or id", () => {
  using index = LibraryIndex.inMemory();
  const game = readyGame("alienswarm");
  index.update("/games", [{ fingerprint: "f1", game }]);
  assertEquals(index.lookup("/games", game.id, "f2"), undefined);
  assertEquals(index.lookup("/other", game.id, "f1"), undefined);
  assertEquals(index.lookup("/games", GameId.parse("quake"), "f1"), undefined);
  assertEquals(index.ids("/other"), []);
});

Deno.test("LibraryIndex keeps one result for a root, and forgets it when told to", () => {
  using index = LibraryIndex.inMemory();
  const game = readyGame("alienswarm");
  index.update("/games", [{ fingerprint: "f1", game }]);
  index.update("/games", [{ fingerprint: "f2", game: { ...game, installed: true } }]);
  assertEquals(index.lookup("/games", game.id, "f1"), undefined);
  assertEquals(index.lookup("/games", game.id, "f2")?.installed, true);
  index.update("/games", [], [game.id]);
  assertEquals(index.lookup("/games", game.id, "f2"), undefined);
});

Deno.test("LibraryIndex takes a row that does not fit the schema for unknown", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.open(dir.join("library.db"));
  const game = readyGame("alienswarm");
  index.update("/games", [{ fingerprint: "f1", game }]);
  using db = new DatabaseSync(dir.join("library.db"));
  const spoil = (to: string) => {
    db.prepare("UPDATE roots SET game = ?").run(to);
    return index.lookup("/games", game.id, "f1");
  };
  const good = String(db.prepare("SELECT game FROM roots").get()?.game);
  assertEquals(spoil("no JSON"), undefined);
  assertEquals(spoil("{}"), undefined);
  assertEquals(spoil(good.replace("data/", "../")), undefined);
  assertEquals(spoil(good.replace('"size":10', '"size":-1')), undefined);
  assertEquals(spoil(good), game);
});

Deno.test("revision() grows with every new digest and stays with the same, over restarts too", async () => {
  await using dir = await TempDir.make();
  const revisions: number[] = [];
  for (const digests of [[A, A], [A, B], [B, A, A]]) {
    using index = LibraryIndex.open(dir.join("library.db"));
    for (const digest of digests) revisions.push(index.revision(digest));
  }
  assertEquals(revisions, [1, 1, 1, 2, 2, 3, 3]);
});

Deno.test("LibraryIndex says clearly that another program locks the file", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("library.db");
  using index = LibraryIndex.open(path, { busy_timeout_ms: 20 });
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const error = assertThrows(() => index.revision(A), LanspreadError, "it is locked; stop the other program");
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, path);
  other.exec("ROLLBACK");
  assertEquals(index.revision(A), 1);
});

Deno.test("a locked file is not waited for as long as others wait for a sign of life", () => {
  assertLess(2 * BUSY_TIMEOUT_MS, IDLE_TIMEOUT_MS);
});

Deno.test("LibraryIndex does not take a locked file for a damaged one", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("library.db");
  using other = new DatabaseSync(path);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t (x)");
  const error = assertThrows(
    () => LibraryIndex.open(path, { busy_timeout_ms: 20 }),
    LanspreadError,
    "it is locked",
  );
  assertEquals(error.code, "io");
  const names = Array.from(Deno.readDirSync(dir.path), (entry) => entry.name);
  assert(!names.some((name) => name.includes("damaged")), names.join());
});

Deno.test("LibraryIndex names a file that can't be opened", async () => {
  await using dir = await TempDir.make();
  const path = await dir.mkdir("library.db");
  const error = assertThrows(() => LibraryIndex.open(path), LanspreadError, path);
  assertEquals(error.code, "io");
});

Deno.test("LibraryIndex closes once, and its use afterwards is an io error", async () => {
  await using dir = await TempDir.make();
  const index = LibraryIndex.open(dir.join("library.db"));
  index[Symbol.dispose]();
  index[Symbol.dispose]();
  const error = await assertRejects(() => Promise.try(() => index.revision(A)), LanspreadError, "not open");
  assertEquals(error.code, "io");
});

Deno.test("raiseRevision() lets the next revision be above it, also of the same library, and never lowers one", () => {
  using index = LibraryIndex.inMemory();
  assertEquals(index.revision(A), 1);
  index.raiseRevision(40);
  index.raiseRevision(40);
  assertEquals([index.revision(A), index.revision(A), index.revision(B)], [41, 41, 42]);
  index.raiseRevision(42);
  index.raiseRevision(7);
  assertEquals([index.revision(B), index.revision(A)], [42, 43]);
});
