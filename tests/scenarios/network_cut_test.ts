/**
 * A cable that is pulled for longer than anybody waits: both peers lose each other, and find each other again, without
 * a restart and with what changed meanwhile. `s43_short_cut_test.ts` is about a moment.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeGame } from "../support/games.ts";
import { Cable, inNamespace, whyNoNamespaces } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { WrappedPeer } from "../support/wrapped_peer.ts";

const CUT_MS = 12_000;
const NAME = "two hosts whose cable is pulled for twelve seconds lose and find each other";
const ignore = leftOut(NAME, await whyNoNamespaces());

async function gamesOf(peer: WrappedPeer, other: WrappedPeer): Promise<string | undefined> {
  const { peers } = (await peer.command("list-peers")).data;
  const known = peers.find(({ peer_id }: { peer_id: string }) => peer_id === other.peer_id);
  return known?.games.map(({ id }: { id: string }) => id).sort().join();
}

Deno.test({
  name: NAME,
  ignore,
  fn: async () => {
    await using dir = await TempDir.make();
    await using cable = await Cable.lay();
    const party = `test ${crypto.randomUUID()}`;
    const start = (name: string, at: 0 | 1) =>
      new WrappedPeer(dir, name, { party, wrapper: inNamespace(cable.names[at]) });
    await makeGame(dir.join("alice", "games"), "before", { version: "1.0" });
    await using alice = start("alice", 0);
    await using bob = start("bob", 1);
    await Promise.all([alice.event("peer-connected"), bob.event("peer-connected")]);
    const seen = await bob.event("peer-connected");
    assertEquals([seen.peer_id, seen.addr.split(":")[0]], [alice.peer_id, "10.77.0.1"]);
    await until("bob knows the game", async () => await gamesOf(bob, alice) === "before");

    const cut_at = performance.now();
    await cable.cut();
    for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
      const lost = await peer.event("peer-lost");
      assertEquals([lost.peer_id, lost.reason], [other.peer_id, "timeout"]);
    }
    await makeGame(alice.game_dir, "during", { version: "1.0" });
    await alice.event("local-library-changed", ({ games }) => games.some(({ id }) => id === "during"));
    await until("the cut is long enough", () => performance.now() - cut_at >= CUT_MS);
    const marks = { alice: alice.lines.length, bob: bob.lines.length };
    assertEquals(alice.lines.filter(({ event }) => event === "peer-connected").length, 1);

    await cable.mend();
    await alice.event("peer-connected", ({ peer_id }) => peer_id === bob.peer_id, marks.alice);
    await bob.event("peer-connected", ({ peer_id }) => peer_id === alice.peer_id, marks.bob);
    await until("bob knows what changed", async () => await gamesOf(bob, alice) === "before,during");
    assertEquals((await bob.command("download", { game_id: "during" })).ok, true);
    await bob.event("download-finished");
  },
});
