import { IntentLog } from "../../src/install/intent.ts";
import { recoverAll } from "../../src/install/recovery.ts";
import { isSetUp, markSetUp } from "../../src/install/setup_done.ts";
import { LEGACY_NAMES, MAX_LEGACY_BYTES } from "../../src/migration/legacy.ts";
import { migrateLegacyFiles, type Migration, type MigrationStep } from "../../src/migration/migrate.ts";
import { digestJson } from "../../src/proto/digest.ts";
import { type GameId, parseGameId } from "../../src/proto/ids.ts";
import { walk } from "../../src/base/std/fs.ts";
import { fromFileUrl } from "../../src/base/std/path.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";

import { leftOut, print } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");

/** A game directory with these files, and a state directory. */
class Lab implements AsyncDisposable {
  readonly intents: IntentLog;

  private constructor(readonly dir: TempDir) {
    this.intents = new IntentLog(dir.join("state"));
  }

  static async make(files: Record<string, string>): Promise<Lab> {
    const lab = new Lab(await TempDir.make());
    await lab.dir.mkdir("games");
    for (const [path, text] of Object.entries(files)) await lab.dir.write(`games/${path}`, text);
    return lab;
  }

  get games(): string {
    return this.dir.join("games");
  }

  /** `death` ends the migration at that step, counted over all files, as a kill would. */
  async migrate(death = Infinity): Promise<Migration> {
    const kill = new AbortController();
    const steps = (_: MigrationStep) => {
      if (death-- > 0) return;
      kill.abort(new Error("killed"));
      throw new Error("killed");
    };
    using index = LibraryIndex.open(this.dir.join("state/library.db"));
    return await migrateLegacyFiles({
      ...{ game_dir: this.games, intents: this.intents, signal: kill.signal, steps },
      raiseRevision: (rev) => index.raiseRevision(rev),
    });
  }

  nextRevision(seed: string): number {
    using index = LibraryIndex.open(this.dir.join("state/library.db"));
    return index.revision(digestJson(seed));
  }

  setup(game_id: GameId = GAME) {
    return { state_dir: this.dir.join("state"), game_id, game_root: this.dir.join("games", game_id) };
  }

  intent(game_id: GameId = GAME) {
    return this.intents.read(game_id, this.dir.join("games", game_id)).then(({ intent }) => intent);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dir[Symbol.asyncDispose]();
  }
}

/** Everything that there was, in one game directory. */
const ALL = {
  ".lanspread/index.json": '{"version": 3, "library_rev": 41, "games": {"game": {"size": 7}}}',
  "game/version.ini": "1.0",
  "game/.lanspread.json": '{"schema_version": 1, "id": "game", "intent": "Updating"}',
  "game/.local.backup/save.dat": "mine",
  "game/.local.installing/half": "x",
  "idle/version.ini": "1.0",
  "idle/.lanspread.json": '{"state": "none"}',
  "idle/.lanspread_first_start_done": "",
  "idle/local/game.exe": "MZ",
  "bare/.lanspread_first_start_done": "",
  "untouched/local/.lanspread.json": "the user's",
};
const MOVED = [
  ".lanspread/index.json",
  "bare/.lanspread_first_start_done",
  "game/.lanspread.json",
  "idle/.lanspread.json",
  "idle/.lanspread_first_start_done",
];

async function assertMigrated(lab: Lab): Promise<void> {
  const left = Object.keys(ALL).filter((path) => !MOVED.includes(path)).sort();
  assertEquals(await filesBelow(lab.games), left);
  assertEquals([...Deno.readDirSync(lab.games)].map(({ name }) => name).sort(), [
    "bare",
    "game",
    "idle",
    "untouched",
  ]);
  assertEquals([await lab.intent(), await lab.intent(parseGameId("idle"))], ["updating", "none"]);
  assertEquals(await isSetUp(lab.setup(parseGameId("idle"))), true);
  assertEquals(await isSetUp(lab.setup(parseGameId("bare"))), false);
  assertEquals(lab.nextRevision("library"), 42);
}

Deno.test("a migration moves the old files into the state directory, and a second one finds nothing", async () => {
  await using lab = await Lab.make(ALL);
  const { moved, problems } = await lab.migrate();
  assertEquals([moved.sort(), problems], [MOVED.map((path) => `${lab.games}/${path}`), []]);
  await assertMigrated(lab);
  assertEquals(await lab.migrate(), { moved: [], problems: [] });
  await assertMigrated(lab);
  // What the old version left in the middle is recovered as if this one had.
  await recoverAll(lab.games, lab.intents, () => false, new AbortController().signal);
  assertEquals((await filesBelow(lab.games)).filter((path) => path.startsWith("game/")), [
    "game/local/save.dat",
    "game/version.ini",
  ]);
});

