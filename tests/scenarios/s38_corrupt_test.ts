/**
 * S38: a source with wrong bytes is found out by the hashes that most sources agree on: what it sent is fetched
 * elsewhere, and nothing wrong is committed.
 *
 * @module
 */

import { z } from "zod";
import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertGreater, assertLessOrEqual } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import {
  assertNothingCommitted,
  assertOnlyFinished,
  braked,
  endsOf,
  partsCame,
} from "../support/download_ends.ts";
import { assertSameTree, copyGame, makeGame } from "../support/games.ts";
import { hashesKnown } from "../support/hash_probe.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { assertWhole, bytesBy, chunksTold } from "../support/told_chunks.ts";

const ID = "alienswarm";
const CHUNKS = 6;
const FILES = { "data/big.pak": CHUNKS * CHUNK_BYTES, "readme.txt": "hi" };
const Corrupt = z.strictObject({
  event: z.literal("download-chunk-corrupt"),
  game_id: z.literal(ID),
  peer_id: z.string(),
  path: z.string(),
  offset: z.number(),
});
/** Wrong chunks after which a source is not asked any more, and how many it may have under way then. */
const MAX_CORRUPT = 3;
const MAX_UNDER_WAY = 2;

/** What is wrong in a damaged chunk, and where in it. */
const DAMAGE = new TextEncoder().encode("these bytes are wrong");
const DAMAGE_AT = 1_234;

/** Whether a part holds a wrong byte when all chunks of the large file are damaged. */
function holdsDamage({ path, offset, length }: { path: string; offset: number; length: number }): boolean {
  if (path !== "data/big.pak") return false;
  return ALL_CHUNKS.map((chunk) => chunk * CHUNK_BYTES + DAMAGE_AT).some((at) =>
    offset < at + DAMAGE.length && offset + length > at
  );
}

/** The wrong chunks that a peer told of, each checked field by field. */
function corruptTold(peer: PeerProcess): z.infer<typeof Corrupt>[] {
  return peer.lines.filter((line) => line.event === String(Corrupt.shape.event.value)).map((line) =>
    Corrupt.parse(line)
  );
}

/** Changes bytes in each of the chunks of the large file, and leaves size and time of the file as they are. */
async function damage(root: string, chunks: Iterable<number>): Promise<void> {
  const path = `${root}/data/big.pak`;
  const { mtime } = await Deno.stat(path);
  {
    using file = await Deno.open(path, { write: true });
    for (const chunk of chunks) {
      await file.seek(chunk * CHUNK_BYTES + DAMAGE_AT, Deno.SeekMode.Start);
      await file.write(DAMAGE);
    }
  }
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);
}

const ALL_CHUNKS = [...Array(CHUNKS).keys()];

/** Three sources with equal files: alice, bob, who is to be the bad one, and carol. Bob is the quickest. */
async function makeSources(swarm: Swarm) {
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const bad_root = await copyGame(root, swarm.gameDir("bob"), ID);
  await copyGame(root, swarm.gameDir("carol"), ID);
  return { root, bad_root, copy: `${swarm.gameDir("dave")}/${ID}` };
}

async function startAll(swarm: Swarm): Promise<[PeerProcess, PeerProcess, PeerProcess, PeerProcess]> {
  return await Promise.all([
    swarm.start("alice", braked("64M")),
    swarm.start("bob"),
    swarm.start("carol", braked("64M")),
    swarm.start("dave"),
  ]);
}

/** Fails unless dave has what alice has, with nothing of it from bob but what is right, and every corrupt part bob's. */
async function assertRightWithout(
  dave: PeerProcess,
  bob: PeerProcess,
  root: string,
  from = 0,
): Promise<void> {
  assertOnlyFinished(dave, ID, from);
  const parts = chunksTold(dave, ID, from);
  await assertWhole(root, parts);
  // He may have sent the end of a chunk that somebody else began: that is right.
  assertEquals(bytesBy(parts.filter(holdsDamage), bob), 0);
  const corrupt = corruptTold(dave);
  assertEquals(corrupt.filter(({ peer_id }) => peer_id !== bob.peer_id), []);
  assertEquals(corrupt.filter(({ path }) => path !== "data/big.pak"), []);
  assertLessOrEqual(corrupt.length, MAX_CORRUPT + MAX_UNDER_WAY);
  assertEquals(dave.eventsOf("download-finished", from).map(({ verified }) => verified), [true]);
}

