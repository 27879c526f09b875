/**
 * The downloader's own disk lets it down in the middle: it is full, turns read-only, loses a permission or a file. Each
 * time there is one clear failure and a clean state, and when the disk is well again the next attempt completes.
 *
 * @module
 */

import {
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../support/assert.ts";
import {
  assertNothingCommitted,
  braked,
  endsOf,
  partsCame,
  sentinelFiles,
} from "../support/download_ends.ts";
import { assertSameTree, filesBelow, makeGame, MIB } from "../support/games.ts";
import { readOnly, SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { leftOut } from "../support/print.ts";
import { type PeerProcess, type StartOptions, Swarm } from "../support/swarm.ts";
import { assertNoneTwice, bytesMissing, bytesOf, chunksTold } from "../support/told_chunks.ts";

const ID = "alienswarm";
const SMALL_FILES = 30;
/** One large file, then many small ones in a folder: files are opened until the end. */
const FILES = {
  "big.pak": 56 * MIB,
  ...Object.fromEntries(Array.from({ length: SMALL_FILES }, (_, i) => [`maps/${i}.bsp`, 1_000 + i])),
};
/** Without the right to ignore permissions, which root has. */
const NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
const no_mounts = await whyNoMounts();

interface Scene {
  swarm: Swarm;
  bob: PeerProcess;
  /** The game at its source. */
  root: string;
  /** Where bob's copy grows. */
  copy: string;
}

/** A source that is slow enough, and bob, who knows it. */
async function meet(swarm: Swarm, options: StartOptions = {}): Promise<Scene> {
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const [, bob] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob", options)]);
  await bob.sources(ID, 1);
  return { swarm, bob, root, copy: `${swarm.gameDir("bob")}/${ID}` };
}

/** Lets bob begin, and goes on when the first chunk is here and the last one is far. */
async function begin({ bob }: Scene): Promise<void> {
  await bob.ok("download", { game_id: ID });
  await partsCame(bob, ID, 1);
  assertEquals(endsOf(bob, ID), [], "it came too quickly to disturb it");
}

/** Waits for the one failure. */
async function failsOnce({ bob, copy }: Scene, code: string, ...parts: (string | RegExp)[]): Promise<void> {
  const failed = await bob.anyEvent(["download-failed", "download-finished"]);
  assertEquals([failed.event, "code" in failed && failed.code], ["download-failed", code]);
  const message = "message" in failed ? failed.message : "";
  for (const part of [ID, ...parts]) {
    if (part instanceof RegExp) assertMatch(message, part);
    else assertStringIncludes(message, part);
  }
  await assertNothingCommitted(bob, ID, copy);
}

/** The disk is well: the next attempt brings what is missing. Each one before it had one failure as its only end. */
async function completes({ bob, root, copy }: Scene, failures = 1): Promise<void> {
  const from = bob.lines.length;
  await bob.download(ID);
  await assertSameTree(root, copy);
  assertEquals(endsOf(bob, ID), [...Array(failures).fill("download-failed"), "download-finished"]);
  assertEquals(bob.eventsOf("runtime-failed"), []);
  const parts = chunksTold(bob, ID, from);
  assertNoneTwice(parts);
  // What was not fetched now was there from before.
  const resumed = bob.eventsOf("download-begin", from).map(({ resumed_bytes }) => resumed_bytes);
  assertEquals(resumed, [await bytesMissing(root, parts)]);
}

Deno.test(
  "a disk that another program fills during a download: disk_full once, and with room the rest comes",
  {
    ignore: leftOut("a disk that fills during a download", no_mounts),
  },
  async () => {
    await using swarm = await Swarm.make();
    await using disk = await SmallDisk.mount(swarm.gameDir("bob"), 200 * MIB);
    const scene = await meet(swarm);
    await begin(scene);
    {
      await using _full = await disk.fill();
      await failsOnce(scene, "disk_full", "the disk is full", "free some space");
      assertLess(await disk.freeBytes(), MIB);
    }
    await completes(scene);
  },
);

Deno.test("a folder that turns read-only during a download: one clear failure, and then it completes", {
  ignore: leftOut("a folder that turns read-only", no_mounts),
}, async () => {
  await using swarm = await Swarm.make();
  const scene = await meet(swarm);
  await begin(scene);
  {
    await using _locked = await readOnly(scene.copy);
    await failsOnce(scene, "io", scene.copy, /[Rr]ead-only/);
    // Trying it again does not help and does no harm.
    const again = await scene.bob.downloadEnd(ID);
    assertEquals([again.event, "code" in again && again.code], ["download-failed", "io"]);
  }
  await completes(scene, 2);
});

Deno.test("a game folder that is read-only from the start: one clear failure, and nothing was begun", {
  ignore: leftOut("a read-only game folder", no_mounts),
}, async () => {
  await using swarm = await Swarm.make();
  const scene = await meet(swarm);
  const games = swarm.gameDir("bob");
  {
    await using _locked = await readOnly(games);
    const from = scene.bob.lines.length;
    await scene.bob.ok("download", { game_id: ID });
    await failsOnce(scene, "io", /[Rr]ead-only/);
    assertEquals([endsOf(scene.bob, ID, from), await filesBelow(games)], [["download-failed"], []]);
    assertEquals(scene.bob.eventsOf("download-chunk-finished"), []);
  }
  await completes(scene);
});

Deno.test("a file that a folder takes the place of during a download: one clear failure, and then it completes", async () => {
  await using swarm = await Swarm.make();
  const scene = await meet(swarm);
  await begin(scene);
  const path = `${scene.copy}/big.pak`;
  await Deno.remove(path);
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/mine.txt`, "untouched");
  await failsOnce(scene, "io", path);
  assertEquals(await Deno.readTextFile(`${path}/mine.txt`), "untouched");
  // It says what is in the way, touches nothing, and goes on when that is moved.
  const again = await scene.bob.downloadEnd(ID);
  assertStringIncludes("message" in again ? again.message : "", "move it away");
  assertEquals(await Deno.readTextFile(`${path}/mine.txt`), "untouched");
  await Deno.rename(path, swarm.dir.join("moved"));
  await completes(scene, 2);
});

Deno.test("a file that is removed during a download: one clear failure, or all of it comes again", async () => {
  await using swarm = await Swarm.make();
  const scene = await meet(swarm);
  await begin(scene);
  await Deno.remove(`${scene.copy}/big.pak`);
  await failsOnce(scene, "io", `${scene.copy}/big.pak`);
  const from = scene.bob.lines.length;
  await completes(scene);
  // None of the large file was there any more.
  const big = chunksTold(scene.bob, ID, from).filter(({ path }) => path === "big.pak");
  assertEquals(bytesOf(big), FILES["big.pak"]);
});

const PERMISSION = "a permission that is lost during an update: one clear failure, and then it completes";

Deno.test(PERMISSION, { ignore: leftOut(PERMISSION, await whyAlwaysPermitted()) }, async () => {
  await using swarm = await Swarm.make();
  const copy = await makeGame(swarm.gameDir("bob"), ID, { version: "0.9", files: { "big.pak": 100 } });
  const scene = await meet(swarm, {
    host: { wrapper: Deno.uid() === 0 ? NO_OVERRIDE : [], address: "127.0.0.1" },
  });
  await begin(scene);
  const locked = [`${copy}/big.pak`, `${copy}/maps`, copy];
  for (const path of locked) await Deno.chmod(path, 0o500);
  try {
    const failed = await scene.bob.event("download-failed");
    assertEquals(failed.code, "io");
    for (const part of [ID, copy]) assertStringIncludes(failed.message, part);
    assertMatch(failed.message, /[Pp]ermission denied/);
    // What was tidied up afterwards, or could not be, is not what went wrong.
    assertNotMatch(failed.message, /\.version\.ini/);
    // The old version is gone and the new one is not here. The parked sentinel can't be swept now.
    assertEquals([endsOf(scene.bob, ID), (await scene.bob.game(ID))?.downloaded], [
      ["download-failed"],
      false,
    ]);
    assertEquals((await sentinelFiles(copy)).filter((path) => path !== ".version.ini.discarded"), []);
  } finally {
    for (const path of locked.toReversed()) await Deno.chmod(path, 0o700);
  }
  await completes(scene);
  assertGreater(chunksTold(scene.bob, ID).length, SMALL_FILES);
});

/** Why permissions can't be taken from a peer here; `undefined` where they can. */
async function whyAlwaysPermitted(): Promise<string | undefined> {
  if (Deno.build.os === "windows") return "Windows has other permissions";
  if (Deno.uid() !== 0) return undefined;
  const [program = "", ...args] = [...NO_OVERRIDE, "true"];
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    return success ? undefined : `root can't give them up: ${new TextDecoder().decode(stderr).trim()}`;
  } catch (error) {
    return `root can't give them up: ${error}`;
  }
}
