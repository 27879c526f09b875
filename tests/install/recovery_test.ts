import { IntentLog } from "../../src/install/intent.ts";
import { recoverAll, recoverGame } from "../../src/install/recovery.ts";
import type { Intent } from "../../src/install/state.ts";
import { type GameId, parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const NEVER = new AbortController().signal;
const MARKER = ".lanspread_owned";

/** A downloaded game with these further files, and an intent for it. */
async function setUp(files: string[], intent: Intent = "none") {
  const dir = await TempDir.make();
  const intents = new IntentLog(dir.join("state"));
  const root = dir.join("games/game");
  for (const path of ["version.ini", ...files]) await dir.write(`games/game/${path}`, path);
  if (intent !== "none") await intents.write(GAME, root, intent);
  const all = (isBusy: (id: GameId) => boolean = () => false) =>
    recoverAll(dir.join("games"), intents, isBusy, NEVER);
  return { dir, intents, root, all };
}

Deno.test("recovery never touches an unmarked directory without an intent, and says so each time", async () => {
  const files = [".local.backup/saves/a", ".local.installing/b", "local/c"];
  const { dir, root, all } = await setUp(files);
  await using _ = dir;
  await Deno.mkdir(`${dir.path}/games/empty/.local.backup`, { recursive: true });
  for (const _ of [1, 2]) {
    const told = (await all()).flatMap((recovery) => recovery.told).join("\n");
    assertStringIncludes(told, `${root}/.local.backup was left alone`);
    assertStringIncludes(told, "rename it to local to have it back");
    assertStringIncludes(told, `${root}/.local.installing was left alone`);
  }
  assertEquals(await filesBelow(root), [...files, "version.ini"].sort());
  assert((await Deno.stat(dir.join("games/empty/.local.backup"))).isDirectory);
});

Deno.test("recovery removes marked directories without an intent", async () => {
  const { dir, root, all, intents } = await setUp([
    `.local.backup/${MARKER}`,
    ".local.backup/a",
    `.local.installing/${MARKER}`,
    ".local.installing/deep/b",
    "local/c",
  ]);
  await using _ = dir;
  assertEquals((await all()).map(({ done }) => done), [["remove-installing", "remove-backup", "settle"]]);
  assertEquals(await filesBelow(root), ["local/c", "version.ini"]);
  assertEquals(await intents.list(), []);
  assertEquals(await all(), []);
});

Deno.test("recovery stopped between the marker's end and the directory's end still knows whose it is", async () => {
  const { dir, intents, root } = await setUp([`.local.backup/${MARKER}`, ".local.backup/a"]);
  await using _ = dir;
  const stop = (step: string) => {
    if (step === "emptied") throw new Error("stopped");
  };
  await assertRejects(
    () => recoverGame({ game_id: GAME, game_root: root, intents, steps: stop }),
    Error,
    "stopped",
  );
  await Deno.remove(`${root}/.local.backup/${MARKER}`);
  const { done } = await recoverGame({ game_id: GAME, game_root: root, intents });
  assertEquals(done, ["remove-backup", "settle"]);
  assertEquals(await filesBelow(root), ["version.ini"]);
  assertEquals(await intents.list(), []);
});

Deno.test("recovery puts the old install back with every file of its user and no file of its own", async () => {
  const { dir, root, all } = await setUp([
    ".local.backup/saves/mine.sav",
    ".local.installing/new.exe",
  ], "updating");
  await using _ = dir;
  assertEquals((await all()).map(({ done }) => done), [["restore-backup", "remove-installing", "settle"]]);
  assertEquals(await filesBelow(root), ["local/saves/mine.sav", "version.ini"]);
  assertEquals(await all(), []);
});

Deno.test("recovery leaves a local/ that somebody made, and the backup beside it", async () => {
  const files = [".local.backup/saves/mine.sav", ".local.installing/new.exe", "local/by_hand"];
  const { dir, root, all, intents } = await setUp(files, "updating");
  await using _ = dir;
  await all();
  assertEquals(await filesBelow(root), [...files, "version.ini"].sort());
  assertEquals((await intents.read(GAME, root)).intent, "none");
});

Deno.test("recovery skips a game with a running operation", async () => {
  const { dir, root, all } = await setUp([`.local.installing/${MARKER}`], "installing");
  await using _ = dir;
  assertEquals(await all((id) => id === GAME), []);
  assertEquals(await filesBelow(root), [`.local.installing/${MARKER}`, "version.ini"]);
});

Deno.test("an intent for another game directory touches nothing here and waits for its own", async () => {
  const { dir, intents, root, all } = await setUp([".local.backup/a"]);
  await using _ = dir;
  await dir.write("other/game/.local.backup/old", "x");
  await intents.write(GAME, dir.join("other/game"), "updating");
  await all();
  assertEquals(await filesBelow(root), [".local.backup/a", "version.ini"]);
  assertEquals(await filesBelow(dir.join("other")), ["game/.local.backup/old"]);
  await recoverAll(dir.join("other"), intents, () => false, NEVER);
  assertEquals(await filesBelow(dir.join("other")), ["game/local/old"]);
});

Deno.test("recovery finishes a removal, also of a root that is gone, and follows no link", async () => {
  const { dir, intents, root, all } = await setUp(["game.eti"], "removing");
  await using _ = dir;
  await dir.write("precious/a", "x");
  await Deno.symlink(dir.join("precious"), `${root}/link`);
  await Deno.remove(`${root}/version.ini`);
  assertEquals((await all()).map(({ done }) => done), [["remove-root", "settle"]]);
  assertEquals(await filesBelow(dir.join("games")), []);
  assertEquals(await filesBelow(dir.join("precious")), ["a"]);
  await intents.write(GAME, root, "removing");
  await all();
  assertEquals(await intents.list(), []);
});

Deno.test("recovery leaves a game root alone that holds a link where a directory belongs", async () => {
  const { dir, root, all } = await setUp([], "updating");
  await using _ = dir;
  await dir.write("precious/a", "x");
  for (const name of [".local.backup", ".local.installing", "local"]) {
    await Deno.symlink(dir.join("precious"), `${root}/${name}`);
    const [recovery] = await all();
    assertStringIncludes(recovery?.told.join() ?? "", `${root}/${name} is not a folder`);
    assertEquals(recovery?.done, []);
    await Deno.remove(`${root}/${name}`);
  }
  await Deno.remove(root, { recursive: true });
  await Deno.symlink(dir.join("precious"), root);
  await dir.write(`precious/.local.installing/${MARKER}`, "");
  await all();
  assertEquals(await filesBelow(dir.join("precious")), [`.local.installing/${MARKER}`, "a"]);
});

Deno.test("a damaged intent is told and goes when nothing is in doubt", async () => {
  const { dir, all } = await setUp(["local/a"]);
  await using _ = dir;
  await dir.write("state/games/game/install_intent.json", "{");
  assertStringIncludes((await all())[0]?.told[0] ?? "", "damaged");
  assertEquals(await all(), []);
});

Deno.test("a damaged intent stays while a directory is in doubt", async () => {
  const { dir, root, all } = await setUp([".local.backup/a"]);
  await using _ = dir;
  await dir.write("state/games/game/install_intent.json", "{");
  for (const _ of [1, 2]) assertStringIncludes((await all())[0]?.told[0] ?? "", "damaged");
  assertEquals(await filesBelow(root), [".local.backup/a", "version.ini"]);
});

Deno.test("one game that can't be brought in order is told, and the others are", async () => {
  const { dir, all } = await setUp([`.local.installing/${MARKER}`]);
  await using _ = dir;
  await dir.write("games/aaa/.local.backup/a", "x");
  await dir.write("state/games/aaa", "a file where a folder belongs");
  await dir.write(`games/aaa/.local.installing/${MARKER}`, "");
  const recoveries = await all();
  assertEquals(recoveries.map(({ game_id, done }) => [game_id, done.length]), [["aaa", 0], ["game", 2]]);
  assertStringIncludes(recoveries[0]?.told.join() ?? "", "tried again later");
});
