/**
 * Processes that are killed in the middle of an operation, and the recovery that follows: the game is in its old state
 * or in its new one, and nothing else is left.
 *
 * The kills show the order of the steps. What a power cut does to data that was not synced is not seen this way.
 *
 * @module
 */

import fc from "fast-check";
import { InstalledVersions } from "../../src/install/installed_versions.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { lookAt } from "../../src/install/look.ts";
import { recoverAll } from "../../src/install/recovery.ts";
import {
  INSTALL_PASSAGES,
  type Passage,
  REMOVE_PASSAGES,
  STREAM_PASSAGES,
  UNINSTALL_ALL_PASSAGES,
  UNINSTALL_PASSAGES,
  UPDATE_PASSAGES,
} from "../../src/install/state.ts";
import { GameVersion, parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { assertSameTree, filesBelow, makeTree, MIB } from "../support/games.ts";
import { endChild, killedAt, spawnOperation } from "../support/kill_points.ts";
import { print } from "../support/print.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const NEVER = new AbortController().signal;
const RUNS_VARIABLE = "LANSPREAD_TEST_KILLS";
const PROCESSES_AT_ONCE = 2;

const OLD = { "bin/game.exe": 70_000, "data/level.pak": 300_000, "saves/mine.sav": "my only save" };
const NEW = { "bin/game.exe": 90_000, "data/level.pak": 2 * MIB, "data/more.pak": 10, "readme.txt": "new" };

/** Both versions as trees, and archives that unpack to them. */
async function makeVersions(dir: TempDir): Promise<void> {
  for (const [name, files] of [["0", OLD], ["1", NEW]] as const) {
    await makeTree(dir.join(`version${name}`), files, name);
    await Deno.mkdir(dir.join("state"), { recursive: true });
    const paths = await filesBelow(dir.join(`version${name}`));
    const entries = paths.map((path) => ({
      name: path,
      bytes: Deno.readFileSync(dir.join(`version${name}`, path)),
    }));
    await writeStoredRar5(dir.join(`state/${name}.eti`), entries);
  }
  await dir.write("source/game/version.ini", "2.0");
  await Deno.copyFile(dir.join("state/1.eti"), dir.join("source/game/game.eti"));
}

interface Killable {
  operation: "install" | "update" | "stream" | "uninstall" | "remove";
  passages: readonly Passage[];
  before: Before;
}

/** What of the game is there before the operation. */
interface Before {
  /** The old version. */
  is_installed: boolean;
  /** The new version. */
  is_downloaded: boolean;
}

const BOTH: Before = { is_installed: true, is_downloaded: true };
const ONLY_DOWNLOADED: Before = { is_installed: false, is_downloaded: true };
const ONLY_INSTALLED: Before = { is_installed: true, is_downloaded: false };
const NOTHING: Before = { is_installed: false, is_downloaded: false };

const KILLABLE: Record<string, Killable> = {
  "install": { operation: "install", passages: INSTALL_PASSAGES, before: ONLY_DOWNLOADED },
  "update": { operation: "update", passages: UPDATE_PASSAGES, before: BOTH },
  "streamed install": { operation: "stream", passages: STREAM_PASSAGES, before: NOTHING },
  "streamed update": { operation: "stream", passages: UPDATE_PASSAGES, before: BOTH },
  "uninstall": { operation: "uninstall", passages: UNINSTALL_PASSAGES, before: BOTH },
  "uninstall without a download": {
    operation: "uninstall",
    passages: UNINSTALL_ALL_PASSAGES,
    before: ONLY_INSTALLED,
  },
  "remove": { operation: "remove", passages: REMOVE_PASSAGES, before: ONLY_DOWNLOADED },
};

/** A game directory with the game before the operation. */
async function makeBefore(dir: TempDir, name: string, { is_installed, is_downloaded }: Before) {
  const games = await dir.mkdir(`${name}/games`);
  const state_dir = dir.join(`${name}/state`);
  const root = `${games}/game`;
  if (is_downloaded) {
    await dir.write(`${name}/games/game/version.ini`, "2.0");
    await Deno.copyFile(dir.join("state/1.eti"), `${root}/game.eti`);
  }
  if (is_installed) {
    await makeTree(`${root}/local`, OLD, "0");
    await new InstalledVersions(state_dir).note(GAME, root, GameVersion.parse("1.0"));
  }
  return { games, root, state_dir };
}

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
}

/** Which version of the game stands, if any: its files exactly, and nothing else in the game directory. */
async function installAfter(
  dir: TempDir,
  games: string,
  root: string,
): Promise<{ install: "1.0" | "2.0" | undefined; is_downloaded: boolean }> {
  const found = (await names(games)).length === 0 ? undefined : await names(root);
  const is_downloaded = found?.includes("version.ini") ?? false;
  const is_installed = found?.includes("local") ?? false;
  const expected = [...(is_downloaded ? ["game.eti"] : []), ...(is_installed ? ["local"] : [])];
  assertEquals(found ?? [], is_downloaded ? [...expected, "version.ini"] : expected);
  assert(found === undefined || found.length > 0, "an empty game root was left");
  if (!is_installed) return { install: undefined, is_downloaded };
  const is_old = (await names(`${root}/local`)).includes("saves");
  await assertSameTree(dir.join(is_old ? "version0" : "version1"), `${root}/local`);
  return { install: is_old ? "1.0" : "2.0", is_downloaded };
}

