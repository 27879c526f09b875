import { LanspreadError } from "../../src/base/errors.ts";
import { contains, makeFolder, requireApart, requireWithinReach } from "../../src/peer/chosen_folder.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { MIB } from "../support/games.ts";
import { bindFolder, SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const no_links = leftOut("links to folders", Deno.build.os === "windows" ? "Windows" : undefined);
const no_mounts = leftOut("folders with two names", await whyNoMounts());
const isThere = async (path: string) => await Deno.stat(path).then(() => true, () => false);

Deno.test("a folder that was made for a try goes again, unless it is kept", async () => {
  await using dir = await TempDir.make();
  for (const is_kept of [false, true]) {
    {
      await using made = await makeFolder(dir.join("games"));
      if (is_kept) made.keep();
      assert(await isThere(dir.join("games")));
    }
    assertEquals(await isThere(dir.join("games")), is_kept);
  }
});

Deno.test("a folder that was there stays, whatever comes of the try", async () => {
  await using dir = await TempDir.make();
  await dir.write("games/a/version.ini", "1.0");
  await using _ = await makeFolder(dir.join("games"));
  await _[Symbol.asyncDispose]();
  assert(await isThere(dir.join("games/a/version.ini")));
});

Deno.test("a folder in a folder that is missing is refused with its name", async () => {
  await using dir = await TempDir.make();
  const error = await assertRejects(
    () => makeFolder(dir.join("no/games")),
    LanspreadError,
    dir.join("no/games"),
  );
  assertEquals(error.code, "usage");
});

Deno.test("what a confined service can't write is refused with the command that opens it", async () => {
  await using dir = await TempDir.make();
  await requireWithinReach(dir.path, "/s");
  await requireWithinReach(dir.join("new"), "/s");
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
  const folder = dir.join("missing/my games");
  const error = await assertRejects(() => requireWithinReach(folder, "/s"), LanspreadError);
  assertEquals(error.code, "usage");
  const command = `sudo lanspread service install --system --state-dir /s --game-dir '${folder}'`;
  assert(Deno.build.os === "windows" || error.message.endsWith(command), error.message);
});

Deno.test("games and lanspread's own data lie apart", async () => {
  const own = "/home/ann/.local/state/lanspread";
  for (const folder of ["/home/ann", own]) {
    await assertRejects(() => requireApart(folder, own), LanspreadError, "own folder");
  }
  // That is where each game's own notes are kept.
  await assertRejects(() => requireApart(`${own}/games`, own), LanspreadError, "own folder");
  await requireApart("/home/ann/games", "/home/ann/games_state");
  assert(!contains("/a/b", "/a") && contains("/a", "/a/..b"));
});

Deno.test("a link does not lead games and lanspread's own data together", { ignore: no_links }, async () => {
  await using dir = await TempDir.make();
  const own = await dir.mkdir("home/state");
  await Deno.symlink(dir.join("home"), dir.join("elsewhere"));
  for (const path of ["elsewhere", "elsewhere/state", "elsewhere/state/new"]) {
    await assertRejects(() => requireApart(dir.join(path), own), LanspreadError, "own folder");
  }
  await requireApart(dir.join("elsewhere/games/new"), own);
  await assertRejects(() => requireApart(dir.join("home"), dir.join("elsewhere/state/new")), LanspreadError);
});

Deno.test(
  "a folder with two names is one, as where names differ in case alone",
  { ignore: no_mounts },
  async () => {
    await using dir = await TempDir.make();
    const [first, second] = [await dir.mkdir("games"), await dir.mkdir("Games")];
    await using _disk = await SmallDisk.mount(first, MIB);
    await dir.mkdir("games/state");
    await using _both = await bindFolder(first, second);
    for (
      const [games, state] of [["Games", "games"], ["Games", "games/state/new"], [
        "Games/state/new",
        "games/state",
      ]]
    ) {
      for (const [game_dir, state_dir] of [[games, state], [state, games]]) {
        await assertRejects(
          () => requireApart(dir.join(game_dir ?? ""), dir.join(state_dir ?? "")),
          LanspreadError,
          "own folder",
        );
      }
    }
    await requireApart(dir.join("Games/quake"), dir.join("games/state"));
  },
);
