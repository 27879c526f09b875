/**
 * S32, S33: hostile requests. Whatever is asked, nothing but the announced files leaves the peer, and it lives on.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertRejects } from "../support/assert.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { within } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { makeGame, makeTree, MIB } from "../support/games.ts";
import { frame, frameOf, HostilePeer, type WireValue } from "../support/hostile_peer.ts";
import { newIdentity } from "../support/parties.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const NO_LINKS = Deno.build.os === "windows";
const WHY_NO_LINKS = NO_LINKS ? " (skipped: Windows needs a privilege for links)" : "";
const SECRET = "the user's own";
const encoder = new TextEncoder();

/** A peer with one game that holds more than it shares. */
async function victim(swarm: Swarm): Promise<PeerProcess> {
  const files = { "maps/a.bsp": "0123456789", "data.pak": 20 * MIB };
  const root = await makeGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", files });
  await makeTree(root, {
    ...{ "local/save.dat": SECRET, ".local.backup/save.dat": SECRET, ".local.installing/save.dat": SECRET },
    ...{ ".version.ini.x": SECRET, ".lanspread_owned": SECRET },
  });
  const secret = await swarm.dir.write("secret.txt", SECRET);
  await Deno.writeTextFile(`${swarm.gameDir("alice")}/loose.txt`, SECRET);
  if (!NO_LINKS) {
    await Deno.symlink(secret, `${root}/link.txt`);
    await Deno.symlink(swarm.dir.path, `${root}/links`);
  }
  return await swarm.start("alice");
}

async function member(swarm: Swarm, alice: PeerProcess): Promise<HostilePeer> {
  const mallory = await HostilePeer.start({ party: swarm.party });
  assertEquals((await mallory.greet(alice.addr)).type, "hello_ack");
  return mallory;
}

const getGame = { type: "get_game", game_id: "alienswarm" };

function getChunk(details: WireValue, lies: WireValue): WireValue {
  const { manifest_hash } = details;
  return {
    ...{ type: "get_chunk", game_id: "alienswarm", manifest_hash, path: "maps/a.bsp", offset: 0, length: 10 },
    ...lies,
  };
}

/** Asks for a true chunk; gives its bytes as text. */
async function honestChunk(peer: HostilePeer): Promise<string> {
  const details = await peer.ask(getGame);
  const request = encoder.encode(JSON.stringify(getChunk(details, {})));
  const stream = await peer.openStream();
  await stream.write(frame(request));
  await stream.finish();
  const answer = encoder.encode(JSON.stringify({ type: "chunk", length: 10 }));
  const whole = await within("a chunk", stream.read(new Uint8Array(4 + answer.length + 10)));
  stream.reset();
  return new TextDecoder().decode(whole?.subarray(4 + answer.length));
}

Deno.test("S32: local/ is never served, whatever is asked", async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  await using mallory = await member(swarm, alice);
  const details = await mallory.ask(getGame);
  assertEquals(details.files, [
    ...[{ path: "data.pak", size: 20 * MIB }, { path: "maps/a.bsp", size: 10 }, {
      path: "version.ini",
      size: 3,
    }],
  ]);
  const announced = alice.eventsOf("local-library-changed").at(-1)?.games[0];
  assertEquals([announced?.installed, announced?.size], [true, 20 * MIB + 13]);
  const names = ["save.dat", "x"];
  const folders = [
    "local",
    "LOCAL",
    "Local",
    "./local",
    "maps/../local",
    "/local",
    "local/.",
    ".local.backup",
  ];
  folders.push(
    ".local.installing",
    ".LOCAL.BACKUP",
    "local ",
    "local.",
    "local\\",
    "links/alice/games/alienswarm/local",
  );
  const paths = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
  for (
    const path of [...paths, "local", ".version.ini.x", ".lanspread_owned", "link.txt", "links/secret.txt"]
  ) {
    const answer = await mallory.ask(getChunk(details, { path, length: SECRET.length }));
    assertEquals([answer.type, answer.code], ["error", "invalid_request"], path);
    assert(!JSON.stringify(answer).includes(SECRET), path);
  }
  evidence({ "refused paths": paths.length + 5 });
  for (const game_id of ["alienswarm/local", "local", "alienswarm/.local.backup", "loose.txt", "..", "."]) {
    assertEquals((await mallory.ask({ type: "get_game", game_id })).type, "error", game_id);
    const chunk = getChunk(details, { game_id, path: "save.dat", length: SECRET.length });
    assertEquals((await mallory.ask(chunk)).type, "error", game_id);
  }
  assertEquals(await honestChunk(mallory), "0123456789");
  assert((await alice.command("status")).ok);
});

Deno.test("S32: a shared file that became a link after the scan is not followed" + WHY_NO_LINKS, {
  ignore: NO_LINKS,
}, async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  await using mallory = await member(swarm, alice);
  const details = await mallory.ask(getGame);
  const maps = `${swarm.gameDir("alice")}/alienswarm/maps`;
  const elsewhere = await swarm.dir.write("elsewhere/a.bsp", SECRET.slice(0, 10));
  await Deno.remove(`${maps}/a.bsp`);
  await Deno.symlink(elsewhere, `${maps}/a.bsp`);
  assertEquals((await mallory.ask(getChunk(details, {}))).code, "manifest_changed");
  await Deno.remove(maps, { recursive: true });
  await Deno.symlink(swarm.dir.join("elsewhere"), maps);
  assertEquals((await mallory.ask(getChunk(details, {}))).code, "manifest_changed");
});

