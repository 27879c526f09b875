/**
 * The hashes of the chunks, with real processes: computed after the scan, told to who asks, kept over restarts, made
 * anew for what changed, and never at the cost of an operation.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { ChunkHashes } from "../../src/proto/chunk_hashes.ts";
import { chunksOf, type ManifestFile } from "../../src/proto/manifest.ts";
import { Hashes } from "../../src/proto/message.ts";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeGame, MIB } from "../support/games.ts";
import { gameDetails, HostilePeer, readyGame, type WireValue } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const FILES = { "data.pak": 20 * MIB, "maps/a.bsp": "0123456789", "empty": "" };
/** Longer than a file must have rested before it is hashed. */
const REST_MS = 3_000;

/** Asks for the file list, then for its hashes. */
async function ask(
  peer: HostilePeer,
  game_id: string,
): Promise<{ files: ManifestFile[]; answer: WireValue }> {
  const { manifest_hash, files } = await peer.ask({ type: "get_game", game_id });
  const answer = await peer.ask({ type: "get_hashes", game_id, manifest_hash });
  return { files: files as ManifestFile[], answer };
}

/** The hashes that the peer tells, by `path#number`; `undefined` where it does not know. */
async function told(peer: HostilePeer, game_id: string): Promise<Record<string, string | undefined>> {
  const { files, answer } = await ask(peer, game_id);
  const chunks = [...chunksOf(files)];
  const hashes = ChunkHashes.decode(Hashes.parse(answer).hashes, chunks.length);
  return Object.fromEntries(chunks.map(({ path, offset }, i) => [`${path}#${offset / MIB}`, hashes.get(i)]));
}

async function allTold(peer: HostilePeer, game_id: string): Promise<Record<string, string | undefined>> {
  return await until(`all hashes of ${game_id}`, async () => {
    const hashes = await told(peer, game_id);
    return Object.values(hashes).every((hash) => hash !== undefined) && hashes;
  });
}

async function trueHashes(root: string): Promise<Record<string, string>> {
  const hash = async (path: string, from: number, to?: number) =>
    createHash("sha256").update((await Deno.readFile(`${root}/${path}`)).subarray(from, to)).digest("hex");
  return {
    "data.pak#0": await hash("data.pak", 0, 16 * MIB),
    "data.pak#16": await hash("data.pak", 16 * MIB),
    "empty#0": await hash("empty", 0),
    "maps/a.bsp#0": await hash("maps/a.bsp", 0),
    "version.ini#0": await hash("version.ini", 0),
  };
}

async function member(swarm: Swarm, peer: PeerProcess, games: readonly object[] = []): Promise<HostilePeer> {
  const details = gameDetails("wanted", "1.0", [{ path: "a", size: 1 }, { path: "version.ini", size: 3 }]);
  const mallory = await HostilePeer.start({
    party: swarm.party,
    games,
    answers: {
      get_game: () => details,
      get_chunk: () => Object.assign(new Uint8Array(0), { hangs: true }),
    },
  });
  assertEquals((await mallory.greet(peer.addr)).type, "hello_ack");
  return mallory;
}

/** How many hashes the peer says to have computed. */
function computed({ log }: PeerProcess): number {
  return [...log.matchAll(/(\d+) hashes computed/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

Deno.test("a peer tells the true hashes of its chunks, also after a restart, without computing them again", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: FILES });
  const first = await swarm.start("alice");
  {
    await using mallory = await member(swarm, first);
    assertEquals(await allTold(mallory, "alienswarm"), await trueHashes(root));
  }
  await until("the log", () => computed(first) === 5);
  await first.stop();
  const second = await swarm.start("alice");
  await using mallory = await member(swarm, second);
  assertEquals(await told(mallory, "alienswarm"), await trueHashes(root));
  // Another game is computed: by then it would have begun with the first one, which is the smaller.
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0", files: { "a": 30 * MIB } });
  await until("quake is here", async () => (await mallory.ask({ type: "get_game", game_id: "quake" })).files);
  await allTold(mallory, "quake");
  await until("the log", () => computed(second) > 0);
  assertEquals(computed(second), 3);
});

Deno.test("a changed file gets new hashes, and its old ones are never told", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: FILES });
  const alice = await swarm.start("alice");
  await using mallory = await member(swarm, alice);
  const before = await allTold(mallory, "alienswarm");
  // Of the same size, and deep below the root, where nobody watches: asking is what finds it out.
  await Deno.writeTextFile(`${root}/maps/a.bsp`, "9876543210");
  const at_once = await told(mallory, "alienswarm");
  assertEquals(at_once["maps/a.bsp#0"], undefined);
  const after = await allTold(mallory, "alienswarm");
  assertEquals(after, await trueHashes(root));
  assertNotEquals(after["maps/a.bsp#0"], before["maps/a.bsp#0"]);
  await until("the log", () => computed(alice) === 6);
});

Deno.test("hashing waits for the end of every operation", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  await using mallory = await member(swarm, alice, [readyGame("wanted", "1.0", 4)]);
  await alice.sources("wanted", 1);
  await alice.ok("download", { game_id: "wanted" });
  await alice.event("download-begin");
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0", files: { "a": 1 } });
  const made_ms = Date.now();
  await until("quake is here", async () => (await mallory.ask({ type: "get_game", game_id: "quake" })).files);
  await until("quake has rested", () => Date.now() - made_ms > REST_MS + 1_000);
  assertEquals(Object.values(await told(mallory, "quake")), [undefined, undefined]);
  await alice.ok("cancel-download", { game_id: "wanted" });
  await alice.event("download-cancelled");
  await allTold(mallory, "quake");
});

Deno.test("hashes are refused for another manifest, an unknown game, a bad id, and to a stranger", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0" });
  const alice = await swarm.start("alice");
  await using mallory = await member(swarm, alice);
  const manifest_hash = "0".repeat(64);
  const codes: [WireValue, string][] = [
    [{ game_id: "alienswarm", manifest_hash }, "manifest_changed"],
    [{ game_id: "missing", manifest_hash }, "game_not_found"],
    [{ game_id: "../alienswarm", manifest_hash }, "invalid_request"],
    [{ game_id: "alienswarm", manifest_hash: "x" }, "invalid_request"],
    [{ game_id: "alienswarm" }, "invalid_request"],
  ];
  for (const [fields, code] of codes) {
    const answer = await mallory.ask({ type: "get_hashes", ...fields });
    assertEquals([answer.type, answer.code], ["error", code], JSON.stringify(fields));
  }
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await stranger.dial(alice.addr);
  const request = { type: "get_hashes", game_id: "alienswarm", manifest_hash };
  assertEquals((await stranger.ask(request)).code, "unauthorized");
  assert((await alice.command("status")).ok);
});
