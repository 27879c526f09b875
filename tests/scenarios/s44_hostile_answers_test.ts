/**
 * S44: hostile sources. Whatever they claim or send, a downloader never writes outside its game root.
 *
 * @module
 */

import { walk } from "../../src/base/std/fs.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { assertSameTree, contentOf, makeGame, makeTree, MIB } from "../support/games.ts";
import {
  gameDetails,
  type HostileAnswer,
  type HostileOptions,
  HostilePeer,
  readyGame,
  type WireValue,
} from "../support/hostile_peer.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const NO_LINKS = Deno.build.os === "windows";
const WHY_NO_LINKS = NO_LINKS ? " (skipped: Windows needs a privilege for links)" : "";
const CANARY = "untouched";

/** Everything below `root`, folders and links too, with sizes; without what the peer keeps for itself. */
async function everything(root: string): Promise<string[]> {
  const entries: string[] = [];
  for await (const { path } of walk(root, { followSymlinks: false })) {
    if (/\/state(\/|$)/.test(path)) continue;
    const { isFile, isDirectory, size } = await Deno.lstat(path);
    entries.push(`${path.slice(root.length)} ${isFile ? size : isDirectory ? "folder" : "link"}`);
  }
  return entries.sort();
}

/** Files that a manifest may claim; every one of them has to be refused. */
function hostileFiles(outside: string): Record<string, { path: string; size: number }[]> {
  const sentinel = { path: "version.ini", size: 3 };
  const one = (path: string) => [{ path, size: 7 }, sentinel];
  const two = (a: string, b: string) => [{ path: a, size: 7 }, { path: b, size: 7 }, sentinel];
  return {
    ...{ parent: one("../x"), above: one("../../../canary.txt"), absolute: one(outside) },
    ...{ detour: one("a/../../x"), drive: one("C:/x"), backslash: one("..\\x"), dot: one("./x") },
    ...{
      empty: one(""),
      slashes: one("a//x"),
      zero_byte: one("a\0b"),
      control: one("a\u0007"),
      device: one("sub/CON.txt"),
    },
    ...{ trailing: one("x."), stream: one("x:y"), long: one("x".repeat(256)), decomposed: one("e\u0301") },
    ...{ install: one("local/x"), shouting: one("LOCAL/x"), backup: one(".local.backup/x") },
    ...{
      staging: one(".local.installing/x"),
      scratch: one(".version.ini.tmp"),
      marker: one(".lanspread_owned"),
    },
    ...{ collision: two("Data/x", "data/X"), twice: two("x", "x"), inside: two("data", "data/x") },
    ...{ no_sentinel: [{ path: "x", size: 7 }], nested_sentinel: [{ path: "a/version.ini", size: 3 }] },
    ...{ fat_sentinel: [{ path: "version.ini", size: 64 * 1024 + 1 }] },
    ...{ negative: [{ path: "x", size: -1 }, sentinel], endless: [{ path: "x", size: 2 ** 53 }, sentinel] },
    ...{ fraction: [{ path: "x", size: 0.5 }, sentinel], nothing: [] },
  };
}

/** Answers to `get_game` that are no manifest, or not the one that was asked for. */
function hostileDetails(): Record<string, HostileAnswer> {
  const files = [{ path: "x", size: 7 }, { path: "version.ini", size: 3 }];
  const length = (bytes: number) => new Uint8Array(new Uint32Array([bytes]).buffer).reverse();
  return {
    ...{
      other_game: gameDetails("another", "1.0", files),
      other_version: gameDetails("other_version", "2.0", files),
    },
    ...{ false_hash: { ...gameDetails("false_hash", "1.0", files), manifest_hash: "0".repeat(64) } },
    ...{ wrong_type: { type: "pong" }, no_object: [], garbage: crypto.getRandomValues(new Uint8Array(50)) },
    ...{
      too_long: length(16 * MIB + 1),
      huge: length(2 ** 32 - 1),
      cut_off: length(1_000),
      silence: new Uint8Array(0),
    },
    ...{ hostile_error: { type: "error", code: "../x", message: "x" } },
  };
}

/** A hostile peer with many games, known to the victim with all of them. */
async function meet(victim: PeerProcess, options: HostileOptions): Promise<HostilePeer> {
  const mallory = await HostilePeer.start(options);
  await mallory.greet(victim.addr);
  const [last = { id: "" }] = (options.games ?? []).slice(-1) as { id: string }[];
  await until(`${victim.name} knows the hostile games`, async () => {
    return ((await victim.game(last.id))?.peer_count ?? 0) > 0;
  });
  return mallory;
}

