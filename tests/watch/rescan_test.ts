import fc from "fast-check";
import { GameId } from "../../src/proto/ids.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { scanLibrary, type ScanOptions } from "../../src/watch/scan.ts";
import { refreshRoot } from "../../src/watch/scan_root.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";

const ON_WINDOWS = Deno.build.os === "windows";
const WHY_NO_LINKS = ON_WINDOWS ? " (skipped: Windows needs a privilege for links)" : "";
const WHY_NO_BAD_NAMES = ON_WINDOWS ? " (skipped: Windows does not take such a name)" : "";

const signal = new AbortController().signal;
const id = (text: string) => GameId.parse(text);

async function makeLibrary(...names: string[]): Promise<TempDir> {
  const dir = await TempDir.make();
  for (const name of names) {
    await dir.write(`${name}/version.ini`, "1.0");
    await dir.write(`${name}/a.eti`, "12345");
    await dir.write(`${name}/data/b.bin`, "123");
  }
  return dir;
}

async function scan(dir: TempDir, index: LibraryIndex, options: Partial<ScanOptions> = {}) {
  return await scanLibrary(dir.path, { signal, index, ...options });
}

Deno.test("scanLibrary() walks nothing when nothing changed, and finds the same", async () => {
  await using dir = await makeLibrary("a", "b", "c");
  await dir.write("installed/local/x", "x");
  using index = LibraryIndex.inMemory();
  const cold = await scan(dir, index);
  const warm = await scan(dir, index);
  assertEquals(warm.games, cold.games);
  assertEquals([cold.walked, cold.reused, warm.walked, warm.reused], [4, 0, 0, 4]);
});

Deno.test("scanLibrary() walks a changed root and a new one alone", async () => {
  await using dir = await makeLibrary("a", "b", "c");
  using index = LibraryIndex.inMemory();
  await scan(dir, index);
  await dir.write("b/a.eti", "1234567");
  await dir.write("d/version.ini", "4");
  const { games, walked, reused } = await scan(dir, index);
  assertEquals([walked, reused], [2, 2]);
  assertEquals([games.get(id("b"))?.size, games.get(id("d"))?.version as string], [13, "4"]);
});

Deno.test("scanLibrary() drops a root that is gone, from the index too", async () => {
  await using dir = await makeLibrary("a", "b");
  using index = LibraryIndex.inMemory();
  await scan(dir, index);
  await Deno.remove(dir.join("a"), { recursive: true });
  await Deno.remove(dir.join("b/version.ini"));
  assertEquals((await scan(dir, index)).games.size, 0);
  assertEquals(index.ids(dir.path), []);
});

Deno.test("scanLibrary() walks a forced root although its fingerprint is known", async () => {
  await using dir = await makeLibrary("a", "b");
  using index = LibraryIndex.inMemory();
  await scan(dir, index);
  await dir.write("a/data/b.bin", "1234567");
  assertEquals((await scan(dir, index)).games.get(id("a"))?.size, 11);
  const forced = await scan(dir, index, { force: [id("a"), id("unknown")] });
  assertEquals([forced.walked, forced.games.get(id("a"))?.size], [1, 15]);
  assertEquals((await scan(dir, index)).games.get(id("a"))?.size, 15);
});

Deno.test({
  name: `scanLibrary() looks again at a game with a problem until it is mended${WHY_NO_BAD_NAMES}`,
  ignore: ON_WINDOWS,
  fn: async () => {
    await using dir = await makeLibrary("a");
    await dir.write("a/data/bad?", "x");
    using index = LibraryIndex.inMemory();
    assertEquals((await scan(dir, index)).games.get(id("a"))?.availability, "local_only");
    await Deno.remove(dir.join("a/data/bad?"));
    assertEquals((await scan(dir, index)).games.get(id("a"))?.availability, "ready");
  },
});

Deno.test("scanLibrary() forgets the old result of a game that gets a problem", async () => {
  await using dir = await makeLibrary("a");
  using index = LibraryIndex.inMemory();
  await scan(dir, index);
  await dir.write("a/version.ini", "no version");
  await scan(dir, index);
  assertEquals(index.ids(dir.path), []);
});

