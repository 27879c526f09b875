import { commitSentinel, parkSentinel, sweepSentinelScratch } from "../../../src/peer/download/sentinel.ts";
import { sweepLeftovers } from "../../../src/peer/download/leftovers.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { TempDir } from "../../support/temp_dir.ts";

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name).sort();
}

Deno.test("parkSentinel() moves the sentinel aside, and a root without one is fine too", async () => {
  await using dir = await TempDir.make();
  await dir.write("version.ini", "1.0");
  for (const _ of [1, 2]) {
    await parkSentinel(dir.path);
    assertEquals(await names(dir.path), [".version.ini.discarded"]);
  }
  assertEquals(await Deno.readTextFile(dir.join(".version.ini.discarded")), "1.0");
});

Deno.test("commitSentinel() leaves the new sentinel and no scratch", async () => {
  await using dir = await TempDir.make();
  await dir.write("version.ini", "1.0");
  await dir.write("local/save", "mine");
  await parkSentinel(dir.path);
  await dir.write(".version.ini.tmp", "torn");
  await commitSentinel(dir.path, new TextEncoder().encode("2.0\r\n"));
  assertEquals(await names(dir.path), ["local", "version.ini"]);
  assertEquals(await Deno.readTextFile(dir.join("version.ini")), "2.0\r\n");
});

Deno.test("sweepSentinelScratch() does not bring the old sentinel back and touches nothing else", async () => {
  await using dir = await TempDir.make();
  await dir.write(".version.ini.discarded", "1.0");
  await dir.write(".version.ini.tmp", "2.0");
  await dir.write("a.eti", "a");
  for (const _ of [1, 2]) await sweepSentinelScratch(dir.path);
  assertEquals(await names(dir.path), ["a.eti"]);
  await sweepSentinelScratch(dir.join("missing"));
  await sweepSentinelScratch(dir.join("a.eti"));
});

Deno.test("parkSentinel() fails loudly where the game root is not there", async () => {
  await using dir = await TempDir.make();
  await assertRejects(() => parkSentinel(dir.join("missing")), Deno.errors.NotFound);
});

Deno.test("sweepLeftovers() tidies every root, and one that resists does not keep it from the others", async () => {
  await using dir = await TempDir.make();
  await dir.write("a/.version.ini.tmp", "x");
  await dir.write("b/.version.ini.discarded/full", "x");
  await dir.write("c/.version.ini.discarded", "x");
  await dir.write("c/version.ini", "1.0");
  await dir.write("file.txt", "x");
  await sweepLeftovers(dir.path);
  assertEquals(await names(dir.join("a")), []);
  assertEquals(await names(dir.join("b")), [".version.ini.discarded"]);
  assertEquals(await names(dir.join("c")), ["version.ini"]);
});
