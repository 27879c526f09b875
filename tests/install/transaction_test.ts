import { LanspreadError } from "../../src/base/errors.ts";
import { IntentLog } from "../../src/install/intent.ts";
import type { StepName } from "../../src/install/state.ts";
import { installGame, uninstallGame, updateGame } from "../../src/install/transaction.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { filesBelow, MIB } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("alienswarm");
const NEVER = new AbortController().signal;
const MARKER = ".lanspread_owned";
const OPERATIONS = { install: installGame, update: updateGame, uninstall: uninstallGame };
type Operation = keyof typeof OPERATIONS;

const text = (value: string) => new TextEncoder().encode(value);
const ENTRIES: RarWriterEntry[] = [
  { name: "bin/game.exe", bytes: text("MZ") },
  { name: "saves", directory: true },
];
const DOWNLOADED = ["alienswarm.eti", "version.ini"];
const OLD = ["local/bin/old.exe", "local/saves/mine.sav"];

/** A downloaded game with one archive, installed before or not. */
class Fixture implements AsyncDisposable {
  readonly intents: IntentLog;
  readonly root: string;

  private constructor(readonly dir: TempDir) {
    this.intents = new IntentLog(dir.join("state"));
    this.root = dir.join("games/alienswarm");
  }

  static async make(is_installed: boolean, entries: RarWriterEntry[] = ENTRIES): Promise<Fixture> {
    const fixture = new Fixture(await TempDir.make());
    await fixture.write("version.ini", "1.0");
    await writeStoredRar5(`${fixture.root}/alienswarm.eti`, entries);
    if (is_installed) { for (const path of OLD) await fixture.write(path, path); }
    return fixture;
  }

  async write(path: string, content: string): Promise<void> {
    await this.dir.write(`games/alienswarm/${path}`, content);
  }

  run(operation: Operation, signal = NEVER, steps?: (step: StepName) => void) {
    return OPERATIONS[operation]({
      game_id: GAME,
      game_root: this.root,
      intents: this.intents,
      signal,
      steps,
    });
  }

  async refusal(
    operation: Operation,
    signal = NEVER,
    steps?: (step: StepName) => void,
  ): Promise<LanspreadError> {
    const error = await assertRejects(
      () => Promise.resolve(this.run(operation, signal, steps)),
      LanspreadError,
    );
    assertStringIncludes(error.message, `Cannot ${operation} alienswarm: `);
    return error;
  }

  files(): Promise<string[]> {
    return filesBelow(this.root);
  }

