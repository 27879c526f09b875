import { LanspreadError } from "../../src/base/errors.ts";
import { InstalledVersions } from "../../src/install/installed_versions.ts";
import { IntentLog } from "../../src/install/intent.ts";
import type { StepName } from "../../src/install/state.ts";
import { streamGame } from "../../src/install/stream.ts";
import { GameVersion, parseGameId, Sha256 } from "../../src/proto/ids.ts";
import { InstallPath } from "../../src/proto/paths.ts";
import type { StreamItem } from "../../src/proto/stream.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("alienswarm");
const VERSION = GameVersion.parse("2.0");
const EMPTY_SHA256 = Sha256.parse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const ITEMS: StreamItem[] = [
  { type: "stream_file", path: InstallPath.parse("bin/game.exe"), size: 0, executable: false },
  { type: "stream_file_end", sha256: EMPTY_SHA256 },
  { type: "stream_end", files: 1, bytes: 0 },
];

/** A game directory, and streamed installs into it of a game with one file. */
class Fixture implements AsyncDisposable {
  private constructor(readonly dir: TempDir) {}

  static async make(files: string[] = []): Promise<Fixture> {
    const fixture = new Fixture(await TempDir.make());
    await fixture.dir.mkdir("games");
    for (const path of files) await fixture.dir.write(`games/alienswarm/${path}`, path);
    return fixture;
  }

  get root(): string {
    return this.dir.join("games/alienswarm");
  }

  get versions(): InstalledVersions {
    return new InstalledVersions(this.dir.join("state"));
  }

  run({ items = ITEMS, steps, signal = new AbortController().signal }: {
    items?: StreamItem[];
    steps?: (step: StepName) => void;
    signal?: AbortSignal;
  } = {}) {
    const sent = async function* () {
      yield* await Promise.resolve(items);
    };
    const tree = { entries: 1, total_bytes: 0, items: sent() };
    const intents = new IntentLog(this.dir.join("state"));
    return streamGame({
      game_id: GAME,
      game_root: this.root,
      version: VERSION,
      intents,
      tree,
      steps,
      signal,
    });
  }

  async refusal(options: Parameters<Fixture["run"]>[0]): Promise<LanspreadError> {
    const error = await assertRejects(() => this.run(options), LanspreadError);
    assertStringIncludes(error.message, "Cannot stream-install alienswarm: ");
    return error;
  }

  files(): Promise<string[]> {
    return filesBelow(this.dir.join("games"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dir[Symbol.asyncDispose]();
  }
}

const cutOff = { items: ITEMS.slice(0, 2) };

Deno.test("streamGame() makes the game root with nothing but local/, and remembers the version", async () => {
  await using fixture = await Fixture.make();
  assertEquals(await fixture.run(), { files: 1, bytes: 0 });
  assertEquals(await fixture.files(), ["alienswarm/local/bin/game.exe"]);
  assertEquals(await fixture.versions.read(GAME, fixture.root), VERSION);
  assertEquals(await filesBelow(fixture.dir.join("state")), ["games/alienswarm/installed.json"]);
});

Deno.test("streamGame() that fails removes the game root that it made", async () => {
  await using fixture = await Fixture.make();
  assertEquals((await fixture.refusal(cutOff)).code, "invalid_request");
  assertEquals(await Array.fromAsync(Deno.readDir(fixture.dir.join("games"))), []);
  assertEquals(await filesBelow(fixture.dir.join("state")), []);
});

Deno.test("streamGame() that fails keeps an empty game root that was there before", async () => {
  await using fixture = await Fixture.make();
  await Deno.mkdir(fixture.root);
  await fixture.refusal(cutOff);
  assertEquals(await Array.fromAsync(Deno.readDir(fixture.root)), []);
});

Deno.test("streamGame() that fails keeps the game root that it made when somebody put a file there", async () => {
  await using fixture = await Fixture.make();
  const steps = (step: StepName) => {
    if (step !== "unpacked") return;
    Deno.writeTextFileSync(`${fixture.root}/mine.txt`, "mine");
    throw new Error("stopped");
  };
  await fixture.refusal({ steps });
  assertEquals(await fixture.files(), ["alienswarm/mine.txt"]);
  assertEquals(await filesBelow(fixture.dir.join("state")), []);
});

Deno.test("streamGame() replaces an install, and a failure puts it back with its version", async () => {
  const old = ["local/old.exe", "local/saves/mine.sav"];
  for (const last of ["staged", "synced", "released", "set-aside"] as const) {
    await using fixture = await Fixture.make(old);
    await fixture.versions.note(GAME, fixture.root, GameVersion.parse("1.0"));
    const steps = (step: StepName) => {
      if (step === last) throw new Error("stopped");
    };
    await fixture.refusal({ steps });
    assertEquals(await fixture.files(), old.map((path) => `alienswarm/${path}`), last);
    assertEquals(`${await fixture.versions.read(GAME, fixture.root)}`, "1.0", last);
  }
  await using fixture = await Fixture.make(old);
  await fixture.run();
  assertEquals(await fixture.files(), ["alienswarm/local/bin/game.exe"]);
  assertEquals(await fixture.versions.read(GAME, fixture.root), VERSION);
});

Deno.test("streamGame() is cancelled up to the promotion, and what comes after it is only logged", async () => {
  for (const last of ["intended", "root-made", "staged", "unpacked", "synced"] as const) {
    await using fixture = await Fixture.make();
    const cancelling = new AbortController();
    const steps = (step: StepName) => {
      if (step === last) cancelling.abort(new Error("enough"));
    };
    assertEquals((await fixture.refusal({ steps, signal: cancelling.signal })).code, "cancelled", last);
    assertEquals(await Array.fromAsync(Deno.readDir(fixture.dir.join("games"))), [], last);
  }
  for (const last of ["noted", "settled"] as const) {
    await using fixture = await Fixture.make();
    const steps = (step: StepName) => {
      if (step === last) throw new Error("the disk refused");
    };
    assertEquals(await fixture.run({ steps }), { files: 1, bytes: 0 }, last);
    assertEquals(await fixture.files(), ["alienswarm/local/bin/game.exe"]);
  }
});

Deno.test("streamGame() leaves a staging alone that nobody proved to be lanspread's", async () => {
  await using fixture = await Fixture.make([".local.installing/mine.txt"]);
  assertStringIncludes((await fixture.refusal({})).message, "is in the way");
  assertEquals(await fixture.files(), ["alienswarm/.local.installing/mine.txt"]);
});
