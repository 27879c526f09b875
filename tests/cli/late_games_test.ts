/**
 * Waiting for a disk that is late.
 *
 * @module
 */

import { awaitGames } from "../../src/cli/late_games.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Printed } from "../support/printed.ts";
import { TempDir } from "../support/temp_dir.ts";

const { signal } = new AbortController();

/** A wait that has begun to sleep. */
async function waiting(game_dir: string) {
  const clock = new FakeClock();
  let is_over = false;
  const done = awaitGames(game_dir, clock, signal).then(() => is_over = true);
  await until("the wait", () => clock.sleeping > 0);
  /** Moves time on by seconds, as long as it sleeps. */
  const pass = async (seconds: number) => {
    for (; seconds > 0 && !is_over; seconds--) {
      await clock.advance(1_000);
      await until("the next look", () => is_over || clock.sleeping > 0);
    }
    return is_over;
  };
  return { pass, done };
}

Deno.test("a game folder that comes late is waited for, and the wait is told once", async () => {
  await using dir = await TempDir.make();
  using printed = new Printed();
  const wait = await waiting(dir.join("games"));
  assertEquals(await wait.pass(200), false);
  await dir.mkdir("games");
  assertEquals(await wait.pass(1), true);
  assertStringIncludes(printed.err, `waits for the game folder ${dir.join("games")}`);
  assertEquals(printed.err.trimEnd().split("\n").length, 1);
});

Deno.test("a game folder that never comes is waited for five minutes", async () => {
  await using dir = await TempDir.make();
  using _printed = new Printed();
  const wait = await waiting(dir.join("games"));
  assertEquals([await wait.pass(299), await wait.pass(1)], [false, true]);
  await wait.done;
});

Deno.test("what is there is not waited for, folder or not", async () => {
  await using dir = await TempDir.make();
  using printed = new Printed();
  await dir.write("file", "");
  for (const path of [dir.path, dir.join("file"), dir.join("file/games")]) {
    await awaitGames(path, new FakeClock(), signal);
  }
  assert(printed.err === "");
});