Deno.test("scanLibrary() keeps the previous result of a game with an active operation", async () => {
  await using dir = await makeLibrary("busy", "gone", "free");
  using index = LibraryIndex.inMemory();
  const before = (await scan(dir, index)).games;
  const keep = (game_id: GameId) => game_id === "free" ? undefined : before.get(game_id);
  await Deno.rename(dir.join("busy/version.ini"), dir.join("busy/.version.ini.discarded"));
  await Deno.remove(dir.join("gone"), { recursive: true });
  await dir.write("free/version.ini", "2.0");
  const during = await scan(dir, index, { keep });
  assertEquals(during.games.get(id("busy")), before.get(id("busy")));
  assertEquals(during.games.get(id("gone")), before.get(id("gone")));
  assertEquals<string | null | undefined>(during.games.get(id("free"))?.version, "2.0");
  assertEquals<string[]>([...(await scan(dir, index)).games.keys()], ["free"]);
});

Deno.test("refreshRoot() finds one game, and nothing where there is none", async () => {
  await using dir = await makeLibrary("a");
  await dir.write("a_file", "x");
  using index = LibraryIndex.inMemory();
  const { games } = await scan(dir, index);
  assertEquals(await refreshRoot(dir.path, id("a"), { signal, index }), games.get(id("a")));
  assertEquals(await refreshRoot(dir.path, id("missing"), { signal, index }), undefined);
  assertEquals(await refreshRoot(dir.path, id("a_file"), { signal, index }), undefined);
  await assertRejects(
    () => refreshRoot(dir.path, id("a"), { signal: AbortSignal.abort(new Error("enough")), index }),
    Error,
    "enough",
  );
});

Deno.test({
  name: `refreshRoot() does not follow a link to a root${WHY_NO_LINKS}`,
  ignore: ON_WINDOWS,
  fn: async () => {
    await using dir = await makeLibrary("a");
    await Deno.symlink(dir.join("a"), dir.join("linked"));
    using index = LibraryIndex.inMemory();
    assertEquals(await refreshRoot(dir.path, id("linked"), { signal, index }), undefined);
  },
});

Deno.test("refreshRoot() walks whatever the fingerprint says, and later scans use its result", async () => {
  await using dir = await makeLibrary("a");
  using index = LibraryIndex.inMemory();
  await scan(dir, index);
  await dir.write("a/data/b.bin", "1234567");
  assertEquals((await refreshRoot(dir.path, id("a"), { signal, index }))?.size, 15);
  const { games, walked } = await scan(dir, index);
  assertEquals([games.get(id("a"))?.size, walked], [15, 0]);
  await Deno.remove(dir.join("a"), { recursive: true });
  assertEquals(await refreshRoot(dir.path, id("a"), { signal, index }), undefined);
  assertEquals(index.ids(dir.path), []);
});

type Change = { game: string; what: string; size: number };
const CHANGES: Record<string, (dir: TempDir, change: Change) => Promise<unknown>> = {
  "version.ini": (dir, { game, size }) => dir.write(`${game}/version.ini`, `1.${size}`),
  "bad version.ini": (dir, { game }) => dir.write(`${game}/version.ini`, "no version"),
  "no version.ini": (dir, { game }) => Deno.remove(dir.join(game, "version.ini")),
  "archive": (dir, { game, size }) => dir.write(`${game}/a.eti`, "x".repeat(size)),
  "archive goes": (dir, { game }) => Deno.remove(dir.join(game, "a.eti")),
  "archive is renamed": (dir, { game }) => Deno.rename(dir.join(game, "a.eti"), dir.join(game, "b.eti")),
  "install": (dir, { game, size }) => dir.write(`${game}/local/save`, "x".repeat(size)),
  "uninstall": (dir, { game }) => Deno.remove(dir.join(game, "local"), { recursive: true }),
  "local is a file": (dir, { game }) => dir.write(`${game}/local`, "a file"),
  "root goes": (dir, { game }) => Deno.remove(dir.join(game), { recursive: true }),
};

Deno.test("scanLibrary() finds warm what it finds cold after any changes at the root level", async () => {
  const change = fc.record({
    game: fc.constantFrom("a", "b", "c"),
    what: fc.constantFrom(...Object.keys(CHANGES)),
    size: fc.nat(9),
  });
  const batches = fc.array(fc.array(change, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
  await holds(
    fc.asyncProperty(batches, async (batches) => {
      await using dir = await makeLibrary("a", "b");
      using index = LibraryIndex.inMemory();
      for (const changes of [[], ...batches]) {
        for (const step of changes) await apply(dir, step);
        const warm = await scan(dir, index);
        using fresh = LibraryIndex.inMemory();
        assertEquals(warm.games, (await scan(dir, fresh)).games);
      }
    }),
    { runs: 40 },
  );
});

// A change that the state of the disk does not allow is left out.
async function apply(dir: TempDir, change: Change): Promise<void> {
  try {
    await CHANGES[change.what]?.(dir, change);
  } catch (error) {
    assert(error instanceof Error && !(error instanceof TypeError));
  }
}