Deno.test("a migration that is killed between any two steps is finished by the next one", async () => {
  const steps = 3 * MOVED.length;
  for (let death = 0; death < steps; death++) {
    await using lab = await Lab.make(ALL);
    await assertRejects(() => lab.migrate(death), Error, "killed");
    const { problems } = await lab.migrate();
    assertEquals(problems, []);
    await assertMigrated(lab);
  }
  await using lab = await Lab.make(ALL);
  assertEquals((await lab.migrate(steps)).moved.length, MOVED.length);
});

Deno.test("no old file goes before its replacement is here", async () => {
  await using lab = await Lab.make(ALL);
  await Deno.writeTextFile(lab.dir.join("state"), "a file where the state directory should be");
  const { moved, problems } = await migrateLegacyFiles({
    ...{ game_dir: lab.games, intents: lab.intents, signal: new AbortController().signal },
    raiseRevision: () => {
      throw new Error("the disk is full");
    },
  });
  // Nothing stands for an idle intent, nor for the mark of a game that is not installed.
  assertEquals(moved.map((path) => path.slice(lab.games.length + 1)).sort(), [MOVED[1], MOVED[3]]);
  assertEquals(problems.length, 3);
  assertStringIncludes(problems.join(), "the disk is full");
  for (const path of MOVED) {
    const is_there = await Deno.lstat(`${lab.games}/${path}`).then(({ isFile }) => isFile, () => false);
    assertEquals(is_there, !moved.includes(`${lab.games}/${path}`), path);
  }
});

const INTENTS: Record<string, string> = {
  '{"intent": "installing"}': "installing",
  '{"intent": "Installing", "id": "game"}': "installing",
  '{"state": "UNINSTALLING", "recorded_at": 7}': "uninstalling",
  '{"intent": "none"}': "none",
};
for (const [text, expected] of Object.entries(INTENTS)) {
  Deno.test(`the old intent ${text} becomes ${expected}`, async () => {
    await using lab = await Lab.make({ "game/.lanspread.json": text });
    assertEquals((await lab.migrate()).moved.length, 1);
    assertEquals(await lab.intent(), expected);
  });
}

Deno.test("an intent of this version stands against an old one", async () => {
  await using lab = await Lab.make({ "game/.lanspread.json": '{"intent": "installing"}' });
  await lab.intents.write(GAME, `${lab.games}/game`, "uninstalling");
  assertEquals((await lab.migrate()).moved.length, 1);
  assertEquals(await lab.intent(), "uninstalling");
});

Deno.test("the old mark of a setup does not count while an operation is half done", async () => {
  await using lab = await Lab.make({
    "game/.lanspread.json": '{"intent": "updating"}',
    "game/.lanspread_first_start_done": "",
    "game/local/a": "a",
  });
  assertEquals((await lab.migrate()).moved.length, 2);
  assertEquals(await isSetUp(lab.setup()), false);
});

Deno.test("a revision of an old index only raises the library's, and an index without one is just deleted", async () => {
  await using lab = await Lab.make({ ".lanspread/index.json": '{"revision": 3}' });
  const revs = ["a", "b", "c", "d", "e"].map((seed) => lab.nextRevision(seed));
  await lab.migrate();
  assertEquals(lab.nextRevision("e"), revs.at(-1));
  assertGreater(lab.nextRevision("f"), revs.at(-1) ?? 0);
  await lab.dir.write("games/.lanspread/index.json", "{}");
  assertEquals((await lab.migrate()).moved.length, 1);
});

