/**
 * A source whose files change while it sends them: what the downloader ends with is of one piece, or nothing.
 *
 * @module
 */

import { assertEquals, assertGreater, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertNothingCommitted, braked, endsOf } from "../support/download_ends.ts";
import { assertSameTree, type Files, filesBelow, makeGame, makeTree, MIB } from "../support/games.ts";
import { gameDetails, HostilePeer, type WireValue } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { chunksTold } from "../support/told_chunks.ts";

const ID = "alienswarm";
const SIZE = 72 * MIB;
/** Other bytes than those of the game's first state. */
const NEWER = "newer ";

/** How the game of the source gets other files while they are sent: from `aside`, where these files lie ready. */
interface Change {
  ready: Files;
  make: (root: string, aside: string) => Promise<void>;
}

const CHANGES: Record<string, Change> = {
  "a file is replaced by a larger one": {
    ready: { "data.pak": SIZE + 1_000 },
    make: (root, aside) => Deno.rename(`${aside}/data.pak`, `${root}/data.pak`),
  },
  "a file is written again in its place, shorter": {
    ready: { "data.pak": SIZE - 5 * MIB },
    make: (root, aside) => Deno.copyFile(`${aside}/data.pak`, `${root}/data.pak`),
  },
  "another file comes and one is taken away": {
    ready: { "other.pak": 20 * MIB },
    make: async (root, aside) => {
      await Deno.rename(`${aside}/other.pak`, `${root}/other.pak`);
      await Deno.remove(`${root}/data.pak`);
    },
  },
};

for (const [what, { ready, make }] of Object.entries(CHANGES)) {
  Deno.test(`when ${what} at the only source, a download is of one piece or ends clearly`, async () => {
    await using swarm = await Swarm.make();
    const root = await makeGame(swarm.gameDir("alice"), ID, {
      version: "1.0",
      files: { "data.pak": SIZE, "readme.txt": "hi" },
    });
    const aside = swarm.dir.join("aside");
    await makeTree(aside, ready, NEWER);
    const copy = `${swarm.gameDir("bob")}/${ID}`;
    const [alice, bob] = await Promise.all([swarm.start("alice", braked("32M")), swarm.start("bob")]);
    await bob.sources(ID, 1);
    await using stranger = await HostilePeer.start({ party: swarm.party });
    await stranger.greet(alice.addr);
    const before = await listOf(stranger);
    await bob.ok("download", { game_id: ID });
    await bob.event("download-chunk-finished", ({ path }) => path === "data.pak");
    await make(root, aside);
    assertEquals(bob.eventsOf("download-finished"), [], "it came too quickly to change it");
    const { manifest_hash } = await listOnDisk(root);
    await until("alice has seen it", async () => (await listOf(stranger)).manifest_hash === manifest_hash);
    // Whoever still asks for the old list is told.
    const stale = { type: "get_chunk", game_id: ID, manifest_hash: before.manifest_hash };
    const answer = await stranger.ask({ ...stale, path: "readme.txt", offset: 0, length: 2 });
    assertEquals([answer.type, answer.code], ["error", "manifest_changed"]);

    await endedClearly(bob, root, copy);
    assertGreater(chunksTold(bob, ID).length, 0);
    // Both end with the same list, so that bob is a source for others, too.
    await alice.sources(ID, 1);
    await stranger.greet(bob.addr);
    assertEquals((await listOf(stranger)).manifest_hash, manifest_hash);
  });
}

/** The download started over with the new files, or failed once and clearly and the next one brings them. */
async function endedClearly(bob: PeerProcess, root: string, copy: string): Promise<void> {
  const end = await bob.anyEvent(["download-finished", "download-failed", "download-peers-gone"]);
  if (end.event === "download-failed") {
    await assertNothingCommitted(bob, ID, copy);
    assertStringIncludes(end.message, ID);
    await bob.download(ID);
  }
  assertEquals(endsOf(bob, ID).filter((name) => name !== "download-failed"), ["download-finished"]);
  await assertSameTree(root, copy);
}

async function listOf(stranger: HostilePeer): Promise<WireValue> {
  return await stranger.ask({ type: "get_game", game_id: ID });
}

/** The list that a source of these files answers. */
async function listOnDisk(root: string) {
  const files = (await filesBelow(root)).map(async (path) => ({
    path,
    size: (await Deno.stat(`${root}/${path}`)).size,
  }));
  return gameDetails(ID, "1.0", await Promise.all(files));
}