/** Fails unless the game is exactly in its old or its new state. Gives which. */
async function stateAfter(
  dir: TempDir,
  { operation, before }: Killable,
  games: string,
  root: string,
): Promise<"old" | "new"> {
  const { install, is_downloaded } = await installAfter(dir, games, root);
  const is_removed = operation === "remove" && !is_downloaded;
  assertEquals(is_downloaded, before.is_downloaded && !is_removed, "the download");
  const old = before.is_installed ? "1.0" : undefined;
  if (operation === "remove") assertEquals(install, undefined);
  else if (install !== old) assertEquals(install, operation === "uninstall" ? undefined : "2.0");
  return install !== old || is_removed ? "new" : "old";
}

/** From this step on the operation is done. */
const DECIDED: Record<Killable["operation"], string> = {
  install: "promoted",
  update: "promoted",
  stream: "promoted",
  uninstall: "set-aside",
  remove: "sentinel-gone",
};

for (const [name, killable] of Object.entries(KILLABLE)) {
  const { operation, passages, before } = killable;
  Deno.test(`killed at any step, ${name} is recovered to the old or the new state`, async () => {
    await using dir = await TempDir.make();
    await makeVersions(dir);
    const decided = passages.findIndex(([step]) => step === DECIDED[operation]);
    const outcomes: string[] = [];
    const killAt = async ([step, expected]: Passage, at: number) => {
      const { games, root, state_dir } = await makeBefore(dir, step, before);
      assert(await killedAt(step, operation, root, state_dir), `${operation} never came to ${step}`);
      const intents = new IntentLog(state_dir);
      const { state } = await lookAt(root, await intents.read(GAME, root));
      assertEquals(state, expected, `what the kill at ${step} left`);
      await recoverAll(games, intents, () => false, NEVER);
      const outcome = await stateAfter(dir, killable, games, root);
      assertEquals(outcome, at < decided ? "old" : "new", `after the kill at ${step}`);
      outcomes.push(`${step}: ${outcome}`);
      assertEquals(await recoverAll(games, intents, () => false, NEVER), [], "a second recovery");
      const { install } = await installAfter(dir, games, root);
      const version: string | undefined = await new InstalledVersions(state_dir).read(GAME, root);
      assertEquals(version, install, "what is remembered");
      const expected_files = install ? ["games/game/installed.json"] : [];
      assertEquals(await filesBelow(state_dir).catch(() => []), expected_files, "the intent log");
    };
    const waiting = [...passages.entries()];
    await Promise.all(Array.from({ length: PROCESSES_AT_ONCE }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await killAt(next[1], next[0]);
    }));
    print(`${name}: ${outcomes.length} kill points, each recovered`);
  });
}

Deno.test("a recovery that is killed is finished by the next one", async () => {
  await using dir = await TempDir.make();
  await makeVersions(dir);
  const cases = [["set-aside", "restored"], ["set-aside", "emptied"], ["promoted", "emptying"], [
    "promoted",
    "deleted",
  ]] as const;
  for (const [first, second] of cases) {
    const { games, root, state_dir } = await makeBefore(dir, `${first} ${second}`, BOTH);
    assert(await killedAt(first, "update", root, state_dir));
    assert(await killedAt(second, "recover", root, state_dir), `the recovery never came to ${second}`);
    await recoverAll(games, new IntentLog(state_dir), () => false, NEVER);
    const update = KILLABLE["update"];
    assert(update);
    assertEquals(await stateAfter(dir, update, games, root), first === "set-aside" ? "old" : "new");
    const version = await new InstalledVersions(state_dir).read(GAME, root);
    assertEquals(version, first === "set-aside" ? "1.0" : "2.0");
    assertEquals(await filesBelow(state_dir), ["games/game/installed.json"]);
  }
});

// The backup stands for a short time only: half of the kills wait for it.
const AWAITED = fc.constantFrom(".local.installing", ".local.backup");

Deno.test("killed at a random moment, an update leaves one of two versions after recovery", async () => {
  const runs = Number(Deno.env.get(RUNS_VARIABLE) ?? 40);
  const moments = new Map<string, number>();
  await using dir = await TempDir.make();
  await makeVersions(dir);
  let round = 0;
  await holds(
    fc.asyncProperty(AWAITED, fc.nat({ max: 400 }), async (awaited, spins) => {
      const { games, root, state_dir } = await makeBefore(dir, `run${round++}`, BOTH);
      for (const name of ["0.eti", "1.eti"]) {
        await Deno.copyFile(dir.join("state", name), `${state_dir}/${name}`);
      }
      const child = spawnOperation("alternate", root, state_dir);
      try {
        const hasAppeared = () => Deno.lstat(`${root}/${awaited}`).then(() => true, () => false);
        const appearing = async () => {
          while (!await hasAppeared());
        };
        await within(awaited, appearing());
        // The moment is random by how long this takes; nothing depends on how long that is.
        for (let i = 0; i < spins; i++) await Deno.lstat(root);
      } finally {
        await endChild(child);
      }
      const intents = new IntentLog(state_dir);
      const { state } = await lookAt(root, await intents.read(GAME, root));
      const moment = [state.intent, state.local, state.installing, state.backup].join(" ");
      moments.set(moment, (moments.get(moment) ?? 0) + 1);
      await recoverAll(games, intents, () => false, NEVER);
      const { install, is_downloaded } = await installAfter(dir, games, root);
      assert(install && is_downloaded);
      await Deno.remove(dir.join(`run${round - 1}`), { recursive: true });
    }),
    { runs, keep_first_failure: true },
  );
  print(
    `${runs} random kills (${RUNS_VARIABLE} sets how many): ${JSON.stringify(Object.fromEntries(moments))}`,
  );
  assert(moments.size > 1, "every kill met the same state");
});
