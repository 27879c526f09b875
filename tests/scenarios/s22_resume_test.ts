/**
 * S22: what was fetched and is safe on the disk is not fetched again: after a SIGKILL of the downloader, after its
 * sources went away, after its disk was full. What changed meanwhile is.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertGreater, assertGreaterOrEqual, assertLess } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import {
  assertNothingCommitted,
  assertOnlyFinished,
  braked,
  endsOf,
  metAgain,
  partsCame,
  sentinelFiles,
} from "../support/download_ends.ts";
import { assertSameTree, copyGame, makeGame, makeTree, MIB } from "../support/games.ts";
import { SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { leftOut } from "../support/print.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import {
  assertNoneTwice,
  assertWhole,
  bytesBelow,
  bytesMissing,
  bytesOf,
  chunksTold,
  missing,
  type Told,
} from "../support/told_chunks.ts";

const ID = "alienswarm";
const BIG_BYTES = 6 * CHUNK_BYTES + 1_000;
const FILES = { "big.pak": BIG_BYTES, "maps/a.bsp": 5_000, "maps/b.bsp": 3 * MIB, "empty.dat": 0 };

/** Downloads the game, which has to succeed, and gives what the beginning told to be here already, and what came. */
async function resume(bob: PeerProcess): Promise<{ resumed_bytes: number; parts: Told[] }> {
  const from = bob.lines.length;
  await bob.download(ID);
  assertOnlyFinished(bob, ID, from);
  const [begin, ...others] = bob.eventsOf("download-begin", from);
  assert(begin && others.length === 0);
  return { resumed_bytes: begin.resumed_bytes, parts: chunksTold(bob, ID, from) };
}

/** Fails unless what came now and what is not fetched again are the whole game, each byte once. */
async function assertRestOnly(
  root: string,
  { resumed_bytes, parts }: { resumed_bytes: number; parts: Told[] },
  before: readonly Told[],
): Promise<void> {
  assertNoneTwice(parts);
  assertEquals(resumed_bytes + bytesOf(parts), await bytesBelow(root));
  assertEquals(resumed_bytes, await bytesMissing(root, parts));
  // Nothing is taken for here that was not told to have come.
  assertEquals(await missing(root, [...before, ...parts]), []);
}

/** How many finished chunks the journal of a peer holds. */
function journalled(state_dir: string): number {
  using database = new DatabaseSync(`${state_dir}/library.db`, { readOnly: true });
  return Number(database.prepare("SELECT COUNT(*) AS count FROM finished_chunks").get()?.count);
}

/**
 * Starts a download and kills the downloader when `count` chunks of the large file are here, and some are durable.
 * Gives what came.
 */
async function killAfter(bob: PeerProcess, count: number, state_dir: string): Promise<Told[]> {
  const before = journalled(state_dir);
  await bob.ok("download", { game_id: ID });
  await partsCame(bob, ID, count);
  await until("a chunk in the journal", () => journalled(state_dir) > before);
  await bob.kill();
  assertEquals(endsOf(bob, ID), [], "it came too quickly to kill it");
  return chunksTold(bob, ID);
}

Deno.test("S22: after a SIGKILL of the downloader finished chunks are not fetched again", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  await copyGame(root, swarm.gameDir("carol"), ID);
  const copy = `${swarm.gameDir("bob")}/${ID}`;
  const start = () => swarm.start("bob");
  await Promise.all([swarm.start("alice", braked("16M")), swarm.start("carol", braked("16M"))]);
  const lives: Told[][] = [];
  // Twice, so that what a resumed download leaves is resumed, too.
  for (const count of [3, 2]) {
    const bob = await start();
    await bob.sources(ID, 2);
    const parts = await killAfter(bob, count, swarm.stateDir("bob"));
    assertEquals(await sentinelFiles(copy), []);
    const resumed = bob.eventsOf("download-begin").map(({ resumed_bytes }) => resumed_bytes);
    const told_bytes = bytesOf(lives.flat());
    assertEquals(resumed.length, 1);
    assert(resumed.every((bytes) => lives.length === 0 ? bytes === 0 : bytes > 0 && bytes <= told_bytes));
    lives.push(parts);
  }
  const bob = await start();
  await bob.sources(ID, 2);
  const last = await resume(bob);
  assertGreater(last.resumed_bytes, 0);
  assertLess(last.resumed_bytes, await bytesBelow(root));
  evidence({ "bytes not fetched again": last.resumed_bytes, "bytes of the game": await bytesBelow(root) });
  await assertRestOnly(root, last, lives.flat());
  await assertSameTree(root, copy);
  const first = bob.eventsOf("download-progress")[0];
  assertGreaterOrEqual(first?.done_bytes ?? 0, last.resumed_bytes);
});

