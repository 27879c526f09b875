/**
 * When a setup counts as done: never for an install that came after it, whenever the process ends.
 *
 * @module
 */

import { IntentLog } from "../../src/install/intent.ts";
import { isSetUp, markSetUp } from "../../src/install/setup_done.ts";
import { installGame, uninstallGame, updateGame } from "../../src/install/transaction.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

const GAME = parseGameId("game");
const OPERATIONS = { install: installGame, update: updateGame, uninstall: uninstallGame };

/** A game whose archive holds `new`, installed before as `old` or not, with the setup done. */
async function makeSetUp(dir: TempDir, is_installed: boolean) {
  const game_root = await dir.mkdir("games/game");
  const state_dir = dir.join("state");
  await dir.write("games/game/version.ini", "1.0");
  await writeStoredRar5(`${game_root}/game.eti`, [{ name: "new", bytes: new Uint8Array(9) }]);
  if (is_installed) await dir.write("games/game/local/old", "old");
  const setup = { state_dir, game_id: GAME, game_root };
  await markSetUp(setup);
  const intents = new IntentLog(state_dir);
  return { setup, options: { game_id: GAME, game_root, intents, signal: new AbortController().signal } };
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  Deno.test(`${name} forgets the setup before the old install is gone or the new one stands`, async () => {
    await using dir = await TempDir.make();
    const { setup, options } = await makeSetUp(dir, name !== "install");
    const seen: boolean[] = [];
    const steps = (step: string) => {
      const is_done = exists(dir.join("state/games/game/setup_done"));
      const is_old = name === "install"
        ? !exists(dir.join("games/game/local"))
        : exists(dir.join("games/game/local/old"));
      assert(!is_done || is_old, `done for another install at ${step}`);
      seen.push(is_done);
    };
    await operation({ ...options, steps });
    assert(seen.includes(true) && seen.includes(false), `${seen}`);
    assertEquals(await isSetUp(setup), false);
  });
}

Deno.test("an update that fails keeps the setup of the install that stays", async () => {
  await using dir = await TempDir.make();
  const { setup, options } = await makeSetUp(dir, true);
  await Deno.truncate(dir.join("games/game/game.eti"), 30);
  await assertRejects(() => updateGame(options));
  assert(await isSetUp(setup));
});

Deno.test("an uninstall leaves the setup of the same game in another game directory alone", async () => {
  await using dir = await TempDir.make();
  const { setup, options } = await makeSetUp(dir, true);
  const other = { ...setup, game_root: dir.join("others/game") };
  await markSetUp(other);
  await uninstallGame(options);
  assert(await isSetUp(other));
});
