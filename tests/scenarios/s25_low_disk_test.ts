/**
 * S25: a download that does not fit is refused before anything is touched, and says what is needed and what is free.
 *
 * @module
 */

import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { assertOnlyFinished } from "../support/download_ends.ts";
import { assertSameTree, filesBelow, makeGame, MIB } from "../support/games.ts";
import { gameDetails, HostilePeer } from "../support/hostile_peer.ts";
import { SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { leftOut } from "../support/print.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const ignore = leftOut("S25: a small disk", await whyNoMounts());

/** Downloads what does not fit, and gives the two figures of the refusal. */
async function refusedFigures(peer: PeerProcess, game_id: string, dir: string) {
  const end = await peer.downloadEnd(game_id);
  assertEquals([end.event, "code" in end && end.code], ["download-failed", "disk_full"]);
  const message = "message" in end ? end.message : "";
  for (const part of [game_id, dir, "free some space"]) assertStringIncludes(message, part);
  const found = /needs (\d+) bytes.* (\d+) free/.exec(message);
  assertMatch(message, /needs \d+ bytes.* \d+ free/);
  return { needed: Number(found?.[1]), free: Number(found?.[2]) };
}

Deno.test(
  "S25: a game that does not fit is refused before anything is touched, and comes when there is room",
  {
    ignore,
  },
  async () => {
    await using swarm = await Swarm.make();
    const games = swarm.gameDir("bob");
    const old_files = { "data.pak": 3 * MIB, "old.txt": "old" };
    const root = await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0" });
    await Deno.truncate(await swarm.dir.write("alice/games/quake/data.pak", "begin"), 200 * MIB);
    const newer = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.1" });
    await Deno.truncate(await swarm.dir.write("alice/games/alienswarm/data.pak", "begin"), 200 * MIB);
    await using disk = await SmallDisk.mount(games, 96 * MIB);
    const kept = await makeGame(games, "alienswarm", { version: "1.0", files: old_files });
    const before = await filesBelow(games);
    const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
    await using stranger = await HostilePeer.start({ party: swarm.party });
    await stranger.greet(bob.addr);
    await bob.sources("quake", 1);
    await bob.sources("alienswarm", 1);

    for (const game_id of ["quake", "alienswarm"]) {
      const { needed, free } = await refusedFigures(bob, game_id, games);
      assertGreater(needed, 190 * MIB);
      assertEquals(free, await disk.freeBytes());
    }
    // Not even a folder was made, and the old version is what it was: here, whole, and served.
    assertEquals([await filesBelow(games), (await Array.fromAsync(Deno.readDir(games))).length], [before, 1]);
    assertEquals(bob.eventsOf("download-begin"), []);
    const old = await bob.game("alienswarm");
    assertEquals([old?.downloaded, old?.local_version, old?.operation], [true, "1.0", null]);
    assertEquals(await Deno.readTextFile(`${kept}/version.ini`), "1.0");
    const served = await stranger.ask({ type: "get_game", game_id: "alienswarm" });
    const sizes = [...Object.entries({ "data.pak": 3 * MIB, "old.txt": 3, "version.ini": 3 })];
    const list = gameDetails("alienswarm", "1.0", sizes.map(([path, size]) => ({ path, size })));
    assertEquals([served.type, served.manifest_hash], ["game_details", list.manifest_hash]);

    await disk.resize(1_024 * MIB);
    const from = bob.lines.length;
    for (const [game_id, wanted] of [["quake", root], ["alienswarm", newer]] as const) {
      await bob.download(game_id);
      await assertSameTree(wanted, `${games}/${game_id}`);
      assertOnlyFinished(bob, game_id, from);
    }
  },
);

Deno.test("S25: a game that would leave nothing to others is refused with figures that say so", {
  ignore,
}, async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("bob");
  const root = await makeGame(swarm.gameDir("alice"), "quake", {
    version: "1.0",
    files: { "data.pak": 40 * MIB },
  });
  await using disk = await SmallDisk.mount(games, 41 * MIB);
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("quake", 1);
  const { needed, free } = await refusedFigures(bob, "quake", games);
  assertEquals(free, await disk.freeBytes());
  // Whoever reads it has to see why: what is needed includes what is left to others.
  assertGreater(needed, free);
  assertEquals([await filesBelow(games), bob.eventsOf("download-begin")], [[], []]);
  // With the room that it asked for it comes.
  await disk.resize(needed + 4 * MIB);
  await bob.download("quake");
  await assertSameTree(root, `${games}/quake`);
});
