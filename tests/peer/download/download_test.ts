import { SYSTEM_CLOCK } from "../../../src/base/clock.ts";
import { LanspreadError } from "../../../src/base/errors.ts";
import { download } from "../../../src/peer/download/download.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeSwarm, manifestOf } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const GAME = {
  "version.ini": bytes("1.0"),
  "game.eti": bytes("an archive"),
  "maps/deep/a.bsp": bytes("a map"),
  "empty.txt": bytes(""),
};

async function tree(path: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${path}/${below}`)) {
    if (isDirectory) found.push(...await tree(path, `${below}${name}/`));
    else found.push(below + name);
  }
  return found.sort();
}

async function fails(downloading: Promise<unknown>): Promise<LanspreadError> {
  return await assertRejects(() => within("download", downloading), LanspreadError);
}

Deno.test("download() fetches every file from its sources, byte for byte", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const sources = [await swarm.add(GAME), await swarm.add(GAME)];
  const result = await within("download", download(swarm.order(), swarm.ports, never));
  assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
  for (const [path, content] of Object.entries(GAME)) {
    assertEquals(await Deno.readFile(dir.join("game", path)), new Uint8Array(content), path);
  }
  assertEquals(result.bytes, 18);
  const asked = sources.flatMap((source) => source.requests.map((request) => request.path as string));
  assertEquals(asked.sort(), Object.keys(GAME).sort());
  assert(sources.every((source) => source.requests.length > 0));
});

Deno.test("download() tells its beginning, its chunks and all bytes at the end, in order", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { peer_id } = await swarm.add(GAME);
  await download(swarm.order(), swarm.ports, never);
  const names = swarm.events.map(({ event }) => event);
  assertEquals(names[0], "download-begin");
  assertEquals(swarm.told("download-begin")[0], {
    event: "download-begin",
    game_id: swarm.order().game_id,
    total_bytes: 18,
    file_count: 4,
    resumed_bytes: 0,
    sources: [peer_id],
  });
  const finished = swarm.told("download-chunk-finished");
  assertEquals(finished.map(({ path }) => path as string).sort(), Object.keys(GAME).sort());
  assert(finished.every((event) => event.peer_id === peer_id && event.seconds >= 0));
  const last = swarm.told("download-progress").at(-1);
  assertEquals([last?.done_bytes, last?.total_bytes, last?.eta_s], [18, 18, 0]);
});

Deno.test("the old sentinel is parked before the first byte and the new one committed after the last", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  await dir.write("game/game.eti", "old");
  const seen: string[][] = [];
  const look = async () => void seen.push(await tree(dir.join("game")));
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, look);
  swarm.onEvent = ({ event }) => {
    const there = Array.from(Deno.readDirSync(dir.join("game")), ({ name }) => name);
    assert(!there.includes("version.ini"), `${event}: the sentinel stands`);
    if (event === "download-begin") assert(there.includes(".version.ini.discarded"));
  };
  await download(swarm.order(), swarm.ports, never);
  assertEquals(seen.length, 4);
  for (const names of seen) assert(!names.includes("version.ini"), names.join());
  assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
  assertEquals(await Deno.readTextFile(dir.join("game/version.ini")), "1.0");
});

Deno.test("files of the old version that the new one does not have are gone, foreign ones stay", async () => {
  await using dir = await TempDir.make();
  const old = { "version.ini": bytes("0.9"), "game.eti": bytes("old"), "old/b.pak": bytes("old") };
  for (const [path, content] of Object.entries(old)) await dir.write(`game/${path}`, content);
  await dir.write("game/local/save", "mine");
  await dir.write("game/notes.txt", "mine");
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  await download(swarm.order(manifestOf(old, "0.9")), swarm.ports, never);
  assertEquals(await tree(dir.join("game")), [...Object.keys(GAME), "local/save", "notes.txt"].sort());
  await assertRejects(() => Deno.lstat(dir.join("game/old")), Deno.errors.NotFound);
});

Deno.test("a file of the old version whose folder the user removed does not fail the download", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  const old = { "version.ini": bytes("0.9"), "docs/readme.txt": bytes("old") };
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  await download(swarm.order(manifestOf(old, "0.9")), swarm.ports, never);
  assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
});

Deno.test({
  name: "a file whose name changed only in case stands once afterwards",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await TempDir.make();
    const old = { "version.ini": bytes("0.9"), "Game.eti": bytes("old") };
    for (const [path, content] of Object.entries(old)) await dir.write(`game/${path}`, content);
    await using swarm = new FakeSwarm(dir.path);
    await swarm.add(GAME);
    await download(swarm.order(manifestOf(old, "0.9")), swarm.ports, never);
    assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
  },
});

Deno.test("an update that failed has removed nothing, and the next try tidies up", async () => {
  await using dir = await TempDir.make();
  const old = { "version.ini": bytes("0.9"), "old.pak": bytes("old") };
  for (const [path, content] of Object.entries(old)) await dir.write(`game/${path}`, content);
  {
    await using swarm = new FakeSwarm(dir.path);
    await swarm.add(GAME, () => {
      throw new LanspreadError("not_transferable", "not any more");
    });
    await fails(download(swarm.order(manifestOf(old, "0.9")), swarm.ports, never));
  }
  assertEquals(await Deno.readTextFile(dir.join("game/old.pak")), "old");
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  await download(swarm.order(manifestOf(old, "0.9")), swarm.ports, never);
  assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
});

Deno.test("a download that fails keeps its chunks, sweeps its scratch and leaves no sentinel", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, ({ path }) => {
    if (path === "version.ini") throw new LanspreadError("not_transferable", "busy: install");
  });
  const error = await fails(download(swarm.order(), swarm.ports, never));
  assertEquals(error.code, "download_failed");
  assertStringIncludes(error.message, "busy: install");
  const left = await tree(dir.join("game"));
  assert(!left.some((name) => name.includes("version.ini")), left.join());
  assertEquals(await Deno.readTextFile(dir.join("game/game.eti")), "an archive");
});

Deno.test("a cancel takes the payload away and keeps local/ and what is foreign", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  await dir.write("game/local/save", "mine");
  await dir.write("game/notes.txt", "mine");
  const controller = new AbortController();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, ({ path }) => {
    if (path === "maps/deep/a.bsp") controller.abort(new LanspreadError("cancelled", "enough"));
  });
  const error = await fails(download(swarm.order(), swarm.ports, controller.signal));
  assertEquals(error.code, "cancelled");
  assertEquals(await tree(dir.join("game")), ["local/save", "notes.txt"]);
});

Deno.test("a cancel at the very beginning is a cancel, too", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  const controller = new AbortController();
  const ports = { ...swarm.ports, clock: new FakeClock() };
  // The run looks at the clock once before it touches the disk.
  ports.clock.now = () => {
    controller.abort(new LanspreadError("cancelled", "enough"));
    return 0;
  };
  const error = await fails(download(swarm.order(), ports, controller.signal));
  assertEquals(error.code, "cancelled");
  assertEquals(await tree(dir.path), []);
});

Deno.test("a cancel while peers are asked leaves the old version as it is", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  const signal = AbortSignal.abort(new LanspreadError("cancelled", "enough"));
  assertEquals((await fails(download(swarm.order(), swarm.ports, signal))).code, "cancelled");
  assertEquals(await Deno.readTextFile(dir.join("game/version.ini")), "0.9");
});

Deno.test("a cancel while peers are asked takes along what an earlier try left", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/local/save", "mine");
  await using swarm = new FakeSwarm(dir.path);
  const source = await swarm.add(GAME, ({ path }) => {
    if (path === "version.ini") throw new LanspreadError("not_transferable", "not now");
  });
  await fails(download(swarm.order(), swarm.ports, never));
  assert((await tree(dir.join("game"))).some((path) => path.includes("game.eti")));
  const controller = new AbortController();
  const askDetails = () => {
    controller.abort(new LanspreadError("cancelled", "enough"));
    return Promise.reject(controller.signal.reason);
  };
  const order = swarm.order();
  const error = await fails(download(order, { ...swarm.ports, askDetails }, controller.signal));
  assertEquals(error.code, "cancelled");
  const names = await Array.fromAsync(Deno.readDir(dir.join("game")), ({ name }) => name);
  assertEquals(names, ["local"]);
  assert(!swarm.ports.journal.has(dir.path, order.game_id), source.peer_id);
});

Deno.test("a shutdown keeps the chunks, without sentinel and scratch", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "0.9");
  const controller = new AbortController();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME);
  swarm.onEvent = ({ event }) => {
    if (event === "download-chunk-finished") {
      controller.abort(new LanspreadError("shutting_down", "leaving"));
    }
  };
  const error = await fails(download(swarm.order(), swarm.ports, controller.signal));
  assertEquals(error.code, "shutting_down");
  const left = await tree(dir.join("game"));
  assertEquals(left, ["empty.txt", "game.eti", "maps/deep/a.bsp"]);
});

Deno.test("all sources lost is peers_gone", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  for (let i = 0; i < 2; i++) {
    const { peer_id } = await swarm.add(GAME, () => {
      swarm.gone.add(peer_id);
      throw new LanspreadError("connection_lost", "pulled the plug");
    });
  }
  assertEquals((await fails(download(swarm.order(), swarm.ports, never))).code, "peers_gone");
  assertEquals(swarm.rejected.length, 2);
});

Deno.test("a source that says manifest_changed is left out, and the others finish", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const moved = await swarm.add(GAME, () => {
    throw new LanspreadError("manifest_changed", "not any more");
  });
  await swarm.add(GAME);
  await within("download", download(swarm.order(), swarm.ports, never));
  assertEquals(await tree(dir.join("game")), Object.keys(GAME).sort());
  assertEquals(swarm.rejected.map(({ peer_id }) => peer_id), [moved.peer_id]);
  const last = swarm.told("download-progress").at(-1);
  assertEquals(last?.done_bytes, last?.total_bytes);
});

Deno.test("a source that is busy is asked again after a pause", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add(GAME, (_, count) => {
    if (count <= 8) throw new LanspreadError("busy", "later");
  });
  const clock = new FakeClock();
  const downloading = download(swarm.order(), { ...swarm.ports, clock }, never);
  let is_over = false;
  downloading.finally(() => is_over = true).catch(() => {});
  while (!is_over) {
    await clock.advance(50);
    // The disk and the memory transport work in real time: a source must not look dead because they are busy.
    await SYSTEM_CLOCK.sleep(5, never);
  }
  await downloading;
  assert(clock.now() >= 200);
  assertEquals(swarm.rejected, []);
});

Deno.test("nobody who can serve the version is no_peers_have_game, and nothing is touched", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const { peer_id } = await swarm.add(GAME);
  const error = await fails(download(swarm.order(null, "2.0"), swarm.ports, never));
  assertEquals(error.code, "no_peers_have_game");
  assertStringIncludes(error.message, "it has version 1.0, not 2.0");
  const order = swarm.order();
  swarm.gone.add(peer_id);
  const unreachable = await fails(download(order, swarm.ports, never));
  assertEquals(unreachable.code, "no_peers_have_game");
  assertStringIncludes(unreachable.message, "is gone");
  assertEquals(await tree(dir.path), []);
  assertEquals(swarm.rejected.map((rejection) => rejection.peer_id), [peer_id, peer_id]);
});

Deno.test("a chunk that failed at one source does not count twice in the progress", async () => {
  await using dir = await TempDir.make();
  const large = { "version.ini": bytes("1.0"), "game.eti": new Uint8Array(CHUNK_BYTES + 5).fill(7) };
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add({ ...large, "game.eti": large["game.eti"] }, ({ offset }, count) => {
    if (offset === 0 && count <= 2) throw new LanspreadError("internal", "try again");
  });
  await within("download", download(swarm.order(), swarm.ports, never));
  const done = swarm.told("download-progress").map((figures) => figures.done_bytes);
  assert(done.every((bytes) => bytes <= CHUNK_BYTES + 8), String(done));
  assertEquals(done.at(-1), CHUNK_BYTES + 8);
  assertEquals((await Deno.stat(dir.join("game/game.eti"))).size, CHUNK_BYTES + 5);
});

Deno.test("a sentinel that says another version than was announced is not committed", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  await swarm.add({ ...GAME, "version.ini": bytes("9.9") });
  const error = await fails(download(swarm.order(), swarm.ports, never));
  assertEquals(error.code, "download_failed");
  assertStringIncludes(error.message, "version.ini");
  assert(!(await tree(dir.join("game"))).some((path) => path.includes("version.ini")));
});

Deno.test("a source whose sentinel says another version is not believed: another one sends it", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const liar = await swarm.add({ ...GAME, "version.ini": bytes("9.9") });
  await swarm.add(GAME, () => {
    if (swarm.told("download-chunk-corrupt").length === 0) throw new LanspreadError("busy", "not yet");
  });
  await within("download", download(swarm.order(), { ...swarm.ports, clock: SYSTEM_CLOCK }, never));
  assertEquals(await Deno.readTextFile(dir.join("game/version.ini")), "1.0");
  const told = swarm.told("download-chunk-corrupt").map(({ peer_id, path }) => [peer_id, path as string]);
  assertEquals(told, [[liar.peer_id, "version.ini"]]);
});

Deno.test("a source that is busy for ever ends the download, one that is busy for a while does not", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const busy = (until: number) => (_: unknown, count: number) => {
    if (count <= until) throw new LanspreadError("busy", "later");
  };
  const clock = new FakeClock();
  await swarm.add(GAME, busy(20));
  await running(clock, download(swarm.order(), { ...swarm.ports, clock }, never));
  await using stubborn = new FakeSwarm(dir.join("other"));
  await stubborn.add(GAME, busy(Infinity));
  await dir.mkdir("other");
  const order = stubborn.order();
  const failing = running(clock, download(order, { ...stubborn.ports, clock }, never));
  assertEquals((await fails(failing)).code, "download_failed");
});

/** Moves the clock on until the download is over. */
async function running<T>(clock: FakeClock, downloading: Promise<T>): Promise<T> {
  let is_over = false;
  const over = downloading.finally(() => is_over = true);
  over.catch(() => {});
  while (!is_over) await clock.advance(100);
  return await over;
}

/** A game of whole chunks and the sentinel. */
function largeGame(chunks: number): Record<string, Uint8Array> {
  return { "version.ini": bytes("1.0"), "game.eti": new Uint8Array(chunks * CHUNK_BYTES).fill(7) };
}

/** Who sent how much, as it was told. */
function shares(swarm: FakeSwarm): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { peer_id, length } of swarm.told("download-chunk-finished")) {
    sums.set(peer_id, (sums.get(peer_id) ?? 0) + length);
  }
  return sums;
}

Deno.test("a source that turns up while the download runs joins it; one with other files does not", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const clock = new FakeClock();
  const go_on = Promise.withResolvers<void>();
  const game = largeGame(5);
  const first = await swarm.add(game, () => go_on.promise);
  const late = await swarm.add(game, () => go_on.resolve());
  const other = await swarm.add({ ...GAME }, () => go_on.resolve());
  for (const { peer_id } of [late, other]) swarm.gone.add(peer_id);
  const downloading = download(swarm.order(), { ...swarm.ports, clock }, never);
  swarm.onEvent = ({ event }) => {
    if (event === "download-begin") swarm.gone.clear();
  };
  await running(clock, downloading);
  assertEquals(swarm.told("download-begin").map(({ sources }) => sources), [[first.peer_id]]);
  assertEquals([...shares(swarm).keys()].sort(), [first.peer_id, late.peer_id]);
  assertEquals([...shares(swarm).values()].reduce((sum, length) => sum + length), 5 * CHUNK_BYTES + 3);
  assertEquals(other.requests, []);
});

Deno.test("a source that hangs holds up nobody: another one sends what it was asked for", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const over = Promise.withResolvers<void>();
  const game = largeGame(4);
  const hanging = await swarm.add(game, () => over.promise);
  const other = await swarm.add(game);
  const clock = new FakeClock();
  await running(clock, download(swarm.order(), { ...swarm.ports, clock }, never));
  over.resolve();
  assertEquals([...shares(swarm).keys()], [other.peer_id]);
  assertEquals(swarm.rejected, []);
  assert(hanging.requests.length > 0);
});

Deno.test("what came before a connection broke is kept, and only the rest comes from another source", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const game = { ...largeGame(1), "game.eti": Uint8Array.from({ length: CHUNK_BYTES }, (_, i) => i % 251) };
  const broke = Promise.withResolvers<void>();
  const breaking = await swarm.add(game, ({ path }) => {
    swarm.gone.add(breaking.peer_id);
    broke.resolve();
    if (path === "game.eti") return { after_bytes: 5_000_000, by: "breaking" };
  });
  const other = await swarm.add(game, () => broke.promise);
  await within("download", download(swarm.order(), swarm.ports, never));
  const parts = swarm.told("download-chunk-finished").filter(({ path }) => path === "game.eti");
  assertEquals(parts.map(({ peer_id }) => peer_id), [breaking.peer_id, other.peer_id]);
  const [first, second] = parts;
  assert(first && second && first.length > 0 && first.length <= 5_000_000);
  assertEquals([first.offset, second.offset, first.length + second.length], [0, first.length, CHUNK_BYTES]);
  assertEquals(other.requests.filter(({ path }) => path === "game.eti").map(({ offset }) => offset), [
    first.length,
  ]);
  assertEquals(await Deno.readFile(dir.join("game/game.eti")), game["game.eti"]);
});

Deno.test("what a source sent that ended a range before its end is not kept", async () => {
  await using dir = await TempDir.make();
  await using swarm = new FakeSwarm(dir.path);
  const game = largeGame(1);
  const wrong = { ...game, "game.eti": new Uint8Array(CHUNK_BYTES).fill(8) };
  await swarm.add(wrong, ({ path }) => {
    if (path === "game.eti") return { after_bytes: 5_000_000, by: "finishing" };
  });
  const other = await swarm.add(game);
  const clock = new FakeClock();
  await running(clock, download(swarm.order(), { ...swarm.ports, clock }, never));
  assertEquals(await Deno.readFile(dir.join("game/game.eti")), game["game.eti"]);
  const parts = swarm.told("download-chunk-finished").filter(({ path }) => path === "game.eti");
  assertEquals(parts.map(({ peer_id, length }) => [peer_id, length]), [[other.peer_id, CHUNK_BYTES]]);
});