Deno.test("S38: a source whose file changed after it was hashed is found out and dropped", async () => {
  await using swarm = await Swarm.make();
  const { root, bad_root, copy } = await makeSources(swarm);
  const [alice, bob, carol, dave] = await startAll(swarm);
  await hashesKnown(swarm.party, ID, [alice, bob, carol]);
  await damage(bad_root, ALL_CHUNKS);
  await dave.sources(ID, 3);
  // On a busy machine it may happen that he is asked for nothing that he could spoil alone.
  for (let tries = 1; corruptTold(dave).length === 0; tries++) {
    assert(tries <= 5, "nothing of his was found out");
    if (tries > 1) {
      await dave.ok("remove-downloaded", { game_id: ID });
      await until("it is removed", async () => !(await dave.game(ID))?.downloaded);
    }
    const from = dave.lines.length;
    await dave.download(ID);
    await assertRightWithout(dave, bob, root, from);
  }
  await assertSameTree(root, copy);
  // What it is now a source of is what alice has.
  await alice.sources(ID, 3);
});

Deno.test("S38: a source that hashed wrong bytes itself is outvoted", async () => {
  await using swarm = await Swarm.make();
  const { root, bad_root, copy } = await makeSources(swarm);
  await damage(bad_root, ALL_CHUNKS);
  const [alice, bob, carol, dave] = await startAll(swarm);
  await hashesKnown(swarm.party, ID, [alice, bob, carol]);
  await dave.sources(ID, 3);
  await dave.download(ID);
  await assertRightWithout(dave, bob, root);
  await assertSameTree(root, copy);
});

Deno.test("S38: one wrong chunk at one source costs that chunk only, and the source goes on serving", async () => {
  await using swarm = await Swarm.make();
  const { root, bad_root, copy } = await makeSources(swarm);
  const [alice, bob, carol, dave] = await startAll(swarm);
  await hashesKnown(swarm.party, ID, [alice, bob, carol]);
  await damage(bad_root, [CHUNKS - 1]);
  await dave.sources(ID, 3);
  await dave.download(ID);
  assertOnlyFinished(dave, ID);
  const parts = chunksTold(dave, ID);
  await assertWhole(root, parts);
  assertGreater(bytesBy(parts, bob), 0);
  for (const { peer_id, offset } of corruptTold(dave)) {
    assertEquals([peer_id, offset], [bob.peer_id, (CHUNKS - 1) * CHUNK_BYTES]);
  }
  const last = parts.filter(({ offset, path }) =>
    path === "data/big.pak" && offset >= (CHUNKS - 1) * CHUNK_BYTES
  );
  // He may have sent the end of it, behind the wrong bytes, where somebody else began it.
  assertEquals(bytesBy(last.filter(holdsDamage), bob), 0);
  assertEquals(dave.eventsOf("download-finished").map(({ verified }) => verified), [true]);
  await assertSameTree(root, copy);
});

Deno.test("S38: a sole source whose bytes change while it sends them, sizes equal, does not get a mixture committed", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const copy = `${swarm.gameDir("dave")}/${ID}`;
  const [alice, dave] = await Promise.all([swarm.start("alice", braked("64M")), swarm.start("dave")]);
  await hashesKnown(swarm.party, ID, [alice]);
  await dave.sources(ID, 1);
  await dave.ok("download", { game_id: ID });
  await partsCame(dave, ID, 2);
  await damage(root, ALL_CHUNKS);
  assertEquals(endsOf(dave, ID), [], "it came too quickly to change it");
  // Whether it notices and starts over or gives up: what it has is what alice has now, or it has nothing.
  const end = await dave.anyEvent(["download-finished", "download-failed", "download-peers-gone"]);
  if (end.event !== "download-finished") {
    await assertNothingCommitted(dave, ID, copy);
    await hashesKnown(swarm.party, ID, [alice]);
    await dave.sources(ID, 1);
    await dave.download(ID);
  }
  await assertSameTree(root, copy);
});

Deno.test("S38: a download that is resumed when the bytes of its source are others, sizes equal, is not a mixture", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
  const [alice, first] = await Promise.all([swarm.start("alice", braked("64M")), swarm.start("dave")]);
  await hashesKnown(swarm.party, ID, [alice]);
  await first.sources(ID, 1);
  await first.ok("download", { game_id: ID });
  await partsCame(first, ID, 3);
  await first.kill();
  assertEquals(endsOf(first, ID), [], "it came too quickly to kill it");
  assertEquals(await alice.stop(), 0);
  await damage(root, ALL_CHUNKS);
  const [again, dave] = await Promise.all([swarm.start("alice"), swarm.start("dave")]);
  await hashesKnown(swarm.party, ID, [again]);
  await dave.sources(ID, 1);
  await dave.download(ID);
  await assertSameTree(root, `${swarm.gameDir("dave")}/${ID}`);
});
