import { LanspreadError } from "../../../src/base/errors.ts";
import { GameFiles } from "../../../src/peer/download/game_files.ts";
import { GameId } from "../../../src/proto/ids.ts";
import { type ManifestFile, SENTINEL } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

const game_id = GameId.parse("game");

function gameFiles(dir: TempDir, sizes: Record<string, number>): GameFiles {
  const files: ManifestFile[] = Object.entries(sizes).map(([path, size]) => ({
    path: ManifestPath.parse(path),
    size,
  }));
  return new GameFiles(dir.path, game_id, [{ path: SENTINEL, size: 3 }, ...files]);
}

async function tree(path: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${path}/${below}`)) {
    if (isDirectory) found.push(...await tree(path, `${below}${name}/`));
    else found.push(below + name);
  }
  return found.sort();
}

async function codeAndMessage(action: Promise<unknown>): Promise<[string, string]> {
  const { code, message } = await assertRejects(() => action, LanspreadError);
  return [code, message];
}

Deno.test("check() touches nothing", async () => {
  await using dir = await TempDir.make();
  await gameFiles(dir, { "maps/a.bsp": 10 }).check(never);
  assertEquals(await tree(dir.path), []);
  await assertRejects(() => Deno.lstat(dir.join("game")), Deno.errors.NotFound);
});

Deno.test("of thousands of files every one is looked at and made", async () => {
  await using dir = await TempDir.make();
  const sizes = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`d${n % 5}/f${n}`, n % 7]));
  const files = gameFiles(dir, sizes);
  await files.check(never);
  await files.create(never);
  assertEquals((await tree(dir.join("game"))).length, 3_000);
});

const IN_THE_WAY: Record<string, (dir: TempDir) => Promise<unknown>> = {
  "a link instead of the game root": async (dir) => {
    await dir.mkdir("elsewhere");
    await Deno.symlink(dir.join("elsewhere"), dir.join("game"));
  },
  "a file instead of the game root": (dir) => dir.write("game", "x"),
  "a linked folder": async (dir) => {
    await dir.mkdir("elsewhere");
    await dir.mkdir("game/maps");
    await Deno.symlink(dir.join("elsewhere"), dir.join("game/maps/deep"));
  },
  "a link that leads nowhere": async (dir) => {
    await dir.mkdir("game/maps/deep");
    await Deno.symlink(dir.join("nowhere"), dir.join("game/maps/deep/a.bsp"));
  },
  "a linked file": async (dir) => {
    await dir.write("elsewhere", "mine");
    await dir.mkdir("game/maps/deep");
    await Deno.symlink(dir.join("elsewhere"), dir.join("game/maps/deep/a.bsp"));
  },
  "a file instead of a folder": (dir) => dir.write("game/maps", "x"),
  "a folder instead of a file": (dir) => dir.mkdir("game/maps/deep/a.bsp"),
  "a folder instead of the sentinel": (dir) => dir.mkdir("game/version.ini"),
};
for (const [what, prepare] of Object.entries(IN_THE_WAY)) {
  Deno.test({
    name: `check() refuses ${what} and says where it is`,
    ignore: Deno.build.os === "windows" && what.includes("link"),
    async fn() {
      await using dir = await TempDir.make();
      await prepare(dir);
      const before = await tree(dir.path);
      const [code, message] = await codeAndMessage(
        gameFiles(dir, { "maps/deep/a.bsp": 10 }).check(never),
      );
      assertEquals(code, "io");
      assertStringIncludes(message, "Cannot download game");
      assertStringIncludes(message, dir.join("game"));
      assertEquals(await tree(dir.path), before);
    },
  });
}

/** What a download leaves to others. */
const RESERVE_BYTES = 64 * 1024 * 1024;

Deno.test("check() says how many bytes are needed and how many are free", async () => {
  await using dir = await TempDir.make();
  const needed_bytes = 2 ** 52;
  const [code, message] = await codeAndMessage(gameFiles(dir, { "a.eti": needed_bytes }).check(never));
  assertEquals(code, "disk_full");
  assertStringIncludes(message, String(needed_bytes + 3 + RESERVE_BYTES));
  assertStringIncludes(message, dir.path);
  const free_bytes = Number(/has (\d+) free/.exec(message)?.[1]);
  assert(free_bytes > 0 && free_bytes < needed_bytes, message);
});

Deno.test("check() counts what lies there already, and of a sparse file only what it uses", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/there.eti", new Uint8Array(1_000_000));
  const sparse = await dir.write("game/sparse.eti", "");
  await Deno.truncate(sparse, 2 ** 40);
  const huge = { "huge.eti": 2 ** 52 };
  const needed = async (sizes: Record<string, number>) => {
    const [, message] = await codeAndMessage(gameFiles(dir, { ...sizes, ...huge }).check(never));
    return Number(/needs (\d+) bytes/.exec(message)?.[1]) - 2 ** 52 - 3 - RESERVE_BYTES;
  };
  assertEquals(await needed({ "there.eti": 1_000_000 }), 0);
  assertEquals(await needed({ "there.eti": 10 }), 0);
  if (Deno.build.os !== "windows") assertEquals(await needed({ "sparse.eti": 2 ** 40 }), 2 ** 40);
});

Deno.test("create() makes every file at its size, and no sentinel", async () => {
  await using dir = await TempDir.make();
  const files = gameFiles(dir, { "a.eti": 1_000, "maps/deep/a.bsp": 0, "maps/b.bsp": 7 });
  await files.create(never);
  assertEquals(await tree(dir.path), ["game/a.eti", "game/maps/b.bsp", "game/maps/deep/a.bsp"]);
  assertEquals((await Deno.stat(dir.join("game/a.eti"))).size, 1_000);
  assertEquals((await Deno.stat(dir.join("game/maps/deep/a.bsp"))).size, 0);
  await files.syncNames(never);
});

Deno.test("create() cuts a larger file and keeps what lies in a smaller one", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/large.eti", "0123456789");
  await dir.write("game/small.eti", "01");
  await gameFiles(dir, { "large.eti": 4, "small.eti": 4 }).create(never);
  assertEquals(await Deno.readTextFile(dir.join("game/large.eti")), "0123");
  assertEquals(await Deno.readTextFile(dir.join("game/small.eti")), "01\0\0");
});

Deno.test("create() and check() stop when they are cancelled", async () => {
  await using dir = await TempDir.make();
  const signal = AbortSignal.abort(new LanspreadError("cancelled", "enough"));
  for (const action of ["check", "create"] as const) {
    const [code] = await codeAndMessage(gameFiles(dir, { "a.eti": 1 })[action](signal));
    assertEquals(code, "cancelled");
  }
  assertEquals(await tree(dir.path), []);
});

Deno.test("remove() takes the files and the folders that this empties; what is foreign stays", async () => {
  await using dir = await TempDir.make();
  const files = gameFiles(dir, { "maps/deep/a.bsp": 1, "maps/b.bsp": 1, "a.eti": 1 });
  await files.create(never);
  await dir.write("game/.version.ini.tmp", "x");
  await dir.write("game/local/save", "mine");
  await dir.write("game/maps/mine.txt", "mine");
  await files.remove();
  assertEquals(await tree(dir.path), ["game/local/save", "game/maps/mine.txt"]);
  await assertRejects(() => Deno.lstat(dir.join("game/maps/deep")), Deno.errors.NotFound);
});

Deno.test("remove() takes the game root where nothing is left in it", async () => {
  await using dir = await TempDir.make();
  const files = gameFiles(dir, { "maps/a.bsp": 1 });
  await files.create(never);
  await files.remove();
  await assertRejects(() => Deno.lstat(dir.join("game")), Deno.errors.NotFound);
});

Deno.test("remove() is at peace with files and folders that were never made", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/b", "a file where the list has a folder");
  await gameFiles(dir, { "maps/deep/a.bsp": 1, "b/c": 1 }).remove();
  assertEquals(await tree(dir.path), ["game/b"]);
  await Deno.remove(dir.join("game"), { recursive: true });
  await gameFiles(dir, { "maps/a.bsp": 1 }).remove();
});

Deno.test({
  name: "remove() does not reach through a linked folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await dir.write("elsewhere/a.bsp", "mine");
    await dir.mkdir("game");
    await Deno.symlink(dir.join("elsewhere"), dir.join("game/maps"));
    await gameFiles(dir, { "maps/a.bsp": 4 }).remove();
    assertEquals(await Deno.readTextFile(dir.join("elsewhere/a.bsp")), "mine");
    assert((await Deno.lstat(dir.join("game/maps"))).isSymlink);
  },
});

Deno.test("holds() looks at each file of a large list once, however often it is asked", async () => {
  await using dir = await TempDir.make();
  let looks = 0;
  const files = Array.from({ length: 100 }, (_, n) => ({
    get path() {
      looks++;
      return ManifestPath.parse(`${n}.pak`);
    },
    size: 1,
  }));
  const game = new GameFiles(dir.path, game_id, files);
  for (let n = 0; n < 100; n++) {
    await dir.write(`game/old${n}.pak`, "x");
    assert(!await game.holds(`old${n}.pak`));
  }
  assert(looks <= 200, String(looks));
});

Deno.test("create() and syncNames() end at once when they are cancelled, however many folders there are", async () => {
  await using dir = await TempDir.make();
  const game = gameFiles(dir, { "a/b/c.pak": 1, "d/e.pak": 1 });
  const cancelled = AbortSignal.abort(new LanspreadError("cancelled", "enough"));
  assertEquals(await codeAndMessage(game.create(cancelled)), ["cancelled", "enough"]);
  await assertRejects(() => Deno.lstat(dir.join("game")), Deno.errors.NotFound);
  await game.create(never);
  assertEquals(await codeAndMessage(game.syncNames(cancelled)), ["cancelled", "enough"]);
});
