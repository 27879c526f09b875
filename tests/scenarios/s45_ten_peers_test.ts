/**
 * S45: ten peers agree on everybody's library, and one new game reaches all of them.
 *
 * @module
 */

import type { GameSummary } from "../../src/proto/library.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { makeGame } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const NAMES = Array.from({ length: 10 }, (_, n) => `peer${n}`);
const DEADLINE_MS = 90_000;

/** What a peer thinks everybody holds, itself included: comparable between all of them. */
async function world(peer: PeerProcess): Promise<string> {
  const own = peer.eventsOf("local-library-changed").at(-1);
  const sorted = (games: readonly GameSummary[] = []) => games.toSorted((a, b) => a.id < b.id ? -1 : 1);
  const others = [...(await peer.knownPeers()).values()].map(({ peer_id, library_rev, games }) => [
    peer_id,
    { library_rev, games: sorted(games) },
  ]);
  const all = [[peer.peer_id, { library_rev: own?.library_rev, games: sorted(own?.games) }], ...others];
  return JSON.stringify(all.sort(([a], [b]) => String(a) < String(b) ? -1 : 1));
}

Deno.test("S45: ten peers' libraries converge, and one new game reaches all the others", async () => {
  await using swarm = await Swarm.make();
  await Promise.all(
    NAMES.map((name) =>
      makeGame(swarm.gameDir(name), `game_of_${name}`, { version: "1.0", files: { "a.bin": 1_000 } })
    ),
  );
  const peers = await Promise.all(NAMES.map((name) => swarm.start(name)));
  const worlds = () => Promise.all(peers.map(world));
  await until("all libraries are known to all", async () => {
    const views = await worlds();
    const all_there = NAMES.every((name) => views[0]?.includes(`game_of_${name}`));
    return all_there && new Set(views).size === 1;
  }, DEADLINE_MS);
  for (const peer of peers) {
    assertEquals((await peer.ok("peer-count")).count, 9);
    const connected = peer.eventsOf("peer-connected").map(({ peer_id }) => peer_id);
    assertEquals([connected.length, new Set(connected).size], [9, 9], peer.name);
    assertEquals(peer.eventsOf("peer-lost"), []);
    const { games } = await peer.ok("list-games");
    assertEquals(games.length, 10);
  }

  const [first, ...others] = peers as [PeerProcess, ...PeerProcess[]];
  const marks = new Map(others.map((peer) => [peer, peer.lines.length]));
  const started = performance.now();
  await makeGame(swarm.gameDir(first.name), "brand_new", { version: "1.0", files: { "a.bin": 1_000 } });
  await Promise.all(others.map((peer) =>
    peer.event(
      "games-list-updated",
      ({ games }) => games.some(({ id, peer_count }) => id === "brand_new" && peer_count === 1),
      { from: marks.get(peer) ?? 0, ms: DEADLINE_MS },
    )
  ));
  evidence({ "a new game at nine peers after": `${Math.round(performance.now() - started)} ms` });
  await until("all agree again", async () => new Set(await worlds()).size === 1, DEADLINE_MS);
  await others.at(-1)?.download("brand_new");
});
