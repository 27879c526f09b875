/**
 * A peer that starts where an earlier version left its files: they are in the state folder before anybody is told of a
 * game, and what can't be read keeps nobody from starting.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "../support/assert.ts";
import { filesBelow, makeTree } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const HALF_UPDATED = {
  "game/version.ini": "1.0",
  "game/.lanspread.json": '{"id": "game", "intent": "updating"}',
  "game/.local.backup/save.dat": "mine",
};
const RECOVERED = ["game/local/save.dat", "game/version.ini"];

function warnings(peer: PeerProcess, path: string): number {
  return peer.log.split("\n").filter((line) => line.includes(path) && line.includes("left where it is"))
    .length;
}

Deno.test("a start migrates the old files, and a damaged one is told once and left alone", async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("alice");
  await makeTree(games, {
    ...HALF_UPDATED,
    ".lanspread/index.json": '{"library_rev": 700}',
    "odd/version.ini": "1.0",
    "odd/.lanspread.json": "no JSON",
  });
  const alice = await swarm.start("alice");
  assertEquals(await filesBelow(games), [...RECOVERED, "odd/.lanspread.json", "odd/version.ini"]);
  assertEquals((await alice.game("game"))?.installed, true);
  assertGreater((await alice.ok("status")).library_rev, 700);
  await alice.stop();
  assertEquals(warnings(alice, "odd/.lanspread.json"), 1);
  const again = await swarm.start("alice");
  assertEquals((await again.game("game"))?.installed, true);
  await again.stop();
  assertEquals(warnings(again, "odd/.lanspread.json"), 1);
});

Deno.test("set-game-dir migrates the new game directory", async () => {
  await using swarm = await Swarm.make();
  const other = swarm.dir.join("other");
  await makeTree(other, { ...HALF_UPDATED, ".lanspread/index.json": '{"library_rev": 700}' });
  const alice = await swarm.start("alice");
  await alice.ok("set-game-dir", { game_dir: other });
  assertEquals(await filesBelow(other), RECOVERED);
  assertEquals((await alice.game("game"))?.installed, true);
  assertGreater((await alice.ok("status")).library_rev, 700);
  assert(alice.eventsOf("local-library-changed").some(({ games }) => games[0]?.installed));
});
