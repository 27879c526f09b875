/**
 * S12: a game with an active operation is not served, neither while it is downloaded first nor while it is updated.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, filesBelow, makeGame } from "../support/games.ts";
import { GatedSource } from "../support/gated_source.ts";
import { gameDetails, HostilePeer } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const DATA = new Uint8Array(50_000).map((_, at) => at % 251);
const FILES = [{ path: "data.pak", size: DATA.length }, { path: "version.ini", size: 3 }];

/** What a stranger is told who asks a peer for the game's list and for a part of it. */
async function asks(stranger: HostilePeer, version: string): Promise<unknown[]> {
  const { manifest_hash } = gameDetails("alienswarm", version, FILES);
  const details = await stranger.ask({ type: "get_game", game_id: "alienswarm" });
  const chunk = await stranger.ask({
    ...{ type: "get_chunk", game_id: "alienswarm", manifest_hash },
    ...{ path: "data.pak", offset: 0, length: 1_000 },
  });
  return [details, chunk].map(({ type, code }) => code ?? type);
}

/** The versions of the game that `peer` sees at `other`. */
async function versionsAt(peer: PeerProcess, other: PeerProcess): Promise<string[]> {
  const games = (await peer.knownPeers()).get(other.peer_id)?.games ?? [];
  return games.filter(({ id }) => id === "alienswarm").map(({ version }) => String(version));
}

/** Lets `source` finish, and then bob is a source himself, for carol too. */
async function finishAndServe(swarm: Swarm, source: GatedSource, bob: PeerProcess, carol: PeerProcess) {
  source.open();
  await bob.event("download-finished");
  await carol.sources("alienswarm", 1);
  await carol.download("alienswarm");
  assertEquals(carol.eventsOf("download-begin").at(-1)?.sources, [bob.peer_id]);
  await assertSameTree(`${swarm.gameDir("bob")}/alienswarm`, `${swarm.gameDir("carol")}/alienswarm`);
}

Deno.test("S12: a game that is being downloaded is not announced and not served; afterwards it is", async () => {
  await using swarm = await Swarm.make();
  const [bob, carol] = await Promise.all([swarm.start("bob"), swarm.start("carol")]);
  await carol.event("peer-connected", ({ peer_id }) => peer_id === bob.peer_id);
  await using source = await GatedSource.start(swarm.party, "alienswarm", "1.0", { "data.pak": DATA });
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await source.greet(bob.addr);
  await stranger.greet(bob.addr);
  await bob.sources("alienswarm", 1);
  await bob.ok("download", { game_id: "alienswarm" });
  await until("the download runs", () => source.held_back > 0);

  assertEquals(await asks(stranger, "1.0"), ["game_not_found", "game_not_found"]);
  assertEquals(
    (await carol.command("download", { game_id: "alienswarm" })).error?.code,
    "no_peers_have_game",
  );
  assertEquals(await versionsAt(carol, bob), []);
  assertEquals((await bob.game("alienswarm"))?.operation, "download");

  await finishAndServe(swarm, source, bob, carol);
  assertEquals(await asks(stranger, "1.0"), ["game_details", "chunk"]);
});

Deno.test("S12: a game that is being updated keeps its summary, and whoever asks for it is refused", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("bob"), "alienswarm", { version: "1.0", files: { "data.pak": DATA } });
  const [bob, carol] = await Promise.all([swarm.start("bob"), swarm.start("carol")]);
  await carol.sources("alienswarm", 1);
  await using source = await GatedSource.start(swarm.party, "alienswarm", "1.1", { "data.pak": DATA });
  await using stranger = await HostilePeer.start({ party: swarm.party });
  await source.greet(bob.addr);
  await stranger.greet(bob.addr);
  assertEquals(await asks(stranger, "1.0"), ["game_details", "chunk"]);
  await until("bob wants the newer one", async () => (await bob.game("alienswarm"))?.version === "1.1");
  await bob.ok("fetch-latest", { game_id: "alienswarm" });
  await until("the download runs", () => source.held_back > 0);

  assertEquals(await asks(stranger, "1.0"), ["not_transferable", "not_transferable"]);
  // Carol still sees the old summary, tries, and hears it too.
  assertEquals(await versionsAt(carol, bob), ["1.0"]);
  const end = await carol.downloadEnd("alienswarm");
  assertEquals(end.event, "download-failed");
  assertStringIncludes("message" in end ? end.message : "", "busy");
  assertEquals(await filesBelow(swarm.gameDir("carol")), []);

  await finishAndServe(swarm, source, bob, carol);
  assertEquals(await versionsAt(carol, bob), ["1.1"]);
  assertEquals(await asks(stranger, "1.1"), ["game_details", "chunk"]);
});