  /** Fails unless the game root holds what it held at the beginning, and no intent is pending. */
  async assertUntouched(is_installed: boolean): Promise<void> {
    assertEquals(await this.files(), is_installed ? [...DOWNLOADED, ...OLD].sort() : DOWNLOADED);
    for (const path of is_installed ? OLD : []) {
      assertEquals(await Deno.readTextFile(`${this.root}/${path}`), path);
    }
    assertEquals(
      (await Array.fromAsync(Deno.readDir(this.root))).filter(({ name }) => name.startsWith(".")),
      [],
    );
    assertEquals(await this.intents.list(), []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dir[Symbol.asyncDispose]();
  }
}

Deno.test("installGame() makes local/ complete, without marker, staging or intent", async () => {
  await using game = await Fixture.make(false);
  assertEquals(await game.run("install"), { files: 1, bytes: 2 });
  assertEquals(await game.files(), ["alienswarm.eti", "local/bin/game.exe", "version.ini"]);
  assert((await Deno.stat(`${game.root}/local/saves`)).isDirectory);
  assertEquals(await game.intents.list(), []);
});

Deno.test("installGame() unpacks every archive in name order", async () => {
  await using game = await Fixture.make(false);
  await writeStoredRar5(`${game.root}/z_patch.eti`, [{ name: "bin/game.exe", bytes: text("patched") }]);
  assertEquals(await game.run("install"), { files: 1, bytes: 9 });
  assertEquals(await Deno.readTextFile(`${game.root}/local/bin/game.exe`), "patched");
});

Deno.test("updateGame() replaces the whole install and leaves nothing of the old one", async () => {
  await using game = await Fixture.make(true);
  assertEquals(await game.run("update"), { files: 1, bytes: 2 });
  assertEquals(await game.files(), ["alienswarm.eti", "local/bin/game.exe", "version.ini"]);
  assertEquals(await game.intents.list(), []);
});

Deno.test("uninstallGame() deletes local/ and keeps the download, also where its archive is gone", async () => {
  await using game = await Fixture.make(true);
  await game.run("uninstall");
  await game.assertUntouched(false);
  await game.write("local/a", "a");
  await Deno.remove(`${game.root}/alienswarm.eti`);
  await game.run("uninstall");
  assertEquals(await game.files(), ["version.ini"]);
});

Deno.test("uninstallGame() does not follow links inside local/", async () => {
  await using game = await Fixture.make(true);
  await game.dir.write("precious/a", "x");
  await Deno.symlink(game.dir.join("precious"), `${game.root}/local/link`);
  await game.run("uninstall");
  assertEquals(await filesBelow(game.dir.join("precious")), ["a"]);
});

const REFUSED: [Operation, is_installed: boolean, missing: string | undefined, code: string][] = [
  ["install", true, undefined, "already_installed"],
  ["install", false, "version.ini", "not_downloaded"],
  ["install", false, "alienswarm.eti", "archive_missing"],
  ["install", false, "", "not_downloaded"],
  ["update", false, undefined, "not_installed"],
  ["update", true, "version.ini", "not_downloaded"],
  ["update", true, "alienswarm.eti", "archive_missing"],
  ["uninstall", false, undefined, "not_installed"],
  ["uninstall", false, "", "not_installed"],
];
for (const [operation, is_installed, missing, code] of REFUSED) {
  Deno.test(`${operation} of a game ${is_installed ? "installed" : "not installed"}, without ${missing}: ${code}`, async () => {
    await using game = await Fixture.make(is_installed);
    if (missing !== undefined) await Deno.remove(`${game.root}/${missing}`, { recursive: true });
    assertEquals((await game.refusal(operation)).code, code);
    if (missing === undefined) await game.assertUntouched(is_installed);
    assertEquals(await game.intents.list(), []);
  });
}

for (const operation of ["install", "update", "uninstall"] as const) {
  const is_installed = operation !== "install";

  for (const name of [".local.installing", ".local.backup"]) {
    Deno.test(`${operation} leaves an unmarked ${name} of somebody alone and says that it is in the way`, async () => {
      await using game = await Fixture.make(is_installed);
      await game.write(`${name}/mine`, "x");
      const error = await game.refusal(operation);
      assertEquals(error.code, "io");
      assertStringIncludes(error.message, `${game.root}/${name} is in the way`);
      assertEquals(await Deno.readTextFile(`${game.root}/${name}/mine`), "x");
      await Deno.remove(`${game.root}/${name}`, { recursive: true });
      await game.assertUntouched(is_installed);
    });

    Deno.test(`${operation} first removes a marked ${name} of a crash`, async () => {
      await using game = await Fixture.make(is_installed);
      await game.write(`${name}/${MARKER}`, "");
      await game.write(`${name}/left_over`, "x");
      await game.run(operation);
      assert(!(await game.files()).some((path) => path.startsWith(".local")));
    });
  }

  Deno.test(`${operation} does not go through a link named local`, async () => {
    await using game = await Fixture.make(false);
    await game.dir.write("elsewhere/precious", "x");
    await Deno.symlink(game.dir.join("elsewhere"), `${game.root}/local`);
    assertEquals((await game.refusal(operation)).code, "io");
    assertEquals(await filesBelow(game.dir.join("elsewhere")), ["precious"]);
    assertEquals(await game.intents.list(), []);
  });

  Deno.test(`${operation} is cancelled at once by an aborted signal`, async () => {
    await using game = await Fixture.make(is_installed);
    assertEquals((await game.refusal(operation, AbortSignal.abort())).code, "cancelled");
    await game.assertUntouched(is_installed);
  });
}

for (const operation of ["update", "uninstall"] as const) {
  Deno.test(`${operation} refuses an install that holds lanspread's marker`, async () => {
    await using game = await Fixture.make(true);
    await game.write(`local/${MARKER}`, "");
    const error = await game.refusal(operation);
    assertEquals(error.code, "io");
    assertStringIncludes(error.message, MARKER);
    await Deno.remove(`${game.root}/local/${MARKER}`);
    await game.assertUntouched(true);
  });
}

/** Fails at the step, as a disk would. */
const failAt = (last: StepName) => (step: StepName) => {
  if (step === last) throw new Deno.errors.PermissionDenied(`no more at ${last}`);
};

const TAKEN_BACK = {
  install: ["intended", "staging-made", "staged", "unpacking", "unpacked", "synced", "released"],
  update: ["intended", "staging-made", "staged", "unpacking", "unpacked", "synced", "released", "set-aside"],
  uninstall: ["intended"],
} as const;
for (const operation of ["install", "update", "uninstall"] as const) {
  Deno.test(`a failure at any step before the decision puts everything back: ${operation}`, async () => {
    for (const step of TAKEN_BACK[operation]) {
      await using game = await Fixture.make(operation !== "install");
      const error = await game.refusal(operation, NEVER, failAt(step));
      assertEquals(error.code, "io");
      assertStringIncludes(error.message, `no more at ${step}`);
      await game.assertUntouched(operation !== "install");
    }
  });
}

Deno.test("an update whose old install can't be deleted yet is an update, and the rest goes later", async () => {
  await using game = await Fixture.make(true);
  assertEquals(await game.run("update", NEVER, failAt("emptying")), { files: 1, bytes: 2 });
  assertEquals(await Deno.readTextFile(`${game.root}/local/bin/game.exe`), "MZ");
  assertEquals((await game.intents.read(GAME, game.root)).intent, "updating");
  await game.run("update");
  assertEquals(await game.files(), ["alienswarm.eti", "local/bin/game.exe", "version.ini"]);
});

Deno.test("an uninstall whose files can't be deleted yet says so, and the rest goes later", async () => {
  await using game = await Fixture.make(true);
  const error = await game.refusal("uninstall", NEVER, failAt("emptying"));
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, "it is uninstalled, but ");
  assertEquals((await game.refusal("uninstall")).code, "not_installed");
  await game.assertUntouched(false);
});