Deno.test("S22: after its only source was killed a download goes on where it stopped", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const copy = `${swarm.gameDir("bob")}/${ID}`;
  const [alice, bob] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob")]);
  await bob.sources(ID, 1);
  await bob.ok("download", { game_id: ID });
  await partsCame(bob, ID, 3);
  await alice.kill();
  await bob.event("download-peers-gone");
  await assertNothingCommitted(bob, ID, copy);
  const before = chunksTold(bob, ID);
  await metAgain(bob, await swarm.start("alice"));
  await bob.sources(ID, 1);
  const rest = await resume(bob);
  await assertRestOnly(root, rest, before);
  // It ended in order: all that it told counts.
  assertNoneTwice([...before, ...rest.parts].filter(({ path }) => path !== "version.ini"));
  assertGreater(rest.resumed_bytes, 2 * CHUNK_BYTES);
  await assertSameTree(root, copy);
});

Deno.test("S22: after the disk was full a download goes on where it stopped, in another life, too", {
  ignore: leftOut("S22: a disk that was full", await whyNoMounts()),
}, async () => {
  await using swarm = await Swarm.make();
  await using disk = await SmallDisk.mount(swarm.gameDir("bob"), 300 * MIB);
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const [, bob] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob")]);
  await bob.sources(ID, 1);
  await bob.ok("download", { game_id: ID });
  await partsCame(bob, ID, 3);
  {
    await using _full = await disk.fill();
    assertEquals((await bob.event("download-failed")).code, "disk_full");
  }
  const before = chunksTold(bob, ID);
  assertEquals(await bob.stop(), 0);
  const again = await swarm.start("bob");
  await again.sources(ID, 1);
  const rest = await resume(again);
  assertGreater(rest.resumed_bytes, 0);
  await assertRestOnly(root, rest, before);
  await assertSameTree(root, `${swarm.gameDir("bob")}/${ID}`);
});

Deno.test("S22: a finished chunk whose bytes changed on the disk meanwhile is fetched again", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const copy = `${swarm.gameDir("bob")}/${ID}`;
  const [alice, first] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob")]);
  await first.sources(ID, 1);
  await first.ok("download", { game_id: ID });
  await partsCame(first, ID, 3);
  // Its source leaves, so that all that was told is safe.
  assertEquals(await alice.stop(), 0);
  await first.event("download-peers-gone");
  assertEquals(await first.stop(), 0);
  const before = chunksTold(first, ID).filter(({ path }) => path === "big.pak");
  const changed = before[1];
  assert(changed);
  {
    using file = await Deno.open(`${copy}/big.pak`, { read: true, write: true });
    await file.seek(changed.offset + changed.length - 1, Deno.SeekMode.Start);
    const last = new Uint8Array(1);
    await file.read(last);
    await file.seek(-1, Deno.SeekMode.Current);
    await file.write(last.map((byte) => byte ^ 1));
  }
  const [bob] = await Promise.all([swarm.start("bob"), swarm.start("alice")]);
  await bob.sources(ID, 1);
  const rest = await resume(bob);
  await assertSameTree(root, copy);
  await assertRestOnly(root, rest, chunksTold(first, ID));
  assertGreater(rest.resumed_bytes, 0, "one bad chunk is no reason to fetch all of them");
  const again = rest.parts.some(({ path, offset, length }) =>
    path === "big.pak" && offset <= changed.offset && offset + length >= changed.offset + changed.length
  );
  assert(again, "the changed chunk was not fetched again");
});

/** What the source has when the download is taken up again. Everything in it differs from before. */
const NEWER: Record<string, { version: string; files: Record<string, number> }> = {
  "another file list of the same version": {
    version: "1.0",
    files: { "big.pak": BIG_BYTES + 1, "new.dat": 9 },
  },
  "another version with the same sizes": { version: "1.1", files: FILES },
};

for (const [what, newer] of Object.entries(NEWER)) {
  Deno.test(`S22: a download that finds ${what} starts over, and nothing is mixed`, async () => {
    await using swarm = await Swarm.make();
    const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
    const copy = `${swarm.gameDir("bob")}/${ID}`;
    const [alice, first] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob")]);
    await first.sources(ID, 1);
    await killAfter(first, 3, swarm.stateDir("bob"));
    assertEquals(await alice.stop(), 0);
    await Deno.remove(root, { recursive: true });
    await makeTree(root, { ...newer.files, "version.ini": newer.version }, "newer ");

    const [bob] = await Promise.all([swarm.start("bob"), swarm.start("alice")]);
    await bob.sources(ID, 1);
    const { resumed_bytes, parts } = await resume(bob);
    assertEquals(resumed_bytes, 0);
    await assertWhole(root, parts);
    await assertSameTree(root, copy);
  });
}
