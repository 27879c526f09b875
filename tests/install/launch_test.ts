/**
 * Scripts that are really started. What they do is seen by the files that they write.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { launchGame } from "../../src/install/launch.ts";
import { isSetUp, markSetUp } from "../../src/install/setup_done.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("alienswarm");
const NEVER = new AbortController().signal;
const ignore = leftOut(
  "launching real scripts",
  Deno.build.os === "windows" ? "the scripts of these tests are for a Unix shell" : undefined,
);

/** An installed game below a folder whose name a shell could misread. */
class Fixture implements AsyncDisposable {
  private constructor(readonly dir: TempDir, readonly root: string) {}

  static async make(scripts: Record<string, string>, mode = 0o644): Promise<Fixture> {
    const dir = await TempDir.make();
    const root = await dir.mkdir(`it's "50%" & $(touch x)/alienswarm`);
    await Deno.mkdir(`${root}/local`);
    for (const [name, text] of Object.entries(scripts)) {
      await Deno.writeTextFile(`${root}/local/${name}`, text, { mode });
    }
    return new Fixture(dir, root);
  }

  get setup() {
    return { state_dir: this.dir.join("state"), game_id: GAME, game_root: this.root };
  }

  launch(what: "game" | "server" = "game", signal = NEVER) {
    return launchGame({ ...this.setup, what, signal });
  }

  async refusal(what: "game" | "server" = "game"): Promise<LanspreadError> {
    const error = await assertRejects(() => this.launch(what), LanspreadError);
    assertStringIncludes(error.message, "Cannot launch alienswarm: ");
    return error;
  }

  /** Waits until a script has written this file of `local/`; each writes its last line feed last. */
  written(name: string): Promise<string> {
    return until(`${name} is written`, async () => {
      const text = await this.read(name);
      return text?.endsWith("\n") ? text.trim() : undefined;
    });
  }

  read(name: string): Promise<string | undefined> {
    return Deno.readTextFile(`${this.root}/local/${name}`).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dir[Symbol.asyncDispose]();
  }
}

