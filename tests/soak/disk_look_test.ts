import { assertEquals, assertNotEquals } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import { clearPayload, flipBytes, placeVersion, touchPayload } from "./by_hand.ts";
import { DiskLook } from "./disk_look.ts";
import { installProblems, sentinelProblems, strangeNames } from "./disk_rules.ts";
import { GAME_IDS, Truth } from "./games.ts";

const GAME = 0;
const [ID = ""] = GAME_IDS;

/** A machine with the first version of the smallest game. */
async function machine() {
  const dir = await TempDir.make();
  const truth = new Truth(dir.join("originals"));
  await truth.make(GAME, 1);
  const root = dir.join("games", ID);
  await placeVersion(truth.root(GAME, 1), root);
  const look = new DiskLook();
  const problems = async () => {
    const seen = await look.look(dir.join("games"), ID);
    const versions = truth.versions(GAME);
    return [
      ...sentinelProblems(seen, versions),
      ...installProblems(seen, versions),
      ...strangeNames(seen, versions, true),
    ];
  };
  return { dir, truth, root, look, problems, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

Deno.test("a placed version is whole, also when it is looked at again and after it was touched", async () => {
  await using place = await machine();
  assertEquals(await place.problems(), []);
  assertEquals(await place.problems(), []);
  await touchPayload(place.root);
  assertEquals(await place.problems(), []);
});

Deno.test("flipped bytes under a sentinel are seen, though sizes and times stay, and gone when they are flipped back", async () => {
  await using place = await machine();
  const archive = `${place.root}/${ID}.eti`;
  const before = await Deno.stat(archive);
  await place.problems();
  await flipBytes(place.root);
  const after = await Deno.stat(archive);
  assertEquals([after.size, after.mtime], [before.size, before.mtime]);
  assertEquals((await place.problems()).length, 1);
  await flipBytes(place.root);
  assertEquals(await place.problems(), []);
});

Deno.test("a lost file and a stranger's file are seen", async () => {
  await using place = await machine();
  await place.dir.write(`games/${ID}/readme.txt.bak`, "x");
  assertEquals((await place.problems()).length, 2);
  await Deno.remove(`${place.root}/readme.txt.bak`);
  await Deno.remove(`${place.root}/readme.txt`);
  assertEquals((await place.problems()).length, 1);
});

Deno.test("an install with a wrong file is seen, and a cleared payload without a sentinel is no problem", async () => {
  await using place = await machine();
  await place.dir.write(`games/${ID}/local/game.exe`, "something");
  assertEquals((await place.problems()).length, 1);
  await Deno.remove(`${place.root}/local`, { recursive: true });
  await clearPayload(place.root);
  assertEquals(await place.problems(), []);
});

Deno.test("two versions share no file's bytes, and a version is the same each time it is made", async () => {
  await using place = await machine();
  const [first, second] = [await place.truth.make(GAME, 1), await place.truth.make(GAME, 2)];
  for (const [path, sha256] of first.payload) assertNotEquals(second.payload.get(path), sha256);
  const again = new Truth(place.dir.join("again"));
  assertEquals(await again.make(GAME, 2), second);
});