Deno.test("a local/ that somebody makes during an install is left alone, and no staging stays", async () => {
  await using game = await Fixture.make(false);
  const error = await game.refusal("install", NEVER, (step) => {
    if (step !== "released") return;
    Deno.mkdirSync(`${game.root}/local`);
    Deno.writeTextFileSync(`${game.root}/local/by_hand`, "x");
  });
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, `${game.root}/local was made by somebody meanwhile; move it away`);
  assertEquals(await game.files(), ["alienswarm.eti", "local/by_hand", "version.ini"]);
  assertEquals(await game.intents.list(), []);
});

const BAD: [string, RarWriterEntry, string][] = [
  ["damaged", { name: "bad", bytes: new Uint8Array(1000), damaged: true }, "archive_damaged"],
  ["encrypted", { name: "bad", bytes: new Uint8Array(16), encrypted: true }, "archive_encrypted"],
  ["unsafe", { name: "../bad", bytes: new Uint8Array(1) }, "archive_unsafe"],
  ["endless", { name: "bad", bytes: new Uint8Array(1), declared_size: 2 ** 50 }, "disk_full"],
];
for (const [what, entry, code] of BAD) {
  for (const operation of ["install", "update"] as const) {
    Deno.test(`${operation} from an archive that is ${what} changes nothing, and can be tried again`, async () => {
      await using game = await Fixture.make(operation === "update", [...ENTRIES, entry]);
      const error = await game.refusal(operation);
      assertEquals(error.code, code);
      if (code !== "disk_full") assertStringIncludes(error.message, "alienswarm.eti");
      await game.assertUntouched(operation === "update");
      await writeStoredRar5(`${game.root}/alienswarm.eti`, ENTRIES);
      await game.run(operation);
      assertEquals(await game.files(), ["alienswarm.eti", "local/bin/game.exe", "version.ini"]);
    });
  }
}

Deno.test("an update that is cancelled while unpacking keeps the install, a save of that very moment too", async () => {
  const piece = new Uint8Array(MIB);
  const big: RarWriterEntry = {
    name: "big",
    size: 300 * MIB,
    data: (_, length) => piece.subarray(0, length),
  };
  await using game = await Fixture.make(true, [big]);
  const cancel = new AbortController();
  const failed = game.refusal("update", cancel.signal);
  await until("something is written", async () => {
    const info = await Deno.stat(`${game.root}/.local.installing/big`).catch(() => undefined);
    return info !== undefined && info.size > MIB;
  });
  assert((await Deno.stat(`${game.root}/.local.installing/${MARKER}`)).isFile);
  await game.write("local/saves/mine.sav", "local/saves/mine.sav");
  cancel.abort(new Error("the user changed his mind"));
  const { code, message } = await failed;
  assertEquals([code, message], ["cancelled", "Cannot update alienswarm: cancelled"]);
  await game.assertUntouched(true);
});

for (
  const [operation, step] of [["install", "synced"], ["update", "synced"], ["uninstall", "intended"]] as const
) {
  Deno.test(`${operation} can be cancelled up to ${step}`, async () => {
    await using game = await Fixture.make(operation !== "install");
    const cancel = new AbortController();
    const error = await game.refusal(operation, cancel.signal, (now) => now === step && cancel.abort());
    assertEquals([error.code, error.message], ["cancelled", `Cannot ${operation} alienswarm: cancelled`]);
    await game.assertUntouched(operation !== "install");
  });
}

Deno.test("a cancellation that comes after the last safe moment changes nothing any more", async () => {
  await using game = await Fixture.make(true);
  const cancel = new AbortController();
  await game.run("update", cancel.signal, (step) => step === "released" && cancel.abort());
  assertEquals(await game.files(), ["alienswarm.eti", "local/bin/game.exe", "version.ini"]);
});

const no_immutable = Deno.build.os === "linux" && Deno.uid() === 0 ? undefined : "needs root on Linux";
Deno.test({
  name: "an install that can't be deleted is named by the very file that refuses",
  ignore: leftOut("the file that refuses", no_immutable),
  fn: async () => {
    await using game = await Fixture.make(true);
    const file = `${game.root}/local/bin/old.exe`;
    const chattr = (flag: string, path: string) =>
      new Deno.Command("chattr", { args: [flag, path], stderr: "null" }).output().then(({ success }) =>
        success
      );
    if (
      leftOut(
        "the file that refuses",
        await chattr("+i", file).catch(() => false) ? undefined : "no chattr here",
      )
    ) {
      return;
    }
    try {
      const error = await game.refusal("uninstall");
      assertEquals(error.code, "io");
      assertStringIncludes(error.message, "/.local.backup/bin/old.exe");
    } finally {
      const moved = `${game.root}/.local.backup/bin/old.exe`;
      assert(await chattr("-i", moved) || await chattr("-i", file));
    }
    assertEquals((await game.refusal("uninstall")).code, "not_installed");
    await game.assertUntouched(false);
  },
});