const HOSTILE: Record<string, (path: string) => Promise<unknown> | void> = {
  "bad JSON": (path) => Deno.writeTextFile(path, '{"intent": '),
  "the wrong fields": (path) => Deno.writeTextFile(path, '{"intent": 7, "library_rev": -1}'),
  "no object": (path) => Deno.writeTextFile(path, "[]"),
  "an unknown intent, a revision without end": (path) =>
    Deno.writeTextFile(path, '{"intent": "format-disk", "library_rev": 9007199254740991}'),
  "another game": (path) =>
    Deno.writeTextFile(path, '{"intent": "installing", "id": "other", "revision": 0.5}'),
  "a huge file": (path) => Deno.writeFile(path, new Uint8Array(0)).then(() => Deno.truncate(path, 2 ** 33)),
  "a link": (path) => Deno.symlink("/etc/passwd", path),
  "a folder": (path) => Deno.mkdir(`${path}/deep`, { recursive: true }),
};
for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`${what} in the place of old files is told once a file and left alone`, async () => {
    await using lab = await Lab.make({
      "game/local/a": "a",
      "good/.lanspread.json": '{"intent": "installing"}',
    });
    await lab.dir.mkdir("games/.lanspread");
    const paths = [".lanspread/index.json", "game/.lanspread.json"].map((path) =>
      lab.dir.join("games", path)
    );
    for (const path of paths) await make(path);
    for (const round of [1, 2]) {
      const { moved, problems } = await lab.migrate();
      assertEquals([moved.length, problems.length], [round === 1 ? 1 : 0, 2]);
      for (const path of paths) {
        assertEquals(problems.filter((problem) => problem.startsWith(path)).length, 1);
        assert(Deno.lstatSync(path));
      }
    }
    assertEquals([await lab.intent(), await lab.intent(parseGameId("good"))], ["none", "installing"]);
    assertEquals(lab.nextRevision("library"), 1);
  });
}

Deno.test("a mark that is a link, a folder or huge is no mark", async () => {
  await using lab = await Lab.make({ "a/local/x": "", "b/local/x": "", "c/local/x": "" });
  await Deno.symlink("local/x", `${lab.games}/a/${LEGACY_NAMES.first_start}`);
  await Deno.mkdir(`${lab.games}/b/${LEGACY_NAMES.first_start}`);
  await lab.dir.write(
    `games/c/${LEGACY_NAMES.first_start}`,
    new Uint8Array(MAX_LEGACY_BYTES.first_start + 1),
  );
  assertEquals((await lab.migrate()).problems.length, 3);
  for (const id of ["a", "b", "c"]) assertEquals(await isSetUp(lab.setup(parseGameId(id))), false);
});

Deno.test("a linked game root or a linked folder of the old version is not entered", async () => {
  await using lab = await Lab.make({});
  await lab.dir.write("outside/.lanspread.json", '{"intent": "installing"}');
  await lab.dir.write("outside/index.json", '{"library_rev": 41}');
  for (const name of ["game", ".lanspread"]) {
    await Deno.symlink(lab.dir.join("outside"), `${lab.games}/${name}`);
  }
  assertEquals(await lab.migrate(), { moved: [], problems: [] });
  assertEquals((await filesBelow(lab.dir.join("outside"))).length, 2);
});

Deno.test({
  name: "an old intent that can't be deleted is not carried over, and the next start tries again",
  ignore: leftOut(
    "a file that can't be deleted",
    Deno.build.os === "linux" && Deno.uid() === 0 ? undefined : "only root on Linux can make one",
  ),
  fn: async () => {
    await using lab = await Lab.make({ "game/.lanspread.json": '{"intent": "installing"}' });
    const chattr = (flag: string) =>
      new Deno.Command("chattr", { args: [flag, `${lab.games}/game/.lanspread.json`], stderr: "null" })
        .output();
    if (!(await chattr("+i").catch(() => ({ success: false }))).success) {
      return print("left out: a file that can't be deleted: this disk has no immutable files");
    }
    try {
      assertEquals((await lab.migrate()).problems.length, 1);
      assertEquals(await lab.intent(), "none");
    } finally {
      await chattr("-i");
    }
    assertEquals((await lab.migrate()).moved.length, 1);
    assertEquals(await lab.intent(), "installing");
  },
});

Deno.test("a newer setup is kept where an old mark is migrated too", async () => {
  await using lab = await Lab.make({ "game/.lanspread_first_start_done": "", "game/local/a": "a" });
  await markSetUp(lab.setup());
  await lab.migrate();
  assert(await isSetUp(lab.setup()));
});

Deno.test("no other code of the program names the old files", async () => {
  const src = fromFileUrl(new URL("../../src/", import.meta.url));
  for await (const { path } of walk(src, { includeDirs: false })) {
    if (path.includes("/migration/")) continue;
    const text = await Deno.readTextFile(path);
    for (
      const name of [LEGACY_NAMES.intent, LEGACY_NAMES.first_start, `"${LEGACY_NAMES.index}"`]
    ) {
      assert(!text.includes(name), `${path} names ${name}`);
    }
  }
});
