/**
 * S47: however a peer is told to stop, it ends by itself with exit code 0, with a download running too, and leaves
 * nothing behind.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { evidence } from "../support/evidence.ts";
import { assertSameTree, filesBelow, makeGame, MIB } from "../support/games.ts";
import { gameDetails, HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const WAYS: Record<string, (peer: PeerProcess) => Promise<unknown>> = {
  "the end of stdin": (peer) => peer.closeInput(),
  "the command shutdown": (peer) => peer.ok("shutdown"),
  "SIGTERM": (peer) => Promise.resolve(peer.signal("SIGTERM")),
  "SIGINT": (peer) => Promise.resolve(peer.signal("SIGINT")),
};
const FILES = { "data.pak": 40 * MIB };

for (const [name, stop] of Object.entries(WAYS)) {
  const ignore = Deno.build.os === "windows" && name.startsWith("SIG");
  const why = ignore ? " (skipped: this system has no such signal)" : "";
  Deno.test(`S47: ${name} ends a peer cleanly with a download running${why}`, { ignore }, async () => {
    await using swarm = await Swarm.make();
    const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
    // A source that sends half of each chunk and then nothing more: the download runs for as long as wanted.
    await using source = await halfSource(swarm);
    await source.greet(bob.addr);
    await bob.sources("alienswarm", 1);
    await bob.event("peer-connected", ({ peer_id }) => peer_id === alice.peer_id);
    await bob.ok("download", { game_id: "alienswarm" });
    await bob.event("download-progress", ({ done_bytes }) => done_bytes > 0);

    const stopped = performance.now();
    await stop(bob);
    assertEquals(await bob.exited(), 0);
    evidence({ "gone after": `${Math.round(performance.now() - stopped)} ms` });
    const gone = await alice.event("peer-lost", ({ peer_id }) => peer_id === bob.peer_id);
    assertEquals(gone.reason, "goodbye");
    assertEquals(bob.log.split("\n").filter((line) => /\[(ERR|FTL)\]|Uncaught|error:/.test(line)), []);
    for (const ended of ["download-finished", "download-failed", "runtime-failed"] as const) {
      assertEquals(bob.eventsOf(ended), []);
    }
    // No sentinel and no scratch, only the file that was begun.
    assertEquals(await filesBelow(`${swarm.gameDir("bob")}/alienswarm`), ["data.pak"]);
    // The same folders start again, and the same download ends well with an honest source.
    const again = await swarm.start("bob");
    assertEquals(again.peer_id, bob.peer_id);
    assertEquals((await again.game("alienswarm"))?.downloaded ?? false, false);
    const root = await makeGame(swarm.gameDir("carol"), "alienswarm", { version: "1.0", files: FILES });
    await swarm.start("carol");
    await again.sources("alienswarm", 1);
    await again.download("alienswarm");
    await assertSameTree(root, `${swarm.gameDir("bob")}/alienswarm`);
  });
}

function halfSource(swarm: Swarm): Promise<HostilePeer> {
  const files = [{ path: "data.pak", size: 40 * MIB }, { path: "version.ini", size: 3 }];
  return HostilePeer.start({
    party: swarm.party,
    games: [readyGame("alienswarm", "1.0", 40 * MIB)],
    answers: {
      get_game: () => gameDetails("alienswarm", "1.0", files),
      get_chunk: ({ length }) => ({
        frame: { type: "chunk", length },
        body: new Uint8Array(Math.ceil(Number(length) / 2)),
        hangs: true,
      }),
    },
  });
}

Deno.test("S47: an idle peer stops as well, and answers no command behind the shutdown", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  await alice.write(
    '{"id":"a","command":"status"}\n{"id":"b","command":"shutdown"}\n{"id":"c","command":"status"}',
  );
  assertEquals(await alice.exited(), 0);
  const results = new Map(alice.eventsOf("result").map(({ id, ok, error }) => [id, error?.code ?? ok]));
  assertEquals([results.get("a"), results.get("b")], [true, true]);
  assert(["shutting_down", undefined].includes(results.get("c") as string | undefined));
  assertEquals(await filesBelow(swarm.gameDir("alice")), []);
});
