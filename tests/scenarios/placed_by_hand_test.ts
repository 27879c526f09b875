/**
 * A person puts a newer version into the game folder, and a download begins before the folder was looked at again: the
 * person's files stay.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { assertSameTree, copyGame, makeGame } from "../support/games.ts";
import { Swarm } from "../support/swarm.ts";

const ID = "alienswarm";
const ENDS = ["download-failed", "download-finished"] as const;

Deno.test("a download does not write an older version over a newer one that a person has just put there", async () => {
  await using swarm = await Swarm.make();
  const old = { version: "1", files: { "a.bin": 5_000, "b.bin": 100 } };
  await makeGame(swarm.gameDir("alice"), ID, old);
  const mine = await makeGame(swarm.dir.join("mine"), ID, {
    version: "2",
    files: { "a.bin": 7_000, "c.bin": 9 },
  });
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources(ID, 1);
  const copy = await copyGame(mine, swarm.gameDir("bob"), ID);
  const answer = await bob.command("download", { game_id: ID, install: false });
  if (answer.ok) {
    const end = await bob.anyEvent(ENDS, ({ game_id }) => game_id === ID);
    assert(end.event === "download-failed");
    assertEquals(end.code, "already_downloaded");
  } else assertEquals(answer.error?.code, "already_downloaded");
  await assertSameTree(mine, copy);
});
