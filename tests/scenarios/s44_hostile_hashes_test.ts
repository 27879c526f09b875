/**
 * S44: hostile words on hashes. Whatever a source answers to `get_hashes`, or if it answers nothing at all, its bytes
 * arrive, nobody waits long for it, and a cancel is heard at once.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { frameOf, gameDetails, type HostileAnswer, HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const FILES = [{ path: "a.pak", size: 5 }, { path: "version.ini", size: 3 }];
const CONTENT: Record<string, string> = { "a.pak": "bytes", "version.ini": "1.0" };
/** Too soon for the end of any patience, and far beyond what a cancel takes. */
const AT_ONCE_MS = 4_000;

/** The stream stays open, and nothing comes. */
function silence(): HostileAnswer {
  return Object.assign(new Uint8Array(0), { hangs: true });
}

/** What a source answers to `get_hashes`, by the game. */
function hostileWords(): Record<string, (fields: object) => HostileAnswer> {
  const hashes = (text: string) => (fields: object) => ({ ...fields, type: "hashes", hashes: text });
  return {
    garbage: () => crypto.getRandomValues(new Uint8Array(100)),
    no_base64: hashes("!".repeat(44)),
    half_a_hash: hashes("A".repeat(4)),
    far_too_many: hashes("A".repeat(44 * 300_000 - 44 * 300_000 % 128)),
    other_game: () => ({
      ...{ type: "hashes", game_id: "x", manifest_hash: "0".repeat(64) },
      hashes: "",
    }),
    cut_off: () => frameOf('{"type":"hashes"').slice(0, 10),
  };
}

async function meet(bob: PeerProcess, party: string, words: ReturnType<typeof hostileWords>) {
  const ids = Object.keys(words);
  const mallory = await HostilePeer.start({
    party,
    games: ids.map((id) => readyGame(id, "1.0", 8)),
    answers: {
      get_game: ({ game_id }) => gameDetails(String(game_id), "1.0", FILES),
      get_hashes: ({ game_id, manifest_hash }) =>
        words[String(game_id)]?.({ game_id, manifest_hash }) ?? silence(),
      get_chunk: ({ path, length }) => ({
        frame: { type: "chunk", length },
        body: new TextEncoder().encode(CONTENT[String(path)]),
      }),
    },
  });
  await mallory.greet(bob.addr);
  for (const id of ids) await bob.sources(id, 1);
  return mallory;
}

Deno.test("S44: hostile words on hashes cost a download nothing but its verification", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  const words = { ...hostileWords(), silent: silence };
  await using _mallory = await meet(bob, swarm.party, words);
  for (const game_id of Object.keys(words)) {
    const end = await bob.downloadEnd(game_id, { install: false });
    assertEquals(end.event, "download-finished", game_id);
    assert(!("verified" in end && end.verified), game_id);
    assertEquals(await Deno.readTextFile(`${swarm.gameDir("bob")}/${game_id}/a.pak`), "bytes");
  }
});

Deno.test("S44: a cancel is heard at once while the words of a silent source are waited for", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  await using _mallory = await meet(bob, swarm.party, { silent: silence });
  await bob.ok("download", { game_id: "silent", install: false });
  await bob.event("download-progress", ({ done_bytes }) => done_bytes === 8);
  await bob.ok("cancel-download", { game_id: "silent" });
  await within("the end", bob.event("download-cancelled"), AT_ONCE_MS);
  await Deno.lstat(`${swarm.gameDir("bob")}/silent`).then(() => assert(false, "payload is left"), () => {});
});
