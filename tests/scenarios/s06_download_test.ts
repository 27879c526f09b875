/**
 * S6, S7, S34, S37: downloads from one and from two sources, whole files and nothing twice.
 *
 * @module
 */

import { chunksOf, type ManifestFile } from "../../src/proto/manifest.ts";
import type { ManifestPath } from "../../src/proto/paths.ts";
import { assert, assertEquals, assertGreater, assertLessOrEqual } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertSameTree, copyGame, filesBelow, makeGame, MIB } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { assertWhole, bytesOf } from "../support/told_chunks.ts";

/** A payload of several chunks, with an empty file and one that ends inside a chunk. */
const BIG = { "data/big.pak": 70 * MIB + 5, "maps/a.bsp": 3 * MIB, "readme.txt": "hi", "empty.dat": 0 };

/** The chunks of a game root, as events tell them: path, offset and length. */
async function chunksOnDisk(root: string): Promise<string[]> {
  const files: ManifestFile[] = [];
  for (const path of await filesBelow(root)) {
    files.push({ path: path as ManifestPath, size: (await Deno.stat(`${root}/${path}`)).size });
  }
  return Array.from(chunksOf(files), ({ path, offset, length }) => `${path} ${offset} ${length}`).sort();
}

function chunksTold(peer: PeerProcess): string[] {
  return peer.eventsOf("download-chunk-finished")
    .map(({ path, offset, length }) => `${path} ${offset} ${length}`).sort();
}

function assertNoTrouble(peer: PeerProcess): void {
  for (
    const name of ["download-failed", "download-cancelled", "download-peers-gone", "runtime-failed"] as const
  ) {
    assertEquals(peer.eventsOf(name), []);
  }
}

Deno.test("S6: a single-source download is identical, and the sentinel comes last", async () => {
  await using swarm = await Swarm.make();
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: BIG });
  const copy = `${swarm.gameDir("bob")}/alienswarm`;
  for (const folder of ["data", "maps"]) await Deno.mkdir(`${copy}/${folder}`, { recursive: true });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);

  using changes = new Changes(copy);
  const end = await bob.download("alienswarm");
  await changes.settle();
  await assertSameTree(root, copy);
  const [sentinel, others] = [changes.of("version.ini"), changes.ofOthers("version.ini", ".version.ini.tmp")];
  assertGreater(others.length, 0);
  assertGreater(sentinel[0] ?? -1, others.at(-1) ?? Infinity, "something was written behind the sentinel");

  assertEquals(end.bytes, 73 * MIB + 5 + 2 + 3);
  assertEquals(
    bob.eventsOf("download-begin").map(({ sources, total_bytes, file_count }) => ({
      ...{ sources, total_bytes, file_count },
    })),
    [{ sources: [alice.peer_id], total_bytes: end.bytes, file_count: 5 }],
  );
  assertEquals(chunksTold(bob), await chunksOnDisk(root));
  assertEquals(bob.eventsOf("download-finished").length, 1);
  assertNoTrouble(bob);
  const game = await bob.game("alienswarm");
  assertEquals([game?.downloaded, game?.installed, game?.local_version], [true, false, "1.0"]);
  await alice.sources("alienswarm", 1);
  // The operation is over: the same again is refused because it is here, not because it runs.
  assertEquals((await bob.command("download", { game_id: "alienswarm" })).error?.code, "already_downloaded");
});

/** What happens below a folder, in the order that the system tells it. */
class Changes implements Disposable {
  readonly #watcher: Deno.FsWatcher;
  readonly #paths: string[] = [];

  constructor(readonly root: string) {
    this.#watcher = Deno.watchFs(root, { recursive: true });
    this.#collect();
  }