const LONG = "x".repeat(300);
const BAD_IDS = [
  ...[
    "../alienswarm",
    "/alienswarm",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "C:",
    "C:alienswarm",
    "CON",
    "nul.txt",
    "x\0",
  ],
  ...["x\n", "x.", "x ", "local", ".local.backup", ".version.ini.tmp", LONG, "e\u0301", 7, null, [], {}],
];
const BAD_PATHS = [
  ...[
    "../version.ini",
    "/etc/passwd",
    "maps/../../x",
    "maps/..",
    "maps\\a.bsp",
    "..\\x",
    "C:/x",
    "C:x",
    "//x/y",
  ],
  ...[
    "nul",
    "maps/AUX.txt",
    "x.",
    "x ",
    "",
    ".",
    "./maps/a.bsp",
    "maps//a.bsp",
    "maps/",
    "maps/a.bsp\0",
    "a\u0001",
  ],
  ...[
    "e\u0301",
    LONG,
    "a/".repeat(2_000) + "a",
    "maps",
    "missing",
    "MAPS/a.bsp",
    "maps/a.bsp:stream",
    7,
    null,
    [],
  ],
];
const BAD_RANGES = [
  ...[{ offset: 1 }, { length: 11 }, { offset: 10, length: 1 }, { offset: 2 ** 53 - 1 }, { offset: 2 ** 53 }],
  ...[{ offset: -1 }, { offset: 0.5 }, { offset: 1e300 }, { offset: "0" }, { offset: null }],
  ...[{ length: -1 }, { length: 1.5 }, { path: "data.pak", length: 16 * MIB + 1 }, { length: 2 ** 32 }],
  ...[{ length: undefined }, { offset: undefined }, { path: undefined }, { manifest_hash: "x" }],
];

Deno.test("S33: traversal, absolute, reserved and oversized requests are refused, the peer lives on", async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  await using mallory = await member(swarm, alice);
  const details = await mallory.ask(getGame);
  const refused = async (request: WireValue, code = "invalid_request") => {
    const answer = await mallory.ask(request);
    assertEquals([answer.type, answer.code], ["error", code], JSON.stringify(request).slice(0, 200));
  };
  for (const game_id of BAD_IDS) {
    await refused({ type: "get_game", game_id });
    await refused(getChunk(details, { game_id }));
  }
  for (const path of BAD_PATHS) await refused(getChunk(details, { path }));
  for (const range of BAD_RANGES) await refused(getChunk(details, range));
  await refused(getChunk(details, { manifest_hash: "0".repeat(64) }), "manifest_changed");
  await refused({ type: "get_game", game_id: "missing" }, "game_not_found");
  await refused(getChunk(details, { game_id: "missing" }), "game_not_found");
  evidence({ "refused requests": 2 * BAD_IDS.length + BAD_PATHS.length + BAD_RANGES.length + 3 });
  assertEquals(await honestChunk(mallory), "0123456789");
  // An empty range is a strange wish, but no reason to fall over.
  const empty = await mallory.ask(getChunk(details, { length: 0 }));
  assertEquals([empty.type, empty.length], ["chunk", 0]);
  assertEquals(await honestChunk(mallory), "0123456789");
});

/** A valid request of exactly so many bytes. */
function pingOf(bytes: number): Uint8Array<ArrayBuffer> {
  const ping = '{"type":"ping","x":""}';
  return frameOf(ping.replace('""', `"${"x".repeat(bytes - ping.length)}"`));
}

