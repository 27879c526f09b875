import { type Clock, SYSTEM_CLOCK } from "../../../src/base/clock.ts";
import { download, type DownloadPorts } from "../../../src/peer/download/download.ts";
import { LanspreadError } from "../../../src/base/errors.ts";
import type { PeerId } from "../../../src/proto/ids.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import { chunksOf } from "../../../src/proto/manifest.ts";
import { createHash } from "node:crypto";
import { assert, assertEquals, assertLessOrEqual, assertRejects } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { type FakeSource, FakeSwarm } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

type Files = Record<string, Uint8Array>;

const PAKS = Array.from({ length: 12 }, (_, n) => `${n + 10}.pak`);
const GOOD = filled("good");
const BAD = filled("evil");
const STRIKES = 3;
/** So long may a source take to show its bytes of a chunk, in milliseconds. */
const WITNESS_MS = 30_000;

/** The sentinel, and the text in every other file. */
function filled(text: string): Files {
  const encoder = new TextEncoder();
  const paks = PAKS.map((path) => [path, encoder.encode(`${text} ${path}`)]);
  return { ...Object.fromEntries(paks), "version.ini": encoder.encode("1.0") };
}

/** Lets a source tell the hashes of these files. */
function says(source: FakeSource, files: Files): void {
  const chunks = [...chunksOf(source.manifest.files)];
  source.hashes = new ChunkHashes(chunks.length);
  chunks.forEach(({ path }, n) => {
    source.hashes.set(
      n,
      createHash("sha256").update(files[path] ?? new Uint8Array(0)).digest("hex") as never,
    );
  });
}

/** How many chunks a source was asked for more than once. */
function askedAgain({ requests }: FakeSource): number {
  const counts = Map.groupBy(requests, ({ path, offset }) => `${path} ${offset}`);
  for (const [chunk, { length }] of counts) assertLessOrEqual(length, 2, chunk);
  return [...counts.values()].filter(({ length }) => length > 1).length;
}

/** Pauses that a download makes are over at once; what it waits for half a second is not, and no deadline passes. */
function quick(ports: DownloadPorts): DownloadPorts {
  const clock: Clock = {
    now: () => SYSTEM_CLOCK.now(),
    sleep: (ms, signal) => SYSTEM_CLOCK.sleep(ms >= 1_000 && ms < WITNESS_MS ? 1 : ms, signal),
  };
  return { ...ports, clock };
}

Deno.test("one source that hashed its own damaged copy outvotes nobody: what the honest ones send is right", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const liar = await swarm.add(BAD);
  says(liar, BAD);
  for (let n = 0; n < 2; n++) await swarm.add(GOOD);
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [liar.peer_id]);
});

Deno.test("a source that is outvoted on three chunks is dropped, and each of them was asked for once more at most", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const liar = await swarm.add(GOOD);
  says(liar, BAD);
  const honest = [await swarm.add(GOOD), await swarm.add(GOOD)];
  const { verified } = await within("download", download(swarm.order(), quick(swarm.ports), never));
  assert(!verified, "nobody but the liar told any hashes");
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [liar.peer_id]);
  for (const source of honest) assertLessOrEqual(askedAgain(source), STRIKES);
  assertEquals(swarm.told("download-chunk-disputed"), []);
});

Deno.test("what a liar sent before it was found out comes again from those who are believed", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { promise: found_out, resolve: onFoundOut } = Promise.withResolvers<void>();
  const liar = await swarm.add(BAD);
  says(liar, BAD);
  const untilItSent = async () => void await (liar.requests.length < 4 ? found_out : undefined);
  for (let n = 0; n < 3; n++) await swarm.add(GOOD, untilItSent);
  swarm.onEvent = ({ event }) => {
    if (event === "download-chunk-finished" && swarm.told(event).length >= 4) onFoundOut();
  };
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  const from_liar = swarm.told("download-chunk-finished").filter(({ peer_id }) => peer_id === liar.peer_id);
  assert(from_liar.length > 0, "the liar sent something that counted for a while");
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});

Deno.test("two liars of five who tell the same lose", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const liars = [await swarm.add(BAD), await swarm.add(BAD)];
  for (const liar of liars) says(liar, BAD);
  for (let n = 0; n < 3; n++) await swarm.add(GOOD);
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id).sort(), liars.map(({ peer_id }) => peer_id));
});

