/**
 * S23 on a disk that is too small, a real one: a streamed install that does not fit, or whose disk another program fills
 * on the way, says what it needs and what is free, leaves nothing, and keeps the old install.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { assertSameTree, filesBelow, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { leftOut } from "../support/print.ts";
import { type EventOf, type PeerProcess, Swarm } from "../support/swarm.ts";

const ignore = leftOut("S23: a small disk", await whyNoMounts());
const GAME = { game_id: "alienswarm" };
const CONTENT = { "a/first.bin": 5 * MIB, "data.pak": 200 * MIB };
const ENDS = ["install-finished", "install-failed"] as const;

async function endOfStream(peer: PeerProcess, from: number): Promise<EventOf<typeof ENDS[number]>> {
  return await peer.anyEvent(ENDS, () => true, { from });
}

/** Everything below a folder by name, without what another program put there. */
async function names(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map(({ name }) => name).filter((name) => name !== "hog.bin").sort();
}

function assertFailure(end: EventOf<typeof ENDS[number]>, says: RegExp): void {
  assert(end.event === "install-failed", end.event);
  assertEquals(end.code, "disk_full");
  assertMatch(end.message, says);
  assertStringIncludes(end.message, "Cannot stream-install alienswarm: ");
}

Deno.test("S23: a streamed install that does not fit says what it needs, and comes when there is room", {
  ignore,
}, async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("bob");
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: CONTENT });
  await makeTree(swarm.dir.join("expected"), CONTENT, "alienswarm");
  await using disk = await SmallDisk.mount(games, 150 * MIB);
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  await bob.ok("stream-install", GAME);
  const free = await disk.freeBytes();
  assertFailure(await endOfStream(bob, 0), new RegExp(`needs ${205 * MIB} bytes .* ${free} bytes free`));
  assertEquals(await names(games), []);

  await disk.resize(256 * MIB);
  const from = bob.lines.length;
  await bob.ok("stream-install", GAME);
  assertEquals((await endOfStream(bob, from)).event, "install-finished");
  await assertSameTree(swarm.dir.join("expected"), `${games}/alienswarm/local`);
});

Deno.test(
  "S23: a disk that fills up in the middle of a streamed install keeps the old install and no scratch",
  {
    ignore,
  },
  async () => {
    await using swarm = await Swarm.make();
    const games = swarm.gameDir("bob");
    await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "2.0", content: CONTENT });
    await using disk = await SmallDisk.mount(games, 256 * MIB);
    // Its version is known: a newer one replaces it.
    await makeArchiveGame(games, "alienswarm", { version: "1.0", content: { "game.exe": "old" } });
    const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
    await bob.ok("install", GAME);
    await bob.event("install-finished");
    await Deno.writeTextFile(`${games}/alienswarm/local/mine.sav`, "mine");
    await bob.sources("alienswarm", 1);
    const before = await filesBelow(games);

    const from = bob.lines.length;
    await bob.ok("stream-install", GAME);
    await bob.event("install-progress", ({ done_bytes }) => done_bytes > MIB, { from });
    alice.signal("SIGSTOP");
    await using _hog = await disk.fill();
    alice.signal("SIGCONT");
    assertFailure(
      await endOfStream(bob, from),
      new RegExp(`needs ${205 * MIB} bytes; the disk was full after \\d+ and has \\d+ bytes free`),
    );
    assertEquals((await filesBelow(games)).filter((path) => path !== "hog.bin"), before);
    assertEquals(await names(`${games}/alienswarm`), ["alienswarm.eti", "local", "version.ini"]);
    assertEquals(await Deno.readTextFile(`${games}/alienswarm/local/mine.sav`), "mine");
    assertEquals((await bob.game("alienswarm"))?.installed, true);
    assertEquals(await filesBelow(`${swarm.stateDir("bob")}/games`), ["alienswarm/installed.json"]);
  },
);