Deno.test("S44: a hostile file list ends in one clear failure, before anything is touched", async () => {
  await using swarm = await Swarm.make();
  const canary = await swarm.dir.write("canary.txt", CANARY);
  const bob = await swarm.start("bob");
  const lists = Object.entries(hostileFiles(canary)).map(([id, files]) =>
    [id, gameDetails(id, "1.0", files)] as const
  );
  const answers = new Map<string, HostileAnswer>([...lists, ...Object.entries(hostileDetails())]);
  const ids = [...answers.keys()];
  await using _mallory = await meet(bob, {
    party: swarm.party,
    games: ids.map((id) => readyGame(id, "1.0", 10)),
    answers: {
      get_game: ({ game_id }) => answers.get(String(game_id)) ?? {},
      get_chunk: ({ length }) => ({ frame: { type: "chunk", length }, body: new Uint8Array(Number(length)) }),
    },
  });
  const before = await everything(swarm.dir.path);
  for (const id of ids) {
    const end = await bob.downloadEnd(id);
    assertEquals(end.event, "download-failed", id);
    if (end.event !== "download-failed") continue;
    assertEquals(end.code, "no_peers_have_game", id);
    assertStringIncludes(end.message, id);
  }
  assertEquals(await everything(swarm.dir.path), before);
  assertEquals(await Deno.readTextFile(canary), CANARY);
  evidence({ "hostile lists": ids.length, "things in the folders before and after": before.length });
  assertEquals(bob.eventsOf("download-begin"), []);
  // It lives, and takes an honest game.
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", {
    version: "1.0",
    files: { x: "honest" },
  });
  await swarm.start("alice");
  await bob.sources("alienswarm", 1);
  await bob.download("alienswarm");
  await assertSameTree(root, `${swarm.gameDir("bob")}/alienswarm`);
});

Deno.test("S44: a game larger than the disk is refused before anything is touched", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  const files = [{ path: "x", size: 2 ** 52 }, { path: "version.ini", size: 3 }];
  await using _mallory = await meet(bob, {
    party: swarm.party,
    games: [readyGame("huge", "1.0", 10)],
    answers: { get_game: () => gameDetails("huge", "1.0", files) },
  });
  const end = await bob.downloadEnd("huge");
  assertEquals(end.event === "download-failed" && end.code, "disk_full");
  assertEquals(await everything(swarm.gameDir("bob")), [" folder"]);
});

Deno.test("S44: a library with hostile ids is refused as a whole", async () => {
  await using swarm = await Swarm.make();
  const bob = await swarm.start("bob");
  for (const lie of [{ id: "../x" }, { id: "local" }, { size: -1 }, { version: "../1" }, { name: "a\nb" }]) {
    await using mallory = await HostilePeer.start({
      party: swarm.party,
      games: [{ ...readyGame("good", "1.0", 10), ...lie }],
    });
    await mallory.greet(bob.addr);
    await until(
      "bob asked for the library",
      () => mallory.requests.some(({ type }) => type === "get_library"),
    );
    // A ping behind it: what bob thinks of the library is decided when the next answer comes.
    assertEquals((await mallory.ask({ type: "ping" })).type, "pong");
    assertEquals((await bob.ok("list-games")).games, [], JSON.stringify(lie));
    assertEquals((await bob.command("download", { game_id: "good" })).error?.code, "no_peers_have_game");
  }
});

const DATA: Record<string, number> = { "data.pak": 3 * MIB, "maps/a.bsp": 100 };

/** The true bytes that a request for a chunk asks for. */
function trueBytes({ game_id, path, offset, length }: WireValue): Uint8Array<ArrayBuffer> {
  if (path === "version.ini") return new TextEncoder().encode("1.0");
  const whole = new Uint8Array(DATA[String(path)] ?? 0);
  let at = 0;
  for (const block of contentOf(`${game_id}${path}`, whole.length)) {
    whole.set(block, at);
    at += block.length;
  }
  return whole.slice(Number(offset), Number(offset) + Number(length));
}

const chunk = (body: Uint8Array<ArrayBuffer>, length = body.length) => ({
  frame: { type: "chunk", length },
  body,
});
const BAD_BODIES: Record<string, (bytes: Uint8Array<ArrayBuffer>) => HostileAnswer> = {
  ends_early: (bytes) => chunk(bytes.subarray(1), bytes.length),
  no_body: (bytes) => chunk(new Uint8Array(0), bytes.length),
  shorter: (bytes) => chunk(bytes.subarray(1)),
  longer: (bytes) => chunk(new Uint8Array(bytes.length + 1)),
  other_type: () => ({ type: "ok" }),
  garbage: () => new Uint8Array(5_000).fill(0xee),
  silence: () => new Uint8Array(0),
  refusal: () => ({ type: "error", code: "not_transferable", message: "no" }),
};

