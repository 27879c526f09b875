/**
 * Faults around a peer: others that send garbage, nothing, or one byte a second; a state folder that is locked or
 * damaged; a system that refuses to watch; a listener that breaks. The good ones go on, and what heals is healed.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { readFrame } from "../../src/peer/exchange.ts";
import type { ByteStream } from "../../src/peer/transport/port.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import type { SocketAddress } from "../../src/proto/ids.ts";
import { MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { assertSameTree, filesBelow, makeGame, MIB } from "../support/games.ts";
import {
  gameDetails,
  type HostileAnswer,
  HostilePeer,
  readyGame,
  type WireValue,
} from "../support/hostile_peer.ts";
import { leftOut } from "../support/print.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { TempDir } from "../support/temp_dir.ts";
import { WrappedPeer } from "../support/wrapped_peer.ts";

/** Far above what a peer needs for a handful of games, far below what a leak of buffers would take. */
const MAX_RESIDENT_BYTES = 400 * MIB;
const REQUESTS = [
  "get_library",
  "get_game",
  "get_chunk",
  "library_delta",
  "library_summary",
  "ping",
  "goodbye",
];
const REQUEST_END_MS = 40_000;

function answering(answer: () => HostileAnswer) {
  return Object.fromEntries(REQUESTS.map((type) => [type, answer]));
}

function garbage(bytes = 5_000): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

/** An answer that never comes. */
function nothing(): HostileAnswer {
  return Object.assign(new Uint8Array(0), { hangs: true });
}

/** Sends bytes one a second until the stream or the test is over. */
async function drip(stream: ByteStream, bytes: Uint8Array, stop: AbortSignal): Promise<void> {
  for (const byte of bytes) {
    if (stop.aborted) return;
    await stream.write(Uint8Array.of(byte));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}

/** A member of the party that answers everything at one byte a second, after an honest handshake. */
class DrippingPeer implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #tasks: Promise<unknown>[] = [];

  private constructor(readonly peer: HostilePeer) {}

  static async meet(
    party: string,
    addr: string,
    answer: (request: WireValue) => { frame: object; body?: Uint8Array; fast?: boolean },
    games: readonly object[] = [],
  ): Promise<DrippingPeer> {
    const dripping = new DrippingPeer(await HostilePeer.start({ party, games }));
    const { signal } = dripping.#stop;
    const connection = await dripping.peer.transport.connect({ addr: addr as SocketAddress }, signal);
    dripping.#tasks.push((async () => {
      for await (const stream of connection.incoming) {
        dripping.#tasks.push(dripping.#answer(stream, answer).catch(() => {}));
      }
    })());
    const hello = await connection.openStream(signal);
    await hello.write(encodeFrame(dripping.peer.introduction("hello"), MAX_ANSWER_BYTES));
    await hello.finish();
    const ack = await within("the answer to hello", readFrame(hello, MAX_ANSWER_BYTES)) as WireValue;
    assertEquals(ack.type, "hello_ack");
    return dripping;
  }

  async #answer(
    stream: ByteStream,
    answer: (request: WireValue) => { frame: object; body?: Uint8Array; fast?: boolean },
  ): Promise<void> {
    const { frame, body, fast } = answer(await readFrame(stream, MAX_ANSWER_BYTES) as WireValue);
    const head = encodeFrame(frame, MAX_ANSWER_BYTES);
    if (fast) await stream.write(head);
    else await drip(stream, head, this.#stop.signal);
    if (body) await drip(stream, body, this.#stop.signal);
    await stream.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.peer[Symbol.asyncDispose]();
    await Promise.all(this.#tasks);
  }
}

/** Waits until both peers know the same games of each other as they have. */
async function converge(alice: PeerProcess, bob: PeerProcess): Promise<void> {
  for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
    await until(`${peer.name} knows what ${other.name} has`, async () => {
      const known = (await peer.knownPeers()).get(other.peer_id);
      return known?.library_rev === other.eventsOf("local-library-changed").at(-1)?.library_rev;
    });
  }
}

Deno.test("peers that send garbage, nothing or one byte a second hold up nobody", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { "data.pak": 20 * MIB },
  });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  const { party } = swarm;
  const games = [readyGame("x", "1.0", 1)];
  await using babbler = await HostilePeer.start({ party, games, answers: answering(garbage) });
  await using mute = await HostilePeer.start({ party, games, answers: answering(nothing) });
  await babbler.greet(bob.addr);
  await mute.greet(bob.addr);
  await using drips = await DrippingPeer.meet(party, bob.addr, () => ({ frame: { type: "ok" } }), games);

  // Garbage on every stream, while others hold theirs open with nothing and with a byte now and then.
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => babbler.askBytes(frameless(n)).catch(() => ({ type: "reset" }))),
  );
  assertEquals(answers.filter(({ type }) => type !== "error" && type !== "reset"), []);
  const held = Array.from({ length: 20 }, () => heldOpen(mute));
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0" });
  await makeGame(swarm.gameDir("bob"), "doom", { version: "1.0" });
  await alice.sources("doom", 1);
  await bob.sources("quake", 1);
  await converge(alice, bob);
  await bob.download("alienswarm");
  await assertSameTree(root, `${swarm.gameDir("bob")}/alienswarm`);

  // What was asked of the bad ones has ended, and what they asked, too.
  for (const { peer_id } of [babbler, mute, drips.peer]) {
    await until(
      `bob gives up the library of ${peer_id}`,
      () => bob.log.includes(`library of ${peer_id}`),
      REQUEST_END_MS,
    );
  }
  const ends = await within("the end of what was held open", Promise.all(held), REQUEST_END_MS);
  assertEquals(ends.filter((end) => end === "answered well"), []);
  assertEquals(bob.eventsOf("runtime-failed"), []);
  assertEquals(bob.eventsOf("peer-lost").filter(({ peer_id }) => peer_id === alice.peer_id), []);
  assertLess(await bob.residentBytes(), MAX_RESIDENT_BYTES);
  assertEquals(bob.log.split("\n").filter((line) => /\[(ERR|FTL)\]|Uncaught/.test(line)), []);
  assertEquals(await bob.stop(), 0);
});

