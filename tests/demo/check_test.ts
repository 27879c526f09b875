import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import { checkCopy, checkInstall } from "./check.ts";
import { SeededContent } from "./content.ts";
import { contentOf, type Game, partyGames, sizeOf, writeGame } from "./games.ts";
import { neededBytes } from "./space.ts";

const SIZE = 1024 * 1024 + 4_099;
const GAME: Game = {
  id: "tiny",
  version: "1",
  holders: ["alice"],
  files: [{ path: "data/world.pak", size: SIZE }, { path: "empty.cfg", size: 0 }],
  folders: ["data", "saves"],
};
const signal = new AbortController().signal;

/** An install of the game as it has to be. */
async function makeInstall(): Promise<TempDir> {
  const dir = await TempDir.make();
  for (const folder of GAME.folders) await dir.mkdir(folder);
  for (const { path, size } of GAME.files) await dir.write(path, contentOf(GAME, path).bytes(0, size));
  return dir;
}

/** Changes one byte of a file. */
async function damage(path: string, offset: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
}

Deno.test("the content of a file is the same in whatever pieces it is made", () => {
  const content = new SeededContent("iron_orbit/data/world.pak");
  const whole = content.bytes(0, 1_003);
  assertEquals(whole.length, 1_003);
  assertEquals([...content.bytes(0, 400), ...content.bytes(400, 603)], [...whole]);
  assert(new Set(whole).size > 200, "it does not look random");
  assert(content.bytes(0, 64).some((byte, i) => byte !== new SeededContent("other").bytes(0, 64)[i]));
});

Deno.test("checkInstall() accepts what is equal and says how much that is", async () => {
  await using dir = await makeInstall();
  assertEquals(await checkInstall(dir.path, GAME, signal), { files: 2, folders: 2, bytes: SIZE });
});

for (const offset of [0, 1024 * 1024 - 1, SIZE - 1]) {
  Deno.test(`checkInstall() finds one wrong byte at ${offset}`, async () => {
    await using dir = await makeInstall();
    await damage(dir.join("data/world.pak"), offset);
    const error = await assertRejects(() => checkInstall(dir.path, GAME, signal), Error);
    assertStringIncludes(error.message, `world.pak differs from the original at byte ${offset}`);
  });
}

Deno.test("checkInstall() finds what is missing, too much, or of another size", async () => {
  await using dir = await makeInstall();
  await Deno.remove(dir.join("saves"));
  await assertRejects(() => checkInstall(dir.path, GAME, signal), Error, "saves/ is missing");
  await dir.mkdir("saves");
  await dir.write("saves/extra.sav", "x");
  await assertRejects(
    () => checkInstall(dir.path, GAME, signal),
    Error,
    "extra.sav (1 bytes) should not be there",
  );
  await Deno.remove(dir.join("saves/extra.sav"));
  await Deno.truncate(dir.join("data/world.pak"), SIZE - 1);
  await assertRejects(
    () => checkInstall(dir.path, GAME, signal),
    Error,
    `world.pak (${SIZE} bytes) is missing`,
  );
});

Deno.test("checkCopy() compares the files of two game roots, not their installs", async () => {
  await using dir = await TempDir.make();
  for (const name of ["a", "b"]) await writeGame(dir.join(name), GAME, signal);
  await dir.write("b/local/save.dat", "mine");
  const { files, bytes } = await checkCopy(dir.join("b"), dir.join("a"), signal);
  assertEquals(files, 3);
  assert(bytes > SIZE);
  await damage(dir.join("b/tiny.eti"), 600_000);
  await assertRejects(
    () => checkCopy(dir.join("b"), dir.join("a"), signal),
    Error,
    "tiny.eti differs from the original at byte 600000",
  );
  await Deno.remove(dir.join("b/cover.jpg"));
  await assertRejects(() => checkCopy(dir.join("b"), dir.join("a"), signal), Error, "cover.jpg");
});

Deno.test("writeGame() ends when it is told to", async () => {
  await using dir = await TempDir.make();
  const stopped = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => writeGame(dir.join("a"), GAME, stopped), Error, "stop");
});

Deno.test("the games of the demo are as large as it says, and fit into 1.5 GB", () => {
  const games = partyGames(256_000_000);
  assertEquals(sizeOf(games[0].files), 256_000_000);
  assert(games[0].files.every(({ size }) => size >= 0));
  assert(neededBytes(games) < 1_500_000_000);
});