Deno.test("S44: a source that answers chunks wrongly spoils nothing, alone or beside an honest one", async () => {
  await using swarm = await Swarm.make();
  const sizes = Object.entries({ ...DATA, "version.ini": 3 }).map(([path, size]) => ({ path, size }));
  const ids = Object.keys(BAD_BODIES);
  for (const id of ids) await makeGame(swarm.gameDir("alice"), id, { version: "1.0", files: DATA });
  const bob = await swarm.start("bob");
  await using mallory = await meet(bob, {
    party: swarm.party,
    games: ids.map((id) => readyGame(id, "1.0", 10)),
    answers: {
      get_game: ({ game_id }) => gameDetails(String(game_id), "1.0", sizes),
      get_chunk: (request) => BAD_BODIES[String(request.game_id)]?.(trueBytes(request)) ?? {},
    },
  });
  const copyOf = (id: string) => `${swarm.gameDir("bob")}/${id}`;
  for (const id of ids) {
    const end = await bob.downloadEnd(id);
    assert(end.event === "download-failed" || end.event === "download-peers-gone", id);
    const game = await bob.game(id);
    assertEquals([game?.downloaded, game?.operation], [false, null], id);
    assertEquals((await everything(copyOf(id))).filter((entry) => entry.includes("version.ini")), [], id);
  }
  assertEquals(bob.eventsOf("download-chunk-finished"), []);
  const asked = mallory.requests.length;

  const alice = await swarm.start("alice");
  for (const id of ids) {
    await bob.sources(id, 2);
    await bob.download(id);
    await assertSameTree(`${swarm.gameDir("alice")}/${id}`, copyOf(id));
  }
  const served = bob.eventsOf("download-chunk-finished").map(({ peer_id }) => peer_id);
  assertEquals([...new Set(served)], [alice.peer_id]);
  const chunks = mallory.requests.slice(asked).filter(({ type }) => type === "get_chunk");
  assertEquals(new Set(chunks.map(({ game_id }) => game_id)), new Set(ids), "not asked, so not found out");
});

/** What may lie in the receiver's way. Each gets its own copy of the same game. */
const IN_THE_WAY: Record<string, (root: string, outside: string) => Promise<void>> = {
  link_for_folder: (root, outside) => Deno.symlink(outside, `${root}/data`),
  link_for_file: (root, outside) => Deno.symlink(`${outside}/canary.txt`, `${root}/x.bin`),
  dangling_link: (root, outside) => Deno.symlink(`${outside}/not_yet`, `${root}/x.bin`),
  link_for_sentinel: (root, outside) => Deno.symlink(`${outside}/canary.txt`, `${root}/version.ini`),
  link_below: async (root, outside) => {
    await Deno.mkdir(`${root}/data`);
    await Deno.symlink(outside, `${root}/data/deep`);
  },
  file_for_folder: (root) => Deno.writeTextFile(`${root}/data`, CANARY),
  folder_for_file: (root) => Deno.mkdir(`${root}/x.bin`),
  folder_for_sentinel: (root) => Deno.mkdir(`${root}/version.ini`),
  link_for_root: async (root, outside) => {
    await Deno.remove(root);
    await Deno.symlink(outside, root);
  },
  file_for_root: async (root) => {
    await Deno.remove(root);
    await Deno.writeTextFile(root, CANARY);
  },
};

Deno.test("S44: links and other things in the way are neither written through nor removed" + WHY_NO_LINKS, {
  ignore: NO_LINKS,
}, async () => {
  await using swarm = await Swarm.make();
  const outside = await swarm.dir.mkdir("outside");
  await makeTree(outside, { "canary.txt": CANARY, "x.bin": CANARY, "deep/x.bin": CANARY, "a.bsp": CANARY });
  const files = { "data/deep/x.bin": 1_000, "data/a.bsp": 10, "x.bin": 20 };
  for (const [id, put] of Object.entries(IN_THE_WAY)) {
    await makeGame(swarm.gameDir("alice"), id, { version: "1.0", files });
    const root = `${swarm.gameDir("bob")}/${id}`;
    await Deno.mkdir(root);
    await put(root, outside);
  }
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  const before = await everything(swarm.dir.path);
  for (const id of Object.keys(IN_THE_WAY)) {
    await bob.sources(id, 1);
    const end = await bob.downloadEnd(id);
    assertEquals(end.event, "download-failed", id);
    if (end.event !== "download-failed") continue;
    assertEquals(end.code, "io", id);
    assertStringIncludes(end.message, `${swarm.gameDir("bob")}/${id}`);
    assertStringIncludes(end.message, "move it away");
  }
  assertEquals(await everything(swarm.dir.path), before);
  for (const name of ["canary.txt", "x.bin", "deep/x.bin", "a.bsp"]) {
    assertEquals(await Deno.readTextFile(`${outside}/${name}`), CANARY);
  }
});

Deno.test(
  "S44: a link in the place of the sentinel's scratch is replaced, not written through" + WHY_NO_LINKS,
  {
    ignore: NO_LINKS,
  },
  async () => {
    await using swarm = await Swarm.make();
    const canary = await swarm.dir.write("canary.txt", CANARY);
    const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files: { x: 10 } });
    const copy = `${swarm.gameDir("bob")}/alienswarm`;
    await Deno.mkdir(copy);
    const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
    for (const name of [".version.ini.tmp", ".version.ini.discarded"]) {
      await Deno.symlink(canary, `${copy}/${name}`);
    }
    await bob.sources("alienswarm", 1);
    await bob.download("alienswarm");
    await assertSameTree(root, copy);
    assertEquals(await Deno.readTextFile(canary), CANARY);
  },
);