const BAD_FRAMES: Record<string, Uint8Array<ArrayBuffer>> = {
  "a length of 4 GiB": frame(new Uint8Array(1_000), 2 ** 32 - 1),
  "one byte over the limit": pingOf(64 * 1024 + 1),
  "much over the limit": frame(new Uint8Array(4 * MIB)),
  "no JSON": frameOf("{type: ping}"),
  "half a JSON": frameOf('{"type":"pi'),
  "no UTF-8": frame(Uint8Array.of(0x22, 0xff, 0xfe, 0x22)),
  "nothing": frame(new Uint8Array(0)),
  "half a frame": frame(encoder.encode('{"type":"ping"}'), 100),
  "half a length": Uint8Array.of(0, 0),
  "an empty stream": new Uint8Array(0),
  "null": frameOf("null"),
  "a number": frameOf("7"),
  "a text": frameOf('"ping"'),
  "a list": frameOf('[{"type":"ping"}]'),
  "no type": frameOf("{}"),
  "an unknown type": frameOf('{"type":"format_disk"}'),
  "an answer": frameOf('{"type":"pong"}'),
  "an error": frameOf('{"type":"error","code":"busy","message":""}'),
  "a type that every object has": frameOf('{"type":"constructor"}'),
  "a type that is no text": frameOf('{"type":{"toString":1}}'),
  "deep nesting": frameOf("[".repeat(30_000) + "]".repeat(30_000)),
  "deep nesting in a field": frameOf(
    `{"type":"get_game","game_id":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
  ),
  "a library of the wrong shape": frameOf('{"type":"library_delta","from_rev":0,"to_rev":1,"added":[1]}'),
  "a library with a hostile id": frameOf(
    '{"type":"library_delta","from_rev":1,"to_rev":2,"added":[],' +
      '"updated":[],"removed":["../x"]}',
  ),
};

Deno.test("S33: broken frames are refused one by one, and memory does not follow their lengths", async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  await using mallory = await member(swarm, alice);
  await using slow = await member(swarm, alice);
  // Half a frame and then silence: the peer gives up after its own deadline, while everybody else is served.
  const silent = slow.askBytes(frame(encoder.encode('{"type"'), 15), { finish: false }).then(
    (answer) => answer.type,
    (error) => error instanceof LanspreadError ? "broken" : error,
  );
  const before_bytes = await alice.residentBytes();
  for (const [name, bytes] of Object.entries(BAD_FRAMES)) {
    const answer = await mallory.askBytes(bytes);
    assertEquals([answer.type, answer.code], ["error", "invalid_request"], name);
    assertEquals((await mallory.ask({ type: "ping" })).type, "pong", name);
  }
  assertEquals((await mallory.askBytes(pingOf(64 * 1024))).type, "pong");
  for (let i = 0; i < 100; i++) await mallory.askBytes(frame(new Uint8Array(100), 2 ** 32 - 1 - i));
  assertLess(await alice.residentBytes() - before_bytes, 128 * MIB);
  assertEquals(await honestChunk(mallory), "0123456789");
  assert(["error", "broken"].includes(await silent), "the silent stream was not ended");
  assertEquals((await slow.ask({ type: "ping" })).type, "pong");
  assertEquals(alice.eventsOf("runtime-failed"), []);
});

Deno.test("S33: many streams of one peer may hang, the others are served", async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  await using slow = await member(swarm, alice);
  await using mallory = await member(swarm, alice);
  for (let i = 0; i < 60; i++) await (await slow.openStream()).write(frame(new Uint8Array(1), 2));
  assertEquals(await honestChunk(mallory), "0123456789");
  assert((await alice.command("status")).ok);
});

Deno.test("S33: without a true hello there is nothing but unauthorized", async () => {
  await using swarm = await Swarm.make();
  const alice = await victim(swarm);
  const requests = [
    ...[getGame, { type: "ping" }, { type: "goodbye" }, { type: "get_library" }],
    { type: "library_snapshot", library_rev: 1, games: [] },
    getChunk({ manifest_hash: "0".repeat(64) }, {}),
  ];
  const knows = async (peer: HostilePeer) => {
    for (const request of requests) {
      assertEquals((await peer.ask(request)).code, "unauthorized", JSON.stringify(request));
    }
  };
  await using mallory = await HostilePeer.start({ party: swarm.party });
  await mallory.dial(alice.addr);
  await knows(mallory);
  const hello = mallory.introduction("hello");
  const lies: [WireValue, string][] = [
    [{ proof: "0".repeat(64) }, "unauthorized"],
    [{ proof: mallory.introduction("hello_ack").proof }, "unauthorized"],
    [{ peer_id: crypto.randomUUID() }, "unauthorized"],
    [{ listen_addr: "127.0.0.1:9" }, "unauthorized"],
    [{ proof: undefined }, "invalid_request"],
    [{ peer_id: "../x" }, "invalid_request"],
    [{ name: "a\nb" }, "invalid_request"],
    [{ listen_addr: "localhost:1" }, "invalid_request"],
    [{ proto_ver: 2 }, "incompatible"],
    [{ proto_ver: "1" }, "incompatible"],
  ];
  for (const [lie, code] of lies) {
    assertEquals((await mallory.ask({ ...hello, ...lie })).code, code, JSON.stringify(lie));
  }
  await knows(mallory);
  // Somebody of another party: refused by his own check, and where he leaves that out, by the proof.
  await using stranger = await HostilePeer.start({ party: "another party" });
  await assertRejects(() => stranger.dial(alice.addr), LanspreadError);
  const { ca_cert } = await newIdentity(swarm.party);
  const identity = { ...stranger.identity, ca_cert };
  await using careless = await HostilePeer.start({ party: "another party", identity });
  assertEquals((await careless.greet(alice.addr)).code, "unauthorized");
  await knows(careless);
  assertEquals((await alice.ok("peer-count")).count, 0);
  assertEquals(alice.eventsOf("peer-connected"), []);
  assertEquals((await mallory.ask(hello)).type, "hello_ack");
  assertEquals(await honestChunk(mallory), "0123456789");
  // Who has introduced himself stays who he is.
  await using other = await HostilePeer.start({ party: swarm.party });
  assertEquals((await mallory.ask(other.introduction("hello"))).code, "invalid_request");
  assertEquals((await alice.ok("peer-count")).count, 1);
});
