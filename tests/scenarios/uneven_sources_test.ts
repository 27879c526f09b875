/**
 * How sources of unequal speed share a download, and what one brings that comes late.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertLess } from "../support/assert.ts";
import { MIB } from "../support/games.ts";
import { PacedSource } from "../support/paced_source.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const CHUNK = 16 * MIB;

/** Bytes by source, as the chunk events tell them. */
function shares(peer: PeerProcess): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { peer_id, length } of peer.eventsOf("download-chunk-finished")) {
    sums.set(peer_id, (sums.get(peer_id) ?? 0) + length);
  }
  return sums;
}

/** Whether the chunk events tell every byte of every file exactly once. */
function assertEveryByteOnce(peer: PeerProcess, files: Record<string, number>): void {
  const told = peer.eventsOf("download-chunk-finished");
  for (const [path, size] of Object.entries(files)) {
    let at = 0;
    const parts = told.filter((event) => event.path === path).sort((a, b) => a.offset - b.offset);
    for (const { offset, length } of parts) {
      assertEquals(offset, at, `${path} at ${at}`);
      at += length;
    }
    assertEquals(at, size, path);
  }
}

Deno.test("a source of a tenth of the speed sends its share and no more, and no byte comes twice", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  const game = { id: "quake", files: { "data.pak": 7 * CHUNK + 5, "small.cfg": 10 } };
  await using fast = await PacedSource.start(swarm.party, bob.addr, game, 30 * MIB);
  await using slow = await PacedSource.start(swarm.party, bob.addr, game, 3 * MIB);
  await bob.sources("quake", 2);
  const end = await bob.download("quake", { install: false });
  assertEveryByteOnce(bob, { ...game.files, "version.ini": 3 });
  const sent = (source: PacedSource) => shares(bob).get(source.peer.peer_id) ?? 0;
  assertEquals(sent(fast) + sent(slow), end.bytes);
  assertGreater(sent(slow), 0);
  assertLess(sent(slow), sent(fast) / 4);
  // What was on its way when a range was cut is all that came in vain.
  assertLess(fast.sent_bytes + slow.sent_bytes, end.bytes + CHUNK);
});

Deno.test("a source that comes while a download runs takes part in it", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  const game = { id: "quake", files: { "data.pak": 4 * CHUNK } };
  await using first = await PacedSource.start(swarm.party, bob.addr, game, 8 * MIB);
  await bob.sources("quake", 1);
  const ending = bob.downloadEnd("quake");
  await bob.event("download-progress", ({ done_bytes }) => done_bytes > 0);
  await using late = await PacedSource.start(swarm.party, bob.addr, game, 30 * MIB);
  assertEquals((await ending).event, "download-finished");
  assertEquals(bob.eventsOf("download-begin").map(({ sources }) => sources), [[first.peer.peer_id]]);
  assertGreater(shares(bob).get(late.peer.peer_id) ?? 0, 0);
  assertEveryByteOnce(bob, { ...game.files, "version.ini": 3 });
  assert(bob.eventsOf("download-progress").some(({ active_peers }) => active_peers === 2));
});
