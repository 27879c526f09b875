import { GameId } from "../../src/proto/ids.ts";
import { examineRoot } from "../../src/watch/examine.ts";
import type { Sentinel } from "../../src/watch/fingerprint.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = GameId.parse("game");
const signal = new AbortController().signal;

async function examine(dir: TempDir, sentinel: Sentinel | null, installed = false) {
  return await examineRoot(dir.path, GAME, { sentinel, installed, fingerprint: "f" }, signal);
}

Deno.test("examineRoot() says that version.ini can't be read, and wants to look again", async () => {
  await using dir = await TempDir.make();
  await dir.write("version.ini", "1.0");
  const found = await examine(dir, { size: 3, content: null });
  assertStringIncludes(found?.game.problem ?? "", "version.ini can't be read");
  assertEquals<unknown>([found?.game.availability, found?.game.downloaded], ["local_only", true]);
  assertEquals(found?.lasting, false);
});

Deno.test("examineRoot() wants to look again where version.ini vanished meanwhile", async () => {
  await using dir = await TempDir.make();
  await dir.write("a.eti", "x");
  const found = await examine(dir, { size: 3, content: new TextEncoder().encode("1.0") });
  assertStringIncludes(found?.game.problem ?? "", "version.ini is missing");
  assertEquals(found?.lasting, false);
});

Deno.test("examineRoot() gives a result that lasts for a sound game and for an install alone", async () => {
  await using dir = await TempDir.make();
  await dir.write("version.ini", "1.0");
  const sound = await examine(dir, { size: 3, content: new TextEncoder().encode("1.0") }, true);
  assert(sound?.lasting && sound.game.manifest && sound.game.installed);
  const installed = await examine(dir, null, true);
  assert(installed?.lasting && !installed.game.downloaded && installed.game.manifest === null);
  assertEquals(await examine(dir, null), undefined);
});