  async #collect(): Promise<void> {
    for await (const { kind, paths } of this.#watcher) {
      if (kind === "access") continue;
      for (const path of paths) this.#paths.push(path.slice(this.root.length + 1));
    }
  }

  /** Waits until everything that happened before was told. */
  async settle(): Promise<void> {
    await Deno.writeTextFile(`${this.root}/settled`, "");
    await until("the watcher tells the last change", () => this.#paths.includes("settled"));
    await Deno.remove(`${this.root}/settled`);
  }

  /** Places of the changes of one file in the order of all. */
  of(path: string): number[] {
    return this.#paths.flatMap((other, at) => other === path ? [at] : []);
  }

  /** Places of the changes of all other files. */
  ofOthers(...paths: string[]): number[] {
    return this.#paths.flatMap((other, at) => [...paths, "settled", ""].includes(other) ? [] : [at]);
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}

Deno.test("S7: two sources serve every chunk once, and a peer with another version serves none", async () => {
  await using swarm = await Swarm.make();
  const files = { ...BIG, "data/more.pak": 33 * MIB };
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.10", files });
  await copyGame(root, swarm.gameDir("bob"), "alienswarm");
  await makeGame(swarm.gameDir("carol"), "alienswarm", { version: "1.9", files: { "readme.txt": "old" } });
  const [alice, bob, carol, dave] = await Promise.all(
    ["alice", "bob", "carol", "dave"].map((name) => swarm.start(name)),
  ) as [PeerProcess, PeerProcess, PeerProcess, PeerProcess];
  await dave.sources("alienswarm", 2);
  await until("dave knows what carol has", async () => {
    return (await dave.knownPeers()).get(carol.peer_id)?.game_count === 1;
  });

  const end = await dave.download("alienswarm");
  await assertSameTree(root, `${swarm.gameDir("dave")}/alienswarm`);
  const pair = [alice.peer_id, bob.peer_id].sort();
  assertEquals(dave.eventsOf("download-begin").map(({ sources }) => sources), [pair]);
  // A source may take over what the other left of a chunk; each byte is sent once all the same.
  const parts = dave.eventsOf("download-chunk-finished");
  assertEquals([...new Set(parts.map(({ peer_id }) => peer_id))].sort(), pair);
  await assertWhole(root, parts);
  assertEquals(bytesOf(parts), end.bytes);
  assertEquals(dave.eventsOf("download-finished").length, 1);
  assertNoTrouble(dave);
});

Deno.test("S34: twenty small files and the sentinel are 21 coherent chunks, 21 paths, none twice", async () => {
  await using swarm = await Swarm.make();
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`dir ${i % 3}/file ${i}.bin`, 10 + i * 500]),
  );
  const root = await makeGame(swarm.gameDir("alice"), "manyfiles", { version: "7", files });
  await copyGame(root, swarm.gameDir("bob"), "manyfiles");
  const peers = await Promise.all(["alice", "bob", "carol"].map((name) => swarm.start(name)));
  const carol = peers[2] as PeerProcess;
  await carol.sources("manyfiles", 2);

  const end = await carol.download("manyfiles");
  await assertSameTree(root, `${swarm.gameDir("carol")}/manyfiles`);
  const chunks = carol.eventsOf("download-chunk-finished");
  assertEquals([chunks.length, new Set(chunks.map(({ path }) => path)).size], [21, 21]);
  const sizes: Record<string, number> = { ...files, "version.ini": 1 };
  for (const { path, offset, length } of chunks) assertEquals([path, offset, length], [path, 0, sizes[path]]);
  assertEquals(end.bytes, Object.values(sizes).reduce((sum, size) => sum + size, 0));
  assertEquals(new Set(chunks.map(({ peer_id }) => peer_id)).size, 2);
  assertNoTrouble(carol);
});

Deno.test("S37: one large download is told in coherent figures", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: { "big.pak": 110 * MIB } });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("alienswarm", 1);
  const started_ms = performance.now();
  const end = await bob.download("alienswarm");
  const watched_s = (performance.now() - started_ms) / 1_000;

  const total = 110 * MIB + 3;
  assertEquals(end.bytes, total);
  assert(end.seconds > 0 && end.seconds <= watched_s, `${end.seconds} s of ${watched_s} s`);
  const progress = bob.eventsOf("download-progress");
  assertGreater(progress.length, 1);
  assertLessOrEqual(progress.length - 1, end.seconds * 10 + 1, "more than ten a second");
  let before = 0;
  for (const { done_bytes, total_bytes, bytes_per_s, active_peers, eta_s } of progress) {
    assertEquals(total_bytes, total);
    assert(done_bytes >= before && done_bytes <= total, `${before} then ${done_bytes} of ${total}`);
    assert(Number.isFinite(bytes_per_s) && bytes_per_s >= 0);
    assert(eta_s === null ? bytes_per_s === 0 : eta_s >= 0, `${eta_s} at ${bytes_per_s}`);
    assertLessOrEqual(active_peers, 1);
    before = done_bytes;
  }
  const last = progress.at(-1);
  assertEquals([last?.done_bytes, last?.eta_s, last?.active_peers], [total, 0, 1]);
  // What the rate claims over the whole time is what came.
  assertGreater(last?.bytes_per_s ?? 0, total / watched_s / 10);
  assertLessOrEqual(last?.bytes_per_s ?? 0, total / end.seconds * 10);
  const chunks = bob.eventsOf("download-chunk-finished");
  for (const { seconds, length, peer_id } of chunks) {
    assert(seconds > 0 && seconds <= end.seconds, `${length} bytes in ${seconds} s of ${end.seconds} s`);
    assertEquals(peer_id, alice.peer_id);
  }
  assertEquals(chunks.reduce((sum, { length }) => sum + length, 0), total);
});
