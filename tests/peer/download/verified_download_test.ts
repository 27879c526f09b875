import { LanspreadError } from "../../../src/base/errors.ts";
import { type Clock, SYSTEM_CLOCK } from "../../../src/base/clock.ts";
import { download, type DownloadPorts } from "../../../src/peer/download/download.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import type { Sha256 } from "../../../src/proto/ids.ts";
import { chunksOf, type Manifest } from "../../../src/proto/manifest.ts";
import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import { type FakeSource, FakeSwarm, manifestOf } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const GAME: Record<string, Uint8Array> = {
  "version.ini": bytes("1.0"),
  "game.eti": bytes("an archive"),
  "maps/a.bsp": bytes("a map"),
};
const BAD = { ...GAME, "game.eti": bytes("AN ARCHIVE") };

function sha256(content: Uint8Array): Sha256 {
  return createHash("sha256").update(content).digest("hex") as Sha256;
}

/** The hashes of small files, one chunk each. */
function hashesOf(manifest: Manifest, files: Record<string, Uint8Array>): ChunkHashes {
  const chunks = [...chunksOf(manifest.files)];
  const hashes = new ChunkHashes(chunks.length);
  chunks.forEach(({ path }, i) => hashes.set(i, sha256(files[path] ?? new Uint8Array(0))));
  return hashes;
}

function knows(source: FakeSource, files = GAME): void {
  source.hashes = hashesOf(source.manifest, files);
}

/** Pauses that a download makes are over at once; what it waits for half a second is not. */
function quick(ports: DownloadPorts): DownloadPorts {
  const clock: Clock = {
    now: () => SYSTEM_CLOCK.now(),
    sleep: (ms, signal) => SYSTEM_CLOCK.sleep(ms >= 1_000 ? 1 : ms, signal),
  };
  return { ...ports, clock };
}

function paths(source: FakeSource): string[] {
  return source.requests.map(({ path }) => path as string).sort();
}

Deno.test("download() is verified where the sources know every hash, and keeps the hashes", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  knows(await swarm.add(GAME));
  const { verified } = await download(swarm.order(), quick(swarm.ports), never);
  assert(verified);
  const kept = [...swarm.index.hashes.ofGame(dir.path, swarm.order().game_id)];
  assertEquals(kept.map(([path]) => path).sort(), ["game.eti", "maps/a.bsp"]);
});

Deno.test("download() is not verified where one chunk is unknown to all sources", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const source = await swarm.add(GAME);
  source.hashes.set(0, sha256(GAME["game.eti"] ?? new Uint8Array(0)));
  assert(!(await download(swarm.order(), quick(swarm.ports), never)).verified);
});

Deno.test("a chunk that the majority calls wrong is told, and fetched again elsewhere", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const sources = [await swarm.add(BAD), await swarm.add(GAME)];
  for (const source of sources) knows(source);
  // The first answer to every question about the archive is the wrong one.
  const [bad, good] = sources;
  assert(bad && good);
  const { verified } = await download(swarm.order(), quick(swarm.ports), never);
  assert(verified);
  assertEquals(await Deno.readFile(dir.join("game/game.eti")), new Uint8Array(GAME["game.eti"] ?? []));
  const corrupt = swarm.told("download-chunk-corrupt");
  assert(corrupt.every(({ peer_id, path }) => peer_id === bad.peer_id && path as string === "game.eti"));
  assertEquals(corrupt.length, paths(bad).filter((path) => path === "game.eti").length);
  assertEquals(swarm.told("download-chunk-finished").length, 3);
});

Deno.test("a source that has a chunk wrong by its own word is not asked for it", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const sources = [await swarm.add(BAD), await swarm.add(GAME), await swarm.add(GAME)];
  sources.forEach((source, n) => knows(source, n === 0 ? BAD : GAME));
  assert((await download(swarm.order(), quick(swarm.ports), never)).verified);
  const [bad] = sources;
  assert(bad && !paths(bad).includes("game.eti"), "nobody asks who is wrong");
  assertEquals(swarm.told("download-chunk-corrupt"), []);
});

