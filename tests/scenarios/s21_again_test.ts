/**
 * S21: a download that was cancelled or that failed can be started again in the moment that its end is told.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { assertClearedBeforeEnds, assertOnlyFinished, braked, endsOf } from "../support/download_ends.ts";
import { assertSameTree, filesBelow, makeGame, MIB } from "../support/games.ts";
import { gameDetails, type HostileAnswer, HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { assertWhole, chunksTold } from "../support/told_chunks.ts";

/** When a download is cancelled; lines before `from` are of an earlier one. */
const MOMENTS: Record<string, (bob: PeerProcess, from: number) => Promise<unknown>> = {
  "as soon as it is accepted": () => Promise.resolve(),
  "when it begins": (bob, from) => bob.event("download-begin", () => true, { from }),
  "when bytes come": (bob, from) => {
    return bob.event("download-progress", ({ done_bytes }) => done_bytes > 0, { from });
  },
  "when a chunk is here": (bob, from) => {
    return bob.event("download-chunk-finished", ({ path }) => path === "big.pak", { from });
  },
};

Deno.test("S21: a download that was cancelled, at whatever moment, is started again at once and completes", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "big.pak": 40 * MIB, "maps/a.bsp": 10_000 },
  });
  const copy = `${swarm.gameDir("bob")}/alienswarm`;
  const [, bob] = await Promise.all([swarm.start("alice", braked("48M")), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  let from = bob.lines.length;
  await bob.ok("download", { game_id: "alienswarm" });
  for (const [when, moment] of Object.entries(MOMENTS)) {
    await moment(bob, from);
    await bob.ok("cancel-download", { game_id: "alienswarm" });
    await bob.event("download-cancelled", () => true, { from });
    const left = await filesBelow(swarm.gameDir("bob"));
    const ends = endsOf(bob, "alienswarm", from);
    from = bob.lines.length;
    const again = await bob.command("download", { game_id: "alienswarm" });
    assertEquals([again.ok, again.error], [true, undefined], when);
    assertEquals([left, ends], [[], ["download-cancelled"]], when);
  }
  await bob.event("download-finished");
  await assertSameTree(root, copy);
  assertOnlyFinished(bob, "alienswarm", from);
  assertClearedBeforeEnds(bob, "alienswarm");
  // Nothing of what was cancelled counts: all of it came in the last one.
  await assertWhole(root, chunksTold(bob, "alienswarm", from));
  assertEquals(bob.eventsOf("download-begin", from).map(({ resumed_bytes }) => resumed_bytes), [0]);
});

const DATA = new Uint8Array(100_000).map((_, at) => at % 251);
const VERSION = new TextEncoder().encode("1.0");
const FILES = [{ path: "data.pak", size: DATA.length }, { path: "version.ini", size: VERSION.length }];
const refusal = (code: string) => ({ type: "error", code, message: "not now" });
/** What a source answers that makes a download fail, by the request that it answers so. */
const FAILURES: Record<string, { get_game?: HostileAnswer; get_chunk?: HostileAnswer; code: string }> = {
  no_list: { get_game: refusal("not_transferable"), code: "no_peers_have_game" },
  no_chunk: { get_chunk: refusal("not_transferable"), code: "download_failed" },
  changed: { get_chunk: refusal("manifest_changed"), code: "manifest_changed" },
  garbage: { get_chunk: new Uint8Array(1_000).fill(0xee), code: "download_failed" },
};

Deno.test("S21: a download that failed is started again at once, and completes when its source is well again", async () => {
  await using swarm = await Swarm.make();
  const ids = Object.keys(FAILURES);
  const well = new Set<string>();
  const bob = await swarm.start("bob");
  await using source = await HostilePeer.start({
    party: swarm.party,
    games: ids.map((id) => readyGame(id, "1.0", DATA.length + VERSION.length)),
    answers: {
      get_game: ({ game_id }) => {
        const id = String(game_id);
        return well.has(id)
          ? gameDetails(id, "1.0", FILES)
          : FAILURES[id]?.get_game ?? gameDetails(id, "1.0", FILES);
      },
      get_chunk: ({ game_id, path, offset, length }) => {
        const id = String(game_id);
        const bad = FAILURES[id]?.get_chunk;
        if (bad && !well.has(id)) return bad;
        const bytes = path === "version.ini" ? VERSION : DATA;
        const body = bytes.slice(Number(offset), Number(offset) + Number(length));
        return { frame: { type: "chunk", length: body.length }, body };
      },
    },
  });
  await source.greet(bob.addr);
  for (const [id, { code }] of Object.entries(FAILURES)) {
    await bob.sources(id, 1);
    const failed = await bob.downloadEnd(id);
    assertEquals([failed.event, "code" in failed && failed.code], ["download-failed", code], id);
    // It fails at once again, and again the next command is accepted.
    assertEquals((await bob.downloadEnd(id)).event, "download-failed", id);
    well.add(id);
    await bob.download(id);
    assertEquals(endsOf(bob, id), ["download-failed", "download-failed", "download-finished"]);
    assertClearedBeforeEnds(bob, id);
    assertEquals(await Deno.readFile(`${swarm.gameDir("bob")}/${id}/data.pak`), DATA);
    assertEquals(await filesBelow(`${swarm.gameDir("bob")}/${id}`), ["data.pak", "version.ini"]);
  }
  assertEquals(bob.eventsOf("runtime-failed"), []);
});
