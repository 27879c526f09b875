/**
 * S24: streamed installs whose source dies, lies or is not wanted any more: rolled back, and the next source is used.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { encodeFrame } from "../../src/proto/codec.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, copyGame, filesBelow, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { gameDetails, HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { type EventOf, type PeerProcess, Swarm } from "../support/swarm.ts";

const GAME = { game_id: "alienswarm" };
const BIG = { "a/first.bin": 5 * MIB, "data.pak": 250 * MIB };
const ENDS = ["install-finished", "install-failed"] as const;

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
}

/** Which sources a peer used, in order, as it logged them. */
function sourcesUsed(peer: PeerProcess): string[] {
  return [...peer.log.matchAll(/alienswarm "?[0-9.]+"? comes from "?([0-9a-f-]{36})/g)].map((match) =>
    match[1] ?? ""
  );
}

/** Waits until some of the content has come, and not all of it. */
async function midStream(peer: PeerProcess, from: number): Promise<void> {
  const some = await peer.event("install-progress", (e) => e.done_bytes > MIB, { from });
  assert(some.done_bytes < some.total_bytes, "it was over before anything could happen");
}

function code(end: EventOf<typeof ENDS[number]>): string | undefined {
  return end.event === "install-failed" ? end.code : undefined;
}

Deno.test("S24: the source is killed in the middle, the attempt is rolled back, and the next source completes it", async () => {
  await using swarm = await Swarm.make();
  const root = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: BIG });
  await copyGame(root, swarm.gameDir("carol"), "alienswarm");
  await makeTree(swarm.dir.join("expected"), BIG, "alienswarm");
  const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((name) => swarm.start(name)));
  assert(alice && bob && carol);
  await bob.sources("alienswarm", 2);
  await bob.ok("stream-install", GAME);
  await midStream(bob, 0);
  const [first] = sourcesUsed(bob);
  const [victim, survivor] = first === alice.peer_id ? [alice, carol] : [carol, alice];
  assertEquals(first, victim.peer_id);
  victim.signal("SIGSTOP");
  const killed_at = bob.lines.length;
  await victim.kill();

  const end = await bob.anyEvent(ENDS);
  assertEquals(end.event, "install-finished");
  assertEquals(sourcesUsed(bob), [victim.peer_id, survivor.peer_id]);
  // The second attempt began with nothing: what the first one had written was gone.
  const progress = bob.eventsOf("install-progress", killed_at);
  assert(progress.some(({ done_bytes }) => done_bytes === 0), "the survivor did not begin anew");
  assertEquals(await names(`${swarm.gameDir("bob")}/alienswarm`), ["local"]);
  await assertSameTree(swarm.dir.join("expected"), `${swarm.gameDir("bob")}/alienswarm/local`);
  assertEquals(bob.eventsOf("install-begin").length, 1);
  assertEquals(bob.eventsOf("install-failed"), []);
  const game = await bob.game("alienswarm");
  assertEquals([game?.installed, game?.downloaded, game?.local_version], [true, false, "1.0"]);
});

Deno.test("S24: the only source is killed: the install failed, and nothing of the game is left", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: BIG });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  await bob.ok("stream-install", GAME);
  await midStream(bob, 0);
  await alice.kill();
  const end = await bob.anyEvent(ENDS);
  assertEquals(code(end), "peers_gone");
  assertEquals(await names(swarm.gameDir("bob")), []);
  assertEquals((await bob.ok("status")).operations, []);
  assertEquals(await filesBelow(`${swarm.stateDir("bob")}/games`).catch(() => []), []);

  const again = await swarm.start("alice");
  // The killed one may still count as a source, under its old address.
  await again.event("peer-connected", ({ peer_id }) => peer_id === bob.peer_id);
  await bob.sources("alienswarm", 1);
  const from = bob.lines.length;
  await bob.ok("stream-install", GAME);
  assertEquals((await bob.anyEvent(ENDS, () => true, { from })).event, "install-finished");
});

Deno.test("S24: a streamed install can be cancelled again and again, and its source is free each time", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: BIG });
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  // More often than the source serves at once.
  for (let turn = 0; turn < 5; turn++) {
    const from = bob.lines.length;
    await bob.ok("stream-install", GAME);
    await midStream(bob, from);
    if (turn === 0) {
      const second = await bob.command("stream-install", GAME);
      assertEquals(second.error?.code, "operation_active");
    }
    await bob.ok("cancel-download", GAME);
    assertEquals(code(await bob.anyEvent(ENDS, () => true, { from })), "cancelled");
    assertEquals(await names(swarm.gameDir("bob")), []);
  }
  assertEquals((await bob.command("cancel-download", GAME)).error?.code, "invalid_request");
});