/** Bytes that are no request; every second ones claim a length that they don't have. */
function frameless(n: number): Uint8Array<ArrayBuffer> {
  const bytes = garbage(50 + n);
  if (n % 2 === 0) new DataView(bytes.buffer).setUint32(0, 20);
  return bytes;
}

/** A request that is begun and never ended. Says how it ended. */
async function heldOpen(peer: HostilePeer): Promise<string> {
  const stream = await peer.openStream();
  try {
    await stream.write(Uint8Array.of(0, 0, 0));
    const answer = await readFrame(stream, MAX_ANSWER_BYTES) as WireValue;
    return answer.type === "error" ? "refused" : "answered well";
  } catch {
    return "reset";
  } finally {
    stream.reset();
  }
}

Deno.test("a download from a source that never answers ends, one from a source that drips ends when it is cancelled", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  const files = [{ path: "data.pak", size: 100_000 }, { path: "version.ini", size: 3 }];
  await using mute = await HostilePeer.start({
    party: swarm.party,
    games: [readyGame("silent", "1.0", 100_003)],
    answers: { get_game: nothing },
  });
  await mute.greet(bob.addr);
  const games = [readyGame("slow", "1.0", 100_003)];
  await using _slow = await DrippingPeer.meet(swarm.party, bob.addr, ({ type, game_id, path, length }) => {
    if (type === "get_library") {
      return { frame: { type: "library_snapshot", library_rev: 1, games }, fast: true };
    }
    if (type === "get_game") return { frame: gameDetails(String(game_id), "1.0", files), fast: true };
    if (type !== "get_chunk") return { frame: { type: type === "ping" ? "pong" : "ok" }, fast: true };
    const body = path === "version.ini" ? new TextEncoder().encode("1.0") : new Uint8Array(Number(length));
    return { frame: { type: "chunk", length }, body, fast: true };
  }, games);
  await bob.sources("silent", 1);
  await bob.sources("slow", 1);
  const ending = bob.downloadEnd("silent");

  // One byte a second is life: it runs until somebody has enough of it.
  await bob.ok("download", { game_id: "slow" });
  await bob.event("download-progress", ({ game_id, done_bytes }) => game_id === "slow" && done_bytes >= 2);
  await bob.ok("cancel-download", { game_id: "slow" });
  await bob.event("download-cancelled", ({ game_id }) => game_id === "slow");

  const end = await within("the end of the silent download", ending, REQUEST_END_MS);
  assertEquals(end.event, "download-failed");
  assertEquals(await filesBelow(swarm.gameDir("bob")), []);
  // Both may be asked again.
  assertEquals((await bob.command("download", { game_id: "slow" })).ok, true);
});

Deno.test("an index that another program locks is told clearly, and found again when the lock is gone", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  {
    using other = lock(`${swarm.stateDir("alice")}/library.db`);
    await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0" });
    await until("the problem is told", () => alice.log.includes("quake can't be scanned now"));
    const line = alice.log.split("\n").find((text) => text.includes("quake can't be scanned now")) ?? "";
    assertStringIncludes(line, "library.db");
    assertStringIncludes(line, "locked; stop the other program");
    // It lives on, and serves what it knows.
    assertEquals((await alice.ok("status")).operations, []);
    await bob.sources("alienswarm", 1);
    await bob.download("alienswarm");
    assertEquals(await bob.game("quake"), undefined);
    assert(other.isOpen);
  }
  // Nothing else happens on disk: it comes back to it by itself.
  await bob.sources("quake", 1);
  assertEquals([alice.eventsOf("runtime-failed"), await alice.stop()], [[], 0]);
});

/** Holds the one write lock of a database. */
function lock(path: string): DatabaseSync & Disposable {
  const db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  return db;
}

