import { glanceAt } from "../../src/watch/fingerprint.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const NO_LINKS = Deno.build.os === "windows";
const WHY_SKIPPED = NO_LINKS ? " (skipped: Windows needs a privilege for links)" : "";

const LONG_AGO = new Date("2020-01-02T03:04:05Z");

async function makeRoot(): Promise<TempDir> {
  const dir = await TempDir.make();
  await dir.write("version.ini", "1.0");
  await dir.write("a.eti", "archive");
  await dir.write("b.eti", "second");
  await dir.write("readme.txt", "read me");
  for (const name of ["version.ini", "a.eti", "b.eti"]) await Deno.utime(dir.join(name), LONG_AGO, LONG_AGO);
  return dir;
}

const CHANGES: [name: string, change: (dir: TempDir) => Promise<unknown>][] = [
  ["an archive is added", (dir) => dir.write("c.eti", "")],
  ["an archive with an upper-case name is added", (dir) => dir.write("C.ETI", "")],
  ["an archive is removed", (dir) => Deno.remove(dir.join("a.eti"))],
  ["an archive is renamed", (dir) => Deno.rename(dir.join("a.eti"), dir.join("aa.eti"))],
  ["an archive grows and keeps its time", async (dir) => {
    await dir.write("a.eti", "archive!");
    await Deno.utime(dir.join("a.eti"), LONG_AGO, LONG_AGO);
  }],
  ["an archive gets another time", (dir) => Deno.utime(dir.join("a.eti"), LONG_AGO, new Date())],
  ["two archives trade places", async (dir) => {
    await Deno.rename(dir.join("a.eti"), dir.join("x"));
    await Deno.rename(dir.join("b.eti"), dir.join("a.eti"));
    await Deno.rename(dir.join("x"), dir.join("b.eti"));
  }],
  ["version.ini is rewritten in the same length within one tick", async (dir) => {
    await dir.write("version.ini", "1.1");
    await Deno.utime(dir.join("version.ini"), LONG_AGO, LONG_AGO);
  }],
  ["version.ini gets another time", (dir) => Deno.utime(dir.join("version.ini"), LONG_AGO, new Date())],
  ["version.ini is removed", (dir) => Deno.remove(dir.join("version.ini"))],
  ["local/ appears", (dir) => dir.mkdir("local")],
];

for (const [name, change] of CHANGES) {
  Deno.test(`glanceAt() gives another fingerprint when ${name}`, async () => {
    await using dir = await makeRoot();
    const before = await glanceAt(dir.path);
    await change(dir);
    assertNotEquals((await glanceAt(dir.path)).fingerprint, before.fingerprint);
  });
}

Deno.test("glanceAt() gives the same fingerprint while nothing at the root level changes", async () => {
  await using dir = await makeRoot();
  await dir.mkdir("local");
  await dir.mkdir("maps");
  const before = await glanceAt(dir.path);
  await dir.write("local/save.dat", "what the user owns");
  await dir.write("maps/version.ini", "nested");
  await dir.write("readme.txt", "no archive");
  assertEquals(await glanceAt(dir.path), before);
});

Deno.test("glanceAt() sees a file called local as no install", async () => {
  await using dir = await makeRoot();
  const before = await glanceAt(dir.path);
  await dir.write("local", "a file");
  assertEquals(await glanceAt(dir.path), before);
  assertEquals(before.installed, false);
});

Deno.test("glanceAt() sees a folder called version.ini as no sentinel", async () => {
  await using dir = await TempDir.make();
  await dir.mkdir("version.ini");
  assertEquals((await glanceAt(dir.path)).sentinel, null);
});

Deno.test("glanceAt() does not read a version.ini that is too large", async () => {
  await using dir = await TempDir.make();
  await dir.write("version.ini", new Uint8Array(65_537));
  assertEquals((await glanceAt(dir.path)).sentinel, { size: 65_537, content: null });
});

Deno.test("glanceAt() follows the disk on whether case counts", async () => {
  await using dir = await TempDir.make();
  await dir.write("Version.INI", "1.0");
  await dir.mkdir("LOCAL");
  const ignores_case = await Deno.lstat(dir.join("version.ini")).then(() => true, () => false);
  const { sentinel, installed } = await glanceAt(dir.path);
  assertEquals({ downloaded: sentinel !== null, installed }, {
    downloaded: ignores_case,
    installed: ignores_case,
  });
});

Deno.test("glanceAt() throws where there is no folder", async () => {
  await using dir = await TempDir.make();
  await assertRejects(() => glanceAt(dir.join("missing")), Deno.errors.NotFound);
});

Deno.test({
  name: `glanceAt() sees links as neither sentinel nor install nor archive${WHY_SKIPPED}`,
  ignore: NO_LINKS,
  fn: async () => {
    await using dir = await TempDir.make();
    await dir.write("elsewhere/version.ini", "1.0");
    const root = await dir.mkdir("game");
    const before = await glanceAt(root);
    await Deno.symlink(dir.join("elsewhere/version.ini"), dir.join("game/version.ini"));
    await Deno.symlink(dir.join("elsewhere/version.ini"), dir.join("game/a.eti"));
    await Deno.symlink(dir.join("elsewhere"), dir.join("game/local"));
    assertEquals(await glanceAt(root), before);
    assert(before.sentinel === null && !before.installed);
  },
});
