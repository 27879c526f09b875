import { LanspreadError } from "../../src/base/errors.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { forgetRemoval, removeGame, requireRemovable } from "../../src/install/remove.ts";
import type { StepName } from "../../src/install/state.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const NEVER = new AbortController().signal;
const FILES = [".version.ini.tmp", "data/deep/a", "game.eti", "version.ini"];

async function setUp(files = FILES) {
  const dir = await TempDir.make();
  const intents = new IntentLog(dir.join("state"));
  const root = dir.join("games/game");
  for (const path of files) await dir.write(`games/game/${path}`, path);
  await dir.write("games/game2/version.ini", "1");
  const remove = (steps?: (step: StepName) => void, game_root = root) =>
    removeGame({ game_id: GAME, game_root, intents, signal: NEVER, steps });
  const refusal = (steps?: (step: StepName) => void) => assertRejects(() => remove(steps), LanspreadError);
  return { dir, intents, root, remove, refusal };
}

Deno.test("removeGame() deletes the whole game root and nothing else", async () => {
  const { dir, intents, root, remove } = await setUp();
  await using _ = dir;
  await dir.write("precious/a", "x");
  await Deno.symlink(dir.join("precious"), `${root}/link`);
  await dir.write("games/game/.local.installing/.lanspread_owned", "");
  await remove();
  assertEquals(await filesBelow(dir.join("games")), ["game2/version.ini"]);
  assertEquals(await Deno.lstat(root).catch(() => "gone"), "gone");
  assertEquals(await filesBelow(dir.join("precious")), ["a"]);
  assertEquals(await intents.list(), []);
});

const REFUSED: [what: string, files: string[], code: string][] = [
  ["a game that is not downloaded", ["game.eti"], "not_downloaded"],
  ["a nested sentinel alone", ["x/version.ini"], "not_downloaded"],
  ["a sentinel that is a folder", ["version.ini/x"], "not_downloaded"],
  ["an installed game", ["version.ini", "local/a"], "installed"],
  ["a file named local", ["version.ini", "local"], "io"],
  ["a game with an unmarked backup", ["version.ini", ".local.backup/a"], "io"],
  ["a game with an unmarked staging", ["version.ini", ".local.installing/a"], "io"],
];
for (const [what, files, code] of REFUSED) {
  Deno.test(`removeGame() refuses ${what}`, async () => {
    const { dir, intents, root, refusal } = await setUp(files);
    await using _ = dir;
    const error = await refusal();
    assertEquals(error.code, code);
    assertStringIncludes(error.message, "Cannot remove game: ");
    assertEquals(await filesBelow(root), files.sort());
    assertEquals(await intents.list(), []);
  });
}

Deno.test("removeGame() does not go through a root or a sentinel that is a link", async () => {
  const { dir, root, refusal } = await setUp(["game.eti"]);
  await using _ = dir;
  await dir.write("precious/version.ini", "1");
  await Deno.symlink(dir.join("precious/version.ini"), `${root}/version.ini`);
  assertEquals((await refusal()).code, "not_downloaded");
  await Deno.remove(root, { recursive: true });
  await Deno.symlink(dir.join("precious"), root);
  assertEquals((await refusal()).code, "io");
  assertEquals(await filesBelow(dir.join("precious")), ["version.ini"]);
});

Deno.test("removeGame() takes only the folder that the id names", async () => {
  const { dir, root, remove } = await setUp();
  await using _ = dir;
  await assertRejects(() => remove(undefined, dir.join("games/game2")), RangeError);
  await assertRejects(() => remove(undefined, dir.join("games")), RangeError);
  await assertRejects(() => remove(undefined, "game"), RangeError);
  assertEquals(await filesBelow(root), FILES);
});

Deno.test("a removal that fails half-way can be tried again, and the game is not downloaded meanwhile", async () => {
  const { dir, intents, root, remove, refusal } = await setUp();
  await using _ = dir;
  const error = await refusal((step) => {
    if (step === "emptying") throw new Error("in use");
  });
  assertStringIncludes(error.message, "in use");
  assertEquals((await filesBelow(root)).includes("version.ini"), false);
  await requireRemovable({ game_id: GAME, game_root: root, intents });
  await remove();
  assertEquals(await filesBelow(dir.join("games")), ["game2/version.ini"]);
  assertEquals(await intents.list(), []);
  const gone = () => requireRemovable({ game_id: GAME, game_root: root, intents });
  assertEquals((await assertRejects(gone, LanspreadError)).code, "not_downloaded");
});

Deno.test("a download that begins after a failed removal keeps what it writes", async () => {
  const { dir, intents, root, refusal } = await setUp();
  await using _ = dir;
  await refusal((step) => {
    if (step === "sentinel-gone") throw new Error("stopped");
  });
  assertEquals((await intents.read(GAME, root)).intent, "removing");
  await forgetRemoval(intents, GAME, root);
  await forgetRemoval(intents, GAME, root);
  assertEquals(await intents.list(), []);
  await intents.write(GAME, root, "updating");
  await forgetRemoval(intents, GAME, root);
  assertEquals((await intents.read(GAME, root)).intent, "updating");
});

Deno.test("a removal that fails before its sentinel is gone changes nothing", async () => {
  const { dir, intents, root, refusal } = await setUp();
  await using _ = dir;
  const error = await refusal((step) => {
    if (step === "intended") throw new Error("stopped");
  });
  assertEquals(error.code, "io");
  assertEquals(await filesBelow(root), FILES);
  assertEquals(await intents.list(), []);
});