Deno.test("a damaged index is set aside with a message and rebuilt, and the others follow", async () => {
  await using swarm = await Swarm.make();
  for (const id of ["alienswarm", "quake"]) await makeGame(swarm.gameDir("alice"), id, { version: "1.0" });
  const bob = await swarm.start("bob");
  const first = await swarm.start("alice");
  await bob.sources("alienswarm", 1);
  const rev = (await first.ok("status")).library_rev;
  assertEquals(await first.stop(), 0);
  const path = `${swarm.stateDir("alice")}/library.db`;
  const damaged = garbage(20_000);
  await Deno.writeFile(path, damaged);
  await Deno.remove(`${swarm.gameDir("alice")}/quake`, { recursive: true });
  await makeGame(swarm.gameDir("alice"), "doom", { version: "1.0" });

  const alice = await swarm.start("alice");
  assertStringIncludes(alice.log, `${path} was damaged; it is kept as library.db.damaged-1`);
  assertEquals(await Deno.readFile(`${path}.damaged-1`), damaged);
  assertEquals(alice.peer_id, first.peer_id);
  assertLess(rev, (await alice.ok("status")).library_rev);
  await bob.sources("doom", 1);
  await bob.sources("alienswarm", 1);
  assertEquals(await bob.game("quake"), undefined);
  // The new file is a good one.
  assertEquals(await alice.stop(), 0);
  const again = await swarm.start("alice");
  assertEquals(again.log.includes("damaged"), false);
  await bob.sources("doom", 1);
});

/** A shell that takes away almost all watches from the program behind it. */
const FEW_WATCHES = [
  ...["unshare", "--user", "--map-root-user", "sh", "-c"],
  ...['echo 2 > /proc/sys/user/max_inotify_watches && exec "$@"', "sh"],
];
const WATCH_LIMIT = "a peer that may not watch says so once, and lives on by scanning";

async function whyNoWatchLimit(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "user namespaces exist on Linux only";
  const [program = "", ...args] = [...FEW_WATCHES, "true"];
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return String(error);
  }
}

Deno.test({
  name: WATCH_LIMIT,
  ignore: leftOut(WATCH_LIMIT, await whyNoWatchLimit()),
  fn: async () => {
    await using dir = await TempDir.make();
    const games = await dir.mkdir("alice/games");
    for (const id of ["a", "b", "c", "d"]) await makeGame(games, id, { version: "1.0" });
    await using alice = new WrappedPeer(dir, "alice", {
      wrapper: FEW_WATCHES,
      args: ["--interface", "127.0.0.1"],
      party: `test ${crypto.randomUUID()}`,
    });
    await alice.event("local-peer-ready");
    const told = () => alice.log.split("\n").filter((line) => line.includes("can't be watched"));
    await until("it says so", () => told().length > 0);
    assertStringIncludes(told()[0] ?? "", "every 5 minutes");
    await makeGame(games, "e", { version: "1.0" });
    // A scan that is asked for finds what no watcher told.
    assertEquals((await alice.command("set-game-dir", { game_dir: games })).ok, true);
    await alice.event("local-library-changed", (event) => event.games.length === 5);
    assertEquals(alice.lines.filter(({ event }) => event === "runtime-failed"), []);
    assertEquals((await alice.command("shutdown")).ok, true);
    assertEquals(await alice.exited(), 0);
  },
});

/** Runs before the program: at SIGUSR1 the listener breaks as if its socket were gone. */
const BREAKING_LISTENER = `
  const { listen } = Deno.QuicEndpoint.prototype;
  const broken = Promise.withResolvers();
  Deno.addSignalListener("SIGUSR1", () => broken.reject(new Error("the socket is gone")));
  Deno.QuicEndpoint.prototype.listen = function (options) {
    const incoming = listen.call(this, options)[Symbol.asyncIterator]();
    return {
      async *[Symbol.asyncIterator]() {
        while (true) {
          const { done, value } = await Promise.race([incoming.next(), broken.promise]);
          if (done) return;
          yield value;
        }
      },
    };
  };
`;

Deno.test({
  name: "a listener that breaks ends the whole program with runtime-failed and exit code 1",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using dir = await TempDir.make();
    const preload = await dir.write("breaking_listener.js", BREAKING_LISTENER);
    const party = `test ${crypto.randomUUID()}`;
    const args = ["--interface", "127.0.0.1"];
    await using alice = new WrappedPeer(dir, "alice", { party, args, runtime: ["--preload", preload] });
    await using bob = new WrappedPeer(dir, "bob", { party, args });
    await alice.event("peer-connected");
    await bob.event("peer-connected");
    alice.signal("SIGUSR1");
    assertEquals(await within("the end of alice", alice.exited()), 1);
    const failed = alice.lines.filter(({ event }) => event === "runtime-failed");
    assertEquals(failed.map((line) => "component" in line && line.component), ["server"]);
    // It still says goodbye.
    assertEquals((await bob.event("peer-lost")).reason, "goodbye");
    assertEquals((await bob.command("status")).data.peer_count, 0);
  },
});
