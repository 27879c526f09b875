/**
 * Operations on a disk that is really full: a small tmpfs, where this user may mount one.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { InstalledVersions } from "../../src/install/installed_versions.ts";
import type { StepName } from "../../src/install/state.ts";
import { uninstallGame, updateGame } from "../../src/install/transaction.ts";
import { GameVersion, parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { filesBelow, MIB } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const NEVER = new AbortController().signal;

/** A tmpfs of 8 MiB over a folder of its own. */
class SmallDisk implements AsyncDisposable {
  private constructor(readonly dir: TempDir, readonly games: string) {}

  static async mount(): Promise<SmallDisk | undefined> {
    const dir = await TempDir.make();
    const games = await dir.mkdir("games");
    if (await run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", games)) return new SmallDisk(dir, games);
    await dir[Symbol.asyncDispose]();
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", this.games);
    await this.dir[Symbol.asyncDispose]();
  }
}

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stderr: "null", stdout: "null" }).output()).success;
  } catch {
    return false;
  }
}

async function whyNot(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "only Linux has tmpfs";
  await using disk = await SmallDisk.mount();
  return disk ? undefined : "this user may not mount a tmpfs";
}

const ignore = leftOut("a full disk", await whyNot());
const OLD = ["local/bin/game.exe", "local/saves/mine.sav"];

async function makeInstalled(disk: SmallDisk, entries: RarWriterEntry[]) {
  const root = `${disk.games}/game`;
  for (const path of ["version.ini", ...OLD]) await disk.dir.write(`games/game/${path}`, path);
  await writeStoredRar5(`${root}/game.eti`, entries);
  return { game_id: GAME, game_root: root, intents: new IntentLog(disk.dir.join("state")), signal: NEVER };
}

async function assertOldInstall(root: string, intents: IntentLog): Promise<void> {
  assertEquals(await filesBelow(root), ["game.eti", ...OLD, "version.ini"]);
  for (const path of OLD) assertEquals(await Deno.readTextFile(`${root}/${path}`), path);
  assertEquals(
    (await Array.fromAsync(Deno.readDir(root))).filter(({ name }) => name.startsWith(".local")),
    [],
  );
  assertEquals(await intents.list(), []);
}

Deno.test({
  name: "an update that does not fit is refused before the first byte, with what is needed and what is free",
  ignore,
  fn: async () => {
    await using disk = await SmallDisk.mount();
    assert(disk);
    const options = await makeInstalled(disk, [{ name: "big", bytes: new Uint8Array(5 * MIB) }]);
    const error = await assertRejects(() => updateGame(options), LanspreadError);
    assertEquals(error.code, "disk_full");
    assertMatch(
      error.message,
      /^Cannot update game: unpacking needs 5242880 bytes and the disk has \d+ bytes free/,
    );
    await assertOldInstall(options.game_root, options.intents);
  },
});

Deno.test({
  name: "an update that fills the disk on the way says so with figures, and the old install is as it was",
  ignore,
  fn: async () => {
    await using disk = await SmallDisk.mount();
    assert(disk);
    // Each takes a whole page: together they need more than the check can know.
    const entries = Array.from({ length: 3_000 }, (_, i) => ({ name: `f${i}`, bytes: Uint8Array.of(1) }));
    const options = await makeInstalled(disk, entries);
    const error = await assertRejects(() => updateGame(options), LanspreadError);
    assertEquals(error.code, "disk_full");
    assertMatch(error.message, /needs 3000 bytes; the disk was full after \d+ and has \d+ bytes free/);
    await assertOldInstall(options.game_root, options.intents);
  },
});

Deno.test({
  name: "an uninstall works on a full disk",
  ignore,
  fn: async () => {
    await using disk = await SmallDisk.mount();
    assert(disk);
    const options = await makeInstalled(disk, [{ name: "a", bytes: Uint8Array.of(1) }]);
    const hog = `${options.game_root}/local/hog`;
    await Deno.writeFile(hog, new Uint8Array(16 * MIB)).catch(() => {});
    assert((await Deno.stat(hog)).size > MIB);
    await uninstallGame(options);
    assertEquals(await filesBelow(options.game_root), ["game.eti", "version.ini"]);
  },
});

Deno.test({
  name: "an update that leaves no room for its own notes makes it with the old install, which goes anyway",
  ignore,
  fn: async () => {
    await using disk = await SmallDisk.mount();
    assert(disk);
    const made = await makeInstalled(disk, [{ name: "a", bytes: Uint8Array.of(1) }]);
    await disk.dir.write("games/game/local/big", new Uint8Array(2 * MIB));
    const options = { ...made, intents: new IntentLog(`${disk.games}/.state`) };
    const steps = (step: StepName) => {
      if (step === "promoted") fillDisk(`${disk.games}/hog`);
    };
    await updateGame({ ...options, version: GameVersion.parse("2.0"), steps });
    assertEquals(await filesBelow(options.game_root), ["game.eti", "local/a", "version.ini"]);
    const versions = new InstalledVersions(options.intents.state_dir);
    assertEquals(await versions.read(GAME, options.game_root), "2.0");
    assertEquals(await options.intents.list(), []);
  },
});

function fillDisk(path: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  for (const size of [MIB, 4_096, 1]) {
    try {
      while (true) file.writeSync(new Uint8Array(size));
    } catch {
      // The disk is full.
    }
  }
}
