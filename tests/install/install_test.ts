import { LanspreadError } from "../../src/base/errors.ts";
import { installGame } from "../../src/install/install.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("alienswarm");
const NEVER = new AbortController().signal;
const MIB = 1024 * 1024;
const ENTRIES: RarWriterEntry[] = [
  { name: "bin/game.exe", bytes: new TextEncoder().encode("MZ") },
  { name: "saves", directory: true },
];

/** A game root with one archive. */
async function gameRoot(dir: TempDir, entries: RarWriterEntry[] = ENTRIES): Promise<string> {
  const root = await dir.mkdir("games/alienswarm");
  await dir.write("games/alienswarm/version.ini", "1.0");
  await writeStoredRar5(`${root}/alienswarm.eti`, entries);
  return root;
}

function install(game_root: string, signal: AbortSignal = NEVER) {
  return installGame({ game_id: GAME, game_root, signal });
}

async function refusal(game_root: string): Promise<LanspreadError> {
  const error = await assertRejects(() => install(game_root), LanspreadError);
  assertStringIncludes(error.message, "Cannot install alienswarm: ");
  return error;
}

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
}

const UNTOUCHED = ["alienswarm.eti", "version.ini"];

Deno.test("installGame() makes local/ complete, without marker or staging", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  assertEquals(await install(root), { files: 1, bytes: 2 });
  assertEquals(await names(root), [...UNTOUCHED.slice(0, 1), "local", "version.ini"]);
  assertEquals(await names(`${root}/local`), ["bin", "saves"]);
  assertEquals(await Deno.readTextFile(`${root}/local/bin/game.exe`), "MZ");
});

Deno.test("installGame() unpacks every archive in name order", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await writeStoredRar5(`${root}/z_patch.eti`, [
    { name: "bin/game.exe", bytes: new TextEncoder().encode("patched") },
  ]);
  assertEquals(await install(root), { files: 1, bytes: 9 });
  assertEquals(await Deno.readTextFile(`${root}/local/bin/game.exe`), "patched");
});

Deno.test("installGame() refuses an installed game and leaves it alone", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await dir.write("games/alienswarm/local/save.dat", "mine");
  assertEquals((await refusal(root)).code, "already_installed");
  assertEquals(await names(`${root}/local`), ["save.dat"]);
});

Deno.test("installGame() does not write through a link named local", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  const elsewhere = await dir.mkdir("elsewhere");
  await Deno.symlink(elsewhere, `${root}/local`);
  assertEquals((await refusal(root)).code, "io");
  assertEquals(await names(elsewhere), []);
  assertEquals(await names(root), ["alienswarm.eti", "local", "version.ini"]);
});

Deno.test("installGame() refuses a game without archive", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await Deno.remove(`${root}/alienswarm.eti`);
  assertEquals((await refusal(root)).code, "archive_missing");
  assertEquals(await names(root), ["version.ini"]);
});

Deno.test("installGame() replaces the marked staging of a crash", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await dir.write("games/alienswarm/.local.installing/.lanspread_owned", "");
  await dir.write("games/alienswarm/.local.installing/bin/left_over", "x");
  await install(root);
  assertEquals(await names(root), ["alienswarm.eti", "local", "version.ini"]);
  assertEquals(await names(`${root}/local/bin`), ["game.exe"]);
});

Deno.test("installGame() leaves an unmarked staging alone", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await dir.write("games/alienswarm/.local.installing/mine", "x");
  const error = await refusal(root);
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, "was not made by lanspread");
  assertEquals(await names(`${root}/.local.installing`), ["mine"]);
  assertEquals(await names(root), [".local.installing", ...UNTOUCHED]);
});

Deno.test("installGame() does not follow a staging or a marker that is a link", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir);
  await dir.write("elsewhere/.lanspread_owned", "");
  await dir.write("elsewhere/precious", "x");
  await Deno.symlink(dir.join("elsewhere"), `${root}/.local.installing`);
  assertEquals((await refusal(root)).code, "io");
  assertEquals(await names(dir.join("elsewhere")), [".lanspread_owned", "precious"]);
  await Deno.remove(`${root}/.local.installing`);
  await dir.write("games/alienswarm/.local.installing/mine", "x");
  await Deno.symlink(dir.join("elsewhere/.lanspread_owned"), `${root}/.local.installing/.lanspread_owned`);
  assertEquals((await refusal(root)).code, "io");
  assertEquals(await names(`${root}/.local.installing`), [".lanspread_owned", "mine"]);
});

Deno.test("installGame() leaves nothing behind when the archive is damaged", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir, [
    ...ENTRIES,
    { name: "bad", bytes: new Uint8Array(1000), damaged: true },
  ]);
  const error = await refusal(root);
  assertEquals(error.code, "archive_damaged");
  assertStringIncludes(error.message, "alienswarm.eti");
  assertEquals(await names(root), UNTOUCHED);
});

Deno.test("installGame() leaves nothing behind when it is cancelled", async () => {
  await using dir = await TempDir.make();
  const piece = new Uint8Array(MIB);
  const root = await gameRoot(dir, [
    ...ENTRIES,
    { name: "big", size: 300 * MIB, data: (_, length) => piece.subarray(0, length) },
  ]);
  const cancel = new AbortController();
  const failed = assertRejects(() => install(root, cancel.signal), LanspreadError);
  await until("something is written", async () => {
    const info = await Deno.stat(`${root}/.local.installing/big`).catch(() => undefined);
    return info !== undefined && info.size > MIB;
  });
  assert((await Deno.stat(`${root}/.local.installing/.lanspread_owned`)).isFile);
  cancel.abort(new Error("the user changed his mind"));
  assertEquals((await failed).code, "cancelled");
  assertEquals(await names(root), UNTOUCHED);
});

Deno.test("installGame() can be tried again after a failure", async () => {
  await using dir = await TempDir.make();
  const root = await gameRoot(dir, [{ name: "../x", bytes: new Uint8Array(1) }]);
  assertEquals((await refusal(root)).code, "archive_unsafe");
  await writeStoredRar5(`${root}/alienswarm.eti`, ENTRIES);
  assertEquals(await install(root), { files: 1, bytes: 2 });
});
