import { DatabaseSync } from "node:sqlite";
import { LanspreadError } from "../../src/base/errors.ts";
import { Catalog, CatalogFile } from "../../src/catalog/catalog.ts";
import { InstalledVersions } from "../../src/install/installed_versions.ts";
import { LocalLibrary, type LocalLibraryOptions } from "../../src/peer/local_library.ts";
import { GameId } from "../../src/proto/ids.ts";
import { libraryDigest } from "../../src/proto/library.ts";
import type { LibraryDelta } from "../../src/proto/message.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { refreshRoot } from "../../src/watch/scan_root.ts";
import { assert, assertEquals, assertGreater, assertRejects } from "../support/assert.ts";
import { never } from "../support/memory_peers.ts";
import { TempDir } from "../support/temp_dir.ts";

const game_id = GameId.parse("game");

interface Setup {
  library: LocalLibrary;
  changes: LibraryDelta[];
  busy: Set<string>;
}

function open(dir: TempDir, index: LibraryIndex, options: Partial<LocalLibraryOptions> = {}): Setup {
  const changes: LibraryDelta[] = [];
  const busy = new Set<string>();
  const library = new LocalLibrary({
    game_dir: dir.join("games"),
    catalog: undefined,
    index,
    installed: new InstalledVersions(dir.join("state")),
    isBusy: (id) => busy.has(id),
    onChange: (change) => void changes.push(change),
    ...options,
  });
  return { library, changes, busy };
}

async function writeGame(dir: TempDir, id: string, version = "1.0"): Promise<void> {
  await dir.write(`games/${id}/${id}.eti`, `archive of ${id}`);
  await dir.write(`games/${id}/version.ini`, version);
}

Deno.test("the first scan announces without a change, and later only real changes are told", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  await writeGame(dir, "game");
  const { library, changes } = open(dir, index);
  assertEquals([library.announced.rev, library.announced.digest], [0, libraryDigest([])]);
  await library.refresh(never);
  const { rev } = library.announced;
  assertGreater(rev, 0);
  assertEquals(library.announced.games.map(({ id }) => id), [game_id]);
  assertEquals(library.announced.digest, libraryDigest(library.announced.games));
  await dir.write("games/file.txt", "no game");
  await library.refresh(never);
  await library.refresh(never, [game_id]);
  assertEquals([changes.length, library.announced.rev], [0, rev]);
  await writeGame(dir, "other");
  await library.refresh(never);
  assertEquals(changes.map(({ from_rev, to_rev }) => [from_rev, to_rev]), [[rev, rev + 1]]);
  assertEquals(changes[0]?.added.map(({ id }) => id as string), ["other"]);
});

Deno.test("an empty folder has a revision, too", async () => {
  await using dir = await TempDir.make();
  await dir.mkdir("games");
  using index = LibraryIndex.inMemory();
  const { library, changes } = open(dir, index);
  await library.refresh(never);
  assertGreater(library.announced.rev, 0);
  assertEquals(changes, []);
});

Deno.test("the revision survives a restart, grows over a change in between and never falls", async () => {
  await using dir = await TempDir.make();
  await writeGame(dir, "game");
  const revs: number[] = [];
  const run = async () => {
    using index = LibraryIndex.open(dir.join("state/library.db"));
    const { library } = open(dir, index);
    await library.refresh(never);
    revs.push(library.announced.rev);
  };
  await run();
  await run();
  await dir.write("games/game/version.ini", "1.1");
  await run();
  await dir.write("games/game/version.ini", "1.0");
  await run();
  const [first = 0, same, changed = 0, back = 0] = revs;
  assertEquals(same, first);
  assert(changed > first && back > changed, String(revs));
});

Deno.test("since() gives a delta where the chain reaches back, and everything where it does not", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  await writeGame(dir, "game");
  const { library } = open(dir, index);
  await library.refresh(never);
  const { rev } = library.announced;
  await writeGame(dir, "other");
  await library.refresh(never);
  assertEquals(library.announced.since(rev), {
    type: "library_delta",
    from_rev: rev,
    to_rev: rev + 1,
    added: library.announced.games.filter(({ id }) => id !== game_id),
    updated: [],
    removed: [],
  });
  const snapshot = {
    type: "library_snapshot" as const,
    library_rev: rev + 1,
    games: [...library.announced.games],
  };
  for (const unknown of [undefined, 0, rev - 1, rev + 9]) {
    assertEquals(library.announced.since(unknown), snapshot);
  }
});

Deno.test("a game with a running operation keeps its summary until a forced look", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  await writeGame(dir, "game");
  const { library, changes, busy } = open(dir, index);
  await library.refresh(never);
  busy.add("game");
  await Deno.remove(dir.join("games/game/version.ini"));
  await library.refresh(never);
  assertEquals([library.get(game_id)?.downloaded, changes.length], [true, 0]);
  await library.refresh(never, [game_id]);
  assertEquals([library.get(game_id), changes.length], [undefined, 1]);
  assertEquals(changes[0]?.removed, [game_id]);
});

Deno.test("with a catalog only its games are announced, under its names; the others are known here", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  for (const id of ["game", "other"]) await writeGame(dir, id);
  const file = CatalogFile.parse({ games: [{ id: "game", name: "The Game", version: "1.0" }] });
  const { library, changes } = open(dir, index, { catalog: new Catalog(file) });
  await library.refresh(never);
  assertEquals(library.announced.games.map(({ id, name }) => [id as string, name]), [["game", "The Game"]]);
  const other = GameId.parse("other");
  assertEquals([library.get(other)?.downloaded, library.nameOf(other)], [true, "other"]);
  await dir.write("games/other/version.ini", "2.0");
  await library.refresh(never);
  assertEquals(changes, []);
});

Deno.test("refreshes run one after another, and one that fails does not stop the next", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  const { library, changes } = open(dir, index);
  const first = library.refresh(never);
  const second = (async () => {
    await first.catch(() => {});
    await writeGame(dir, "game");
    return await Promise.all([library.refresh(never), library.refresh(never)]);
  })();
  assertEquals((await assertRejects(() => first, LanspreadError)).code, "io");
  await second;
  assertEquals([library.announced.games.length, changes.length], [1, 0]);
});

Deno.test("a change whose revision could not be stored is announced by the next scan", async () => {
  await using dir = await TempDir.make();
  await writeGame(dir, "game");
  const path = dir.join("state/library.db");
  using index = LibraryIndex.open(path, { busy_timeout_ms: 1 });
  const { library, changes } = open(dir, index);
  await library.refresh(never);
  const { rev } = library.announced;
  await writeGame(dir, "other");
  const other = GameId.parse("other");
  await refreshRoot(dir.join("games"), other, { signal: never, index });
  {
    using locking = new DatabaseSync(path);
    locking.exec("BEGIN IMMEDIATE");
    assertEquals((await assertRejects(() => library.refresh(never), LanspreadError)).code, "io");
    locking.exec("ROLLBACK");
  }
  await library.refresh(never);
  assertEquals(changes.map(({ from_rev, to_rev }) => [from_rev, to_rev]), [[rev, rev + 1]]);
  assertEquals(library.announced.games.map(({ id }) => id), [game_id, other]);
});