Deno.test("hashes that a source knows only at the end still find what came wrong", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  let is_good = false;
  const files = { ...GAME };
  const source = await swarm.add(files);
  files["game.eti"] = BAD["game.eti"] ?? new Uint8Array(0);
  swarm.onEvent = (event) => {
    if (event.event !== "download-chunk-finished" || event.path as string !== "game.eti" || is_good) return;
    is_good = true;
    files["game.eti"] = GAME["game.eti"] ?? new Uint8Array(0);
    knows(source);
  };
  const { verified } = await within("download", download(swarm.order(), quick(swarm.ports), never));
  assert(verified && is_good);
  assertEquals(await Deno.readTextFile(dir.join("game/game.eti")), "an archive");
});

Deno.test("what an earlier try finished is not fetched again, unless its bytes changed on the disk", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const source = await swarm.add(GAME, ({ path }) => {
    if (path === "version.ini") throw new LanspreadError("not_transferable", "not now");
  });
  await assertRejects(() => download(swarm.order(), quick(swarm.ports), never), LanspreadError);
  assertEquals(paths(source), ["game.eti", "maps/a.bsp", "version.ini"]);
  await Deno.writeTextFile(dir.join("game/maps/a.bsp"), "A MAP");
  swarm.gone.add(source.peer_id);
  const well = await swarm.add(GAME);
  const { bytes: total } = await download(swarm.order(), quick(swarm.ports), never);
  assertEquals(paths(well), ["maps/a.bsp", "version.ini"]);
  assertEquals(swarm.told("download-begin").map(({ resumed_bytes }) => resumed_bytes), [0, 10]);
  assertEquals(total, 18);
  assertEquals(await Deno.readTextFile(dir.join("game/maps/a.bsp")), "a map");
});

Deno.test("a sole source whose files change makes the download begin anew with what it has now", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const changed: Record<string, Uint8Array> = { ...GAME, "maps/a.bsp": bytes("another map") };
  delete changed["game.eti"];
  const source = await swarm.add({ ...GAME }, () => {
    if (source.manifest.manifest_hash === next.manifest_hash) return;
    source.manifest = next;
    source.hashes = new ChunkHashes(2);
    for (const path of Object.keys(files)) delete files[path];
    Object.assign(files, changed);
    throw new LanspreadError("manifest_changed", "not any more");
  });
  const files = source.files;
  const next = manifestOf(changed);
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  assertEquals(await Deno.readTextFile(dir.join("game/maps/a.bsp")), "another map");
  assertEquals(swarm.told("download-begin").map(({ file_count }) => file_count), [3, 2]);
  const names = await Array.fromAsync(Deno.readDir(dir.join("game")), ({ name }) => name);
  assertEquals(names.sort(), ["maps", "version.ini"], "nothing of the old list is left");
});

Deno.test("what came before a sole source rewrote its files at their sizes is fetched again", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { store } = swarm.index;
  const finished = () => store.read(() => store.statement("SELECT path FROM finished_chunks").all().length);
  const files = { ...GAME };
  const source = await swarm.add(files, async ({ path }) => {
    if (path !== "version.ini" || files["game.eti"] === BAD["game.eti"]) return;
    await until("the journal knows what came", () => finished() === 2);
    files["game.eti"] = BAD["game.eti"] ?? new Uint8Array(0);
    throw new LanspreadError("manifest_changed", "not any more");
  });
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  assertEquals(await Deno.readTextFile(dir.join("game/game.eti")), "AN ARCHIVE");
  assertEquals(paths(source).filter((path) => path === "game.eti").length, 2);
  assertEquals(swarm.told("download-begin").map(({ resumed_bytes }) => resumed_bytes), [0, 0]);
});

Deno.test("sources whose files change for ever end the download clearly", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, () => {
    throw new LanspreadError("manifest_changed", "not any more");
  });
  const failing = () => within("download", download(swarm.order(), quick(swarm.ports), never));
  const error = await assertRejects(failing, LanspreadError);
  assertEquals(error.code, "manifest_changed");
  assertEquals(swarm.told("download-begin").length, 4);
});