/** A test that leaves started processes to themselves, as the program does; each ends at once. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn, sanitizeOps: false, sanitizeResources: false });
}

test("launchGame() runs the setup once and to its end, then the game, both in local/", async () => {
  await using game = await Fixture.make({
    "game_setup.sh": "echo setup >> order; pwd > setup_folder; sleep 0.2; echo done >> order",
    "game_start.sh": "echo game >> order; pwd > folder",
  });
  assertEquals(await game.launch(), { setup: true, started: "game_start.sh" });
  assertEquals(await game.written("folder"), `${game.root}/local`);
  assertEquals(await game.written("setup_folder"), `${game.root}/local`);
  assertEquals((await game.read("order"))?.split("\n"), ["setup", "done", "game", ""]);
  assert(await isSetUp(game.setup));
  assertEquals(await game.launch(), { setup: false, started: "game_start.sh" });
  await until("the game ran again", async () => (await game.read("order"))?.endsWith("done\ngame\ngame\n"));
});

test("launchGame() starts a game that needs no setup, and writes down none", async () => {
  await using game = await Fixture.make({ "GAME_Start.Sh": "echo ran > ran" });
  assertEquals(await game.launch(), { setup: false, started: "GAME_Start.Sh" });
  await game.written("ran");
  assertEquals(await isSetUp(game.setup), false);
});

test("a setup that fails is told by name and code, starts nothing, and runs again the next time", async () => {
  await using game = await Fixture.make({
    "game_setup.sh": "echo x >> tries; exit 3",
    "game_start.sh": "echo ran > ran",
  });
  for (const tries of ["x", "x\nx"]) {
    const error = await game.refusal();
    assertEquals(error.code, "launch_failed");
    assertStringIncludes(error.message, "game_setup.sh ended with code 3");
    assertEquals(await game.written("tries"), tries);
    assertEquals(await isSetUp(game.setup), false);
  }
  assertEquals(await game.read("ran"), undefined);
});

test("a setup that a signal ends has failed too", async () => {
  await using game = await Fixture.make({ "game_setup.sh": "kill -9 $$", "game_start.sh": "echo ran > ran" });
  assertStringIncludes((await game.refusal()).message, "game_setup.sh ended by SIGKILL");
  assertEquals(await isSetUp(game.setup), false);
});

test("a cancelled wait for a setup starts nothing and does not count as done", async () => {
  await using game = await Fixture.make({
    "game_setup.sh": "echo on > on; while [ ! -e go ]; do sleep 0.02; done; echo end > end",
    "game_start.sh": "echo ran > ran",
  });
  const cancel = new AbortController();
  const launching = game.launch("game", cancel.signal);
  const cancelled = assertRejects(() => launching, LanspreadError);
  await game.written("on");
  cancel.abort(new LanspreadError("shutting_down", "the peer is shutting down"));
  assertEquals((await cancelled).code, "shutting_down");
  // The setup itself was left alone.
  await Deno.writeTextFile(`${game.root}/local/go`, "");
  assertEquals(await game.written("end"), "end");
  assertEquals([await isSetUp(game.setup), await game.read("ran")], [false, undefined]);
});

test("launchGame() lets a script with #! choose its own interpreter", async () => {
  await using game = await Fixture.make(
    { "game_start.sh": "#!/usr/bin/env -S sh -eu\necho $- > flags" },
    0o755,
  );
  await game.launch();
  assertStringIncludes(await game.written("flags"), "e");
});

test("launchGame() runs an executable script without #! by the shell", async () => {
  await using game = await Fixture.make({ "game_start.sh": 'echo "$0" > ran' }, 0o755);
  await game.launch();
  // Not all systems fall back to the shell by themselves; one that did would be called by its whole path.
  assertEquals(await game.written("ran"), "./game_start.sh");
});

test("launchGame() says that a game has scripts for another system only", async () => {
  await using game = await Fixture.make({ "game_start.cmd": "echo", "game_setup.sh": "echo x > ran" });
  const error = await game.refusal();
  assertEquals(error.code, "launch_failed");
  assertStringIncludes(error.message, "game_start.cmd only, which this system can't run");
  assertEquals(await game.read("ran"), undefined);
});

test("launchGame() runs neither links nor folders nor scripts deeper down", async () => {
  await using game = await Fixture.make({ "real.sh": "echo ran > ran" });
  await Deno.symlink(`${game.root}/local/real.sh`, `${game.root}/local/game_start.sh`);
  await Deno.mkdir(`${game.root}/local/server_start.sh`);
  await game.dir.write("outside/game_start.sh", "echo ran > ran");
  for (const what of ["game", "server"] as const) {
    assertStringIncludes((await game.refusal(what)).message, `it has no ${what}_start.sh in local/`);
  }
  await Deno.remove(`${game.root}/local`, { recursive: true });
  await Deno.symlink(game.dir.join("outside"), `${game.root}/local`);
  assertStringIncludes((await game.refusal()).message, "is not a folder");
});

test("launchGame() refuses what is not installed, and a game root that is a link", async () => {
  await using game = await Fixture.make({ "game_start.sh": "echo ran > ran" });
  const linked = game.dir.join("linked");
  await Deno.symlink(game.root, linked);
  for (const game_root of [linked, game.dir.join("nothing")]) {
    const launching = () => launchGame({ ...game.setup, game_root, what: "game", signal: NEVER });
    assertEquals((await assertRejects(launching, LanspreadError)).code, "not_installed");
  }
  await Deno.remove(`${game.root}/local`, { recursive: true });
  assertEquals((await game.refusal()).code, "not_installed");
});

test("the setup of one game root does not count for the same game elsewhere, nor does a damaged file", async () => {
  await using game = await Fixture.make({});
  await markSetUp({ ...game.setup, game_root: game.dir.join("elsewhere/alienswarm") });
  assertEquals(await isSetUp(game.setup), false);
  await markSetUp(game.setup);
  assert(await isSetUp(game.setup));
  await Deno.writeTextFile(game.dir.join("state/games/alienswarm/setup_done"), "{");
  assertEquals(await isSetUp(game.setup), false);
  assertEquals(await new IntentLog(game.dir.join("state")).list(), []);
});