Deno.test("S24: a receiver that is killed tidies up at its next start", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: BIG });
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  await bob.ok("stream-install", GAME);
  await midStream(bob, 0);
  await bob.kill();
  assertEquals(await names(`${swarm.gameDir("bob")}/alienswarm`), [".local.installing"]);
  await swarm.start("bob");
  assertEquals(await names(swarm.gameDir("bob")), []);
});

/** What a lying source sends behind its answer. */
interface Lie {
  begin?: object;
  frames: (object | Uint8Array)[];
  code: string;
  says: string;
}

const encoder = new TextEncoder();
const file = (path: string, size: number) => ({ type: "stream_file", path, size, executable: false });
const data = (text: string) => [{ type: "stream_data", length: text.length }, encoder.encode(text)];
const end = (text: string) => ({
  type: "stream_file_end",
  sha256: createHash("sha256").update(text).digest("hex"),
});
const over = { type: "stream_end", files: 1, bytes: 3 };

const LIES: Record<string, Lie> = {
  "a path that leaves the game": {
    frames: [file("../../escaped", 3), ...data("abc"), end("abc"), over],
    code: "invalid_request",
    says: "is not allowed",
  },
  "an absolute path": {
    frames: [file("/tmp/escaped", 3), ...data("abc"), end("abc"), over],
    code: "invalid_request",
    says: "absolute",
  },
  "other bytes than it says": {
    frames: [file("a", 3), ...data("abd"), end("abc"), over],
    code: "invalid_request",
    says: "checksum",
  },
  "more than it announced": {
    frames: [file("a", 3), ...data("abc"), ...data("d")],
    code: "invalid_request",
    says: "larger",
  },
  "a file twice": {
    begin: { entries: 2, total_bytes: 6 },
    frames: [file("a", 3), ...data("abc"), end("abc"), file("A", 3)],
    code: "invalid_request",
    says: "came before",
  },
  "only a part of it": {
    frames: [file("a", 3), ...data("abc"), end("abc")],
    code: "peers_gone",
    says: "gone",
  },
  "frames that are none": {
    frames: [file("a", 3), { type: "stream_everything" }],
    code: "invalid_request",
    says: "not valid",
  },
  "nothing but that it is busy": {
    frames: Array.from({ length: 100 }, () => ({ type: "stream_wait" })),
    code: "invalid_request",
    says: "waiting",
  },
  "more than any disk holds": {
    begin: { entries: 1, total_bytes: 2 ** 52 },
    frames: [],
    code: "disk_full",
    says: "bytes free",
  },
};

for (
  const [what, { begin = { entries: 1, total_bytes: 3 }, frames, code: expected, says }] of Object.entries(
    LIES,
  )
) {
  Deno.test(`S24: from a source that sends ${what} nothing is kept, and an honest one is used`, async () => {
    await using swarm = await Swarm.make();
    const files = [{ path: "alienswarm.eti", size: 10 }, { path: "version.ini", size: 3 }];
    const bytes = frames.map((frame) => frame instanceof Uint8Array ? frame : encodeFrame(frame, 65_536));
    const body = new Uint8Array(await new Blob(bytes.map((part) => part.slice())).arrayBuffer());
    await using mallory = await HostilePeer.start({
      party: swarm.party,
      games: [readyGame("alienswarm", "1.0", 13)],
      answers: {
        get_game: () => gameDetails("alienswarm", "1.0", files),
        stream_install: () => ({ frame: { type: "stream_begin", ...begin }, body }),
      },
    });
    const bob = await swarm.start("bob");
    await mallory.greet(bob.addr);
    await bob.sources("alienswarm", 1);
    await bob.ok("stream-install", GAME);
    const failed = await bob.event("install-failed");
    assertEquals(failed.code, expected);
    assertStringIncludes(failed.message, says);
    assertEquals(await names(swarm.gameDir("bob")), []);
    assertEquals(await names(swarm.dir.join("bob")), ["games", "state"]);
    await mallory[Symbol.asyncDispose]();
    await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: { a: "a" } });
    const alice = await swarm.start("alice");
    await until(
      "alice is a source",
      async () => (await bob.knownPeers()).get(alice.peer_id)?.games.length === 1,
    );
    await until("bob has it from alice", async () => {
      const from = bob.lines.length;
      await bob.ok("stream-install", GAME);
      return (await bob.anyEvent(ENDS, () => true, { from })).event === "install-finished";
    });
    assertEquals(await filesBelow(swarm.gameDir("bob")), ["alienswarm/local/a"]);
  });
}