Deno.test("a cancelled update takes the old version's files along, once it has begun to write", async () => {
  await using dir = await TempDir.make();
  const old = { "version.ini": bytes("0.9"), "old.pak": bytes("old"), "game.eti": bytes("old archive") };
  for (const [path, content] of Object.entries(old)) await dir.write(`game/${path}`, content);
  await dir.write("game/local/save", "mine");
  const controller = new AbortController();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, () => controller.abort(new LanspreadError("cancelled", "enough")));
  const failing = () => download(swarm.order(manifestOf(old, "0.9")), quick(swarm.ports), controller.signal);
  await assertRejects(failing, LanspreadError);
  const names = await Array.fromAsync(Deno.readDir(dir.join("game")), ({ name }) => name);
  assertEquals(names, ["local"]);
});

Deno.test("what one source alone called right comes again where the majority that turns up later calls it wrong", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const untilAllAreAsked = async ({ path }: { path: string }) => {
    if (path === "version.ini") await asked;
  };
  const bad = await swarm.add(BAD, untilAllAreAsked);
  const others = [await swarm.add(GAME, untilAllAreAsked), await swarm.add(GAME, untilAllAreAsked)];
  knows(bad, BAD);
  for (const other of others) {
    knows(other);
    swarm.gone.add(other.peer_id);
  }
  const order = swarm.order();
  const corrupt: unknown[] = [];
  swarm.onEvent = (event) => {
    if (event.event === "download-chunk-finished" && event.path as string === "game.eti") swarm.gone.clear();
    if (event.event === "download-chunk-corrupt") corrupt.push([event.peer_id, event.path, event.offset]);
  };
  const ports = quick(swarm.ports);
  const waiting = new Set(others.map(({ peer_id }) => peer_id));
  const askHashes: DownloadPorts["askHashes"] = async (peer_id, manifest, signal) => {
    const hashes = await ports.askHashes(peer_id, manifest, signal);
    if (waiting.delete(peer_id) && waiting.size === 0) queueMicrotask(onAsked);
    return hashes;
  };
  const { verified } = await within("download", download(order, { ...ports, askHashes }, never));
  assertEquals(await Deno.readTextFile(dir.join("game/game.eti")), "an archive");
  assert(verified);
  assertEquals(corrupt[0], [bad.peer_id, "game.eti", 0]);
});

Deno.test("a source that was dropped for its lies is not asked again when chunks come once more", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const paks = Array.from({ length: 30 }, (_, n) => `${n + 10}.pak`);
  const good = Object.fromEntries(["version.ini", ...paks].map((path) => [path, bytes("1.0")]));
  const bad = Object.fromEntries(["version.ini", ...paks].map((path) => [path, bytes("0.1")]));
  const { promise: dropped, resolve: onDropped } = Promise.withResolvers<void>();
  const liar = await swarm.add(bad);
  const sound = await swarm.add({ ...good, "10.pak": bytes("0.1") }, () => dropped);
  sound.hashes = hashesOf(sound.manifest, good);
  let late = new ChunkHashes(sound.hashes.length);
  for (const [n, { path }] of [...chunksOf(sound.manifest.files)].entries()) {
    if (path as string !== "10.pak") late.set(n, sha256(good[path] ?? new Uint8Array(0)));
  }
  // What it sends is not what it tells: nobody else is needed to see that it lies.
  liar.hashes = late;
  [late, sound.hashes] = [sound.hashes, late];
  const ports = quick(swarm.ports);
  let asked_before = 0;
  const onRejected: DownloadPorts["onRejected"] = () => {
    asked_before = liar.requests.length;
    onDropped();
  };
  swarm.onEvent = (event) => {
    if (event.event !== "download-chunk-finished" || event.path as string !== "10.pak") return;
    sound.hashes = late;
    sound.files["10.pak"] = bytes("1.0");
  };
  const { verified } = await within("download", download(swarm.order(), { ...ports, onRejected }, never));
  assert(verified && asked_before > 0);
  assertEquals(liar.requests.length, asked_before);
  for (const path of paks) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), "1.0");
});

Deno.test("a hashing worker that crashes once costs a download nothing", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  knows(await swarm.add(GAME));
  const ports = quick(swarm.ports);
  let crashes = 1;
  const hash: DownloadPorts["hash"] = (range, signal) =>
    crashes-- > 0
      ? Promise.reject(new LanspreadError("internal", "hashing stopped unexpectedly"))
      : ports.hash(range, signal);
  assert((await download(swarm.order(), { ...ports, hash }, never)).verified);
});
