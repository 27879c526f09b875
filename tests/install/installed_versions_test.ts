import { InstalledVersions } from "../../src/install/installed_versions.ts";
import { GameVersion, parseGameId } from "../../src/proto/ids.ts";
import { assertEquals } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const FILE = "state/games/game/installed.json";
const v = (text: string) => GameVersion.parse(text);

async function setUp() {
  const dir = await TempDir.make();
  const root = await dir.mkdir("games/game");
  return { dir, root, versions: new InstalledVersions(dir.join("state")) };
}

Deno.test("a version is read as it was noted, by another process too, and is gone when it is forgotten", async () => {
  const { dir, root, versions } = await setUp();
  await using _ = dir;
  assertEquals(await versions.read(GAME, root), undefined);
  await versions.note(GAME, root, undefined);
  assertEquals(await filesBelow(dir.path), []);
  await versions.note(GAME, root, v("1.0"));
  await versions.note(GAME, root, v("1.1"));
  assertEquals(await new InstalledVersions(dir.join("state")).read(GAME, root), v("1.1"));
  await versions.note(GAME, root, undefined);
  assertEquals(await versions.read(GAME, root), undefined);
  assertEquals(await filesBelow(dir.join("state")), []);
});

Deno.test("a version speaks of its own game directory only, and is not lost by another one", async () => {
  const { dir, root, versions } = await setUp();
  await using _ = dir;
  const other = await dir.mkdir("other/game");
  await versions.note(GAME, root, v("1.0"));
  assertEquals(await versions.read(GAME, other), undefined);
  await versions.note(GAME, other, v("2.0"));
  await versions.note(parseGameId("second"), dir.join("other/second"), v("3.0"));
  assertEquals([...await versions.readAll(dir.join("games"))], [[GAME, v("1.0")]]);
  assertEquals(new Map(await versions.readAll(dir.join("other"))).size, 2);
  await versions.note(GAME, other, undefined);
  assertEquals(await versions.read(GAME, root), v("1.0"));
});

for (
  const [what, text] of Object.entries({
    "an empty file": "",
    "half a file": '{"installs":[{"game_r',
    "another shape": "[1]",
    "a version that is none": JSON.stringify({ installs: [{ game_root: "/x", version: "../.." }] }),
  })
) {
  Deno.test(`${what} knows no version, and is replaced by the next one`, async () => {
    const { dir, root, versions } = await setUp();
    await using _ = dir;
    await dir.write(FILE, text);
    assertEquals(await versions.read(GAME, root), undefined);
    assertEquals((await versions.readAll(dir.join("games"))).size, 0);
    await versions.note(GAME, root, v("1.0"));
    assertEquals(await versions.read(GAME, root), v("1.0"));
  });
}

Deno.test("the versions of many game directories are kept up to a bound, the newest always", async () => {
  const { dir, versions } = await setUp();
  await using _ = dir;
  const roots = Array.from({ length: 20 }, (_, n) => dir.join(`games${n}/game`));
  for (const root of roots) await versions.note(GAME, root, v("1.0"));
  const known = await Promise.all(roots.map((root) => versions.read(GAME, root)));
  assertEquals([known.filter(Boolean).length, known.at(-1)], [16, v("1.0")]);
});