Deno.test("two sources that differ for ever end in an unverified copy, each such chunk named, and nobody dropped", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const [silent, telling] = [await swarm.add(BAD), await swarm.add(GOOD)];
  says(telling, GOOD);
  const { verified } = await within("download", download(swarm.order(), quick(swarm.ports), never));
  assert(!verified);
  assertEquals(swarm.rejected, []);
  assertEquals(swarm.told("download-chunk-corrupt"), []);
  const disputed = swarm.told("download-chunk-disputed");
  assert(disputed.length > 0, "the silent one sent something");
  for (const { peer_ids } of disputed) assertEquals(peer_ids, [silent.peer_id, telling.peer_id]);
  assertEquals(new Set(disputed.map(({ path }) => path)).size, disputed.length, "each is named once");
  // Of two what was told goes before what was only sent.
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
  for (const source of [silent, telling]) assertEquals(askedAgain(source), 0);
});

Deno.test("a source whose bytes are not those that it tells is dropped after three, though nobody else can say anything", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { promise: dropped, resolve: onDropped } = Promise.withResolvers<void>();
  const liar = await swarm.add(BAD);
  says(liar, GOOD);
  await swarm.add(GOOD, () => dropped);
  const ports = quick(swarm.ports);
  const onRejected = (peer_id: PeerId, reason: string) => {
    ports.onRejected(peer_id, reason);
    onDropped();
  };
  await within("download", download(swarm.order(), { ...ports, onRejected }, never));
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [liar.peer_id]);
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});

Deno.test("words that come only at the end outvote nobody either", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const liar = await swarm.add(GOOD);
  for (let n = 0; n < 2; n++) await swarm.add(GOOD);
  swarm.onEvent = ({ event }) => {
    if (event === "download-chunk-finished") says(liar, BAD);
  };
  const { verified } = await within("download", download(swarm.order(), quick(swarm.ports), never));
  assert(!verified);
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [liar.peer_id]);
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});

Deno.test("what only the word of a liar makes right comes again, though it is found out when all is here", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
  const liar = await swarm.add(BAD, ({ path }) => {
    if (path === PAKS[0]) return onSent();
    throw new LanspreadError("busy", "one chunk has to do");
  });
  for (let n = 0; n < 2; n++) await swarm.add(GOOD, () => sent);
  swarm.onEvent = ({ event }) => {
    if (event === "download-chunk-finished") says(liar, BAD);
  };
  await within("download", download(swarm.order(), quick(swarm.ports), never));
  const from_liar = swarm.told("download-chunk-finished").filter(({ peer_id }) => peer_id === liar.peer_id);
  assert(from_liar.length > 0, "the liar sent something that counted for a while");
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [liar.peer_id]);
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});

Deno.test("what late words dispute comes again from the one who named it", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const [silent, telling] = [await swarm.add(BAD), await swarm.add(GOOD)];
  swarm.onEvent = ({ event }) => {
    if (event === "download-chunk-finished") says(telling, GOOD);
  };
  const { verified } = await within("download", download(swarm.order(), quick(swarm.ports), never));
  assert(!verified);
  assert(silent.requests.length > 0);
  assertEquals(askedAgain(silent), 0);
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});

Deno.test("thirty honest sources that tell their hashes are asked for every chunk once, and for their hashes once", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const sources: FakeSource[] = [];
  for (let n = 0; n < 30; n++) sources.push(await swarm.add(GOOD));
  for (const source of sources) says(source, GOOD);
  let questions = 0;
  const ports = quick(swarm.ports);
  const askHashes: DownloadPorts["askHashes"] = (...args) => {
    questions++;
    return ports.askHashes(...args);
  };
  const { verified } = await within("download", download(swarm.order(), { ...ports, askHashes }, never));
  assert(verified);
  assertEquals(questions, sources.length);
  const asked = sources.flatMap(({ requests }) => requests.map(({ path }) => path as string));
  assertEquals(asked.sort(), Object.keys(GOOD).sort());
});

Deno.test("one source that hashed its own damaged copy does not make a download that is gone on with begin anew", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const enough = 8;
  let served = 0;
  const untilEnough = ({ path }: { path: string }) => {
    if (path === "version.ini" || served++ < enough) return;
    for (const { peer_id } of honest) swarm.gone.add(peer_id);
    throw new LanspreadError("not_transferable", "that has to do");
  };
  const honest = [await swarm.add(GOOD, untilEnough), await swarm.add(GOOD, untilEnough)];
  await assertRejects(() => within("first try", download(swarm.order(), quick(swarm.ports), never)));
  const kept = swarm.told("download-chunk-finished").filter(({ path }) => path !== "version.ini");
  assert(kept.length > STRIKES, "something came");
  served = -Infinity;
  swarm.gone.clear();
  const liar = await swarm.add(BAD);
  says(liar, BAD);
  await within("second try", download(swarm.order(), quick(swarm.ports), never));
  const { resumed_bytes } = swarm.told("download-begin").at(-1) ?? {};
  assertEquals(resumed_bytes, kept.reduce((sum, { length }) => sum + length, 0));
  for (const path of PAKS) assertEquals(await Deno.readTextFile(dir.join(`game/${path}`)), `good ${path}`);
});
