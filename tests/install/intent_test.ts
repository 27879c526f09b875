import { IntentLog } from "../../src/install/intent.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const FILE = "state/games/game/install_intent.json";

async function setUp() {
  const dir = await TempDir.make();
  return { dir, intents: new IntentLog(dir.join("state")), root: await dir.mkdir("games/game") };
}

Deno.test("an intent is read as it was written, by another process too, and is gone when settled", async () => {
  const { dir, intents, root } = await setUp();
  await using _ = dir;
  assertEquals(await intents.read(GAME, root), { intent: "none", owned: [] });
  await intents.write(GAME, root, "updating");
  assertEquals(await new IntentLog(dir.join("state")).read(GAME, root), { intent: "updating", owned: [] });
  assertEquals(await intents.list(), [GAME]);
  const { intent, game_root } = JSON.parse(await Deno.readTextFile(dir.join(FILE)));
  assertEquals([intent, game_root], ["updating", root]);
  await intents.settle(GAME, root);
  await intents.settle(GAME, root);
  assertEquals(await intents.read(GAME, root), { intent: "none", owned: [] });
  assertEquals(await intents.list(), []);
  assertEquals(await filesBelow(dir.join("state")), []);
});

Deno.test("an intent never speaks of a game of the same name in another directory, and is not lost by one", async () => {
  const { dir, intents, root } = await setUp();
  await using _ = dir;
  const other = await dir.mkdir("other/game");
  await intents.write(GAME, root, "updating");
  assertEquals((await intents.read(GAME, other)).intent, "none");
  await intents.write(GAME, other, "installing");
  assertEquals((await intents.read(GAME, root)).intent, "updating");
  await intents.settle(GAME, other);
  assertEquals((await intents.read(GAME, root)).intent, "updating");
  assertEquals((await intents.read(GAME, other)).intent, "none");
});

Deno.test("an intent is found however the game directory is spelled", async () => {
  const { dir, intents, root } = await setUp();
  await using _ = dir;
  await Deno.symlink(dir.join("games"), dir.join("link"));
  await intents.write(GAME, dir.join("link/game"), "removing");
  assertEquals((await intents.read(GAME, root)).intent, "removing");
  await Deno.remove(root);
  assertEquals((await intents.read(GAME, `${dir.path}/other/../games/game/`)).intent, "removing");
});

Deno.test("settling keeps the folder of a game that holds more", async () => {
  const { dir, intents, root } = await setUp();
  await using _ = dir;
  await dir.write("state/games/game/setup_done", "");
  await intents.write(GAME, root, "updating");
  await intents.settle(GAME, root);
  assertEquals(await filesBelow(dir.join("state")), ["games/game/setup_done"]);
});

const DAMAGED: Record<string, string | Uint8Array> = {
  "an empty file": "",
  "half a file": '{"intent":"upda',
  "another language": new Uint8Array([0xff, 0xfe, 0]),
  "an unknown intent": '{"intent":"format","game_root":"/"}',
  "no game root": '{"intent":"updating"}',
  "a list": "[]",
  "an endless file": " ".repeat(300_000),
};
for (const [what, content] of Object.entries(DAMAGED)) {
  Deno.test(`${what} is no intent, and is told`, async () => {
    const { dir, intents, root } = await setUp();
    await using _ = dir;
    await dir.write(FILE, content);
    const { intent, problem } = await intents.read(GAME, root);
    assertEquals(intent, "none");
    assertStringIncludes(problem ?? "", dir.join(FILE));
    await intents.write(GAME, root, "installing");
    assertEquals(await intents.read(GAME, root), { intent: "installing", owned: [] });
  });
}

Deno.test("the intents of many game directories are kept up to a bound, the newest always", async () => {
  const { dir, intents, root } = await setUp();
  await using _ = dir;
  await intents.write(GAME, root, "updating");
  for (let i = 0; i < 40; i++) {
    const other = dir.join(`games${i}/game`);
    await intents.write(GAME, other, "installing");
    assertEquals(await intents.read(GAME, other), { intent: "installing", owned: [] });
  }
  assert((await Deno.stat(dir.join(FILE))).size < 16_384);
});
