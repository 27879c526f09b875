/**
 * Many ask one peer at once: everybody gets his share, the rest of the peer goes on, and limits hold.
 *
 * @module
 */

import { assert, assertEquals, assertLess } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeGame, MIB } from "../support/games.ts";
import { HostilePeer } from "../support/hostile_peer.ts";
import { LightDownloaders, type Received } from "../support/light_downloaders.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const QUIET = ["--log", "warning"];
const GREEDY = 32;

const bytesOf = (received: Received[]) => received.map(({ bytes }) => bytes);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

/** What each has been sent since `before`, as soon as that is `mean_bytes` on average. */
async function gains(crowd: LightDownloaders, before: Received[], mean_bytes: number): Promise<number[]> {
  return await until("the crowd to be served", async () => {
    const now = bytesOf(await crowd.received());
    const gained = now.map((bytes, n) => bytes - (before[n]?.bytes ?? 0));
    return sum(gained) >= mean_bytes * gained.length && gained;
  }, 90_000);
}

/** A source of one large game, and a hundred peers that download it; the last one asks for much more at a time. */
async function besieged(swarm: Swarm, args: string[]) {
  await makeGame(swarm.gameDir("source"), "big", { version: "1.0", files: { "data.bin": 96 * MIB } });
  const source = await swarm.start("source", { args: [...QUIET, ...args] });
  const watcher = await swarm.start("watcher", { args: QUIET });
  await watcher.sources("big", 1);
  const requests = [...Array(99).fill(2), GREEDY];
  const { party } = swarm;
  const crowd = await LightDownloaders.start({ party, addr: source.addr, game_id: "big", requests });
  return { source, watcher, crowd };
}

Deno.test("a hundred downloaders keep neither pings nor the library from others", async () => {
  await using swarm = await Swarm.make();
  const { source, watcher, crowd } = await besieged(swarm, []);
  await using _ = crowd;
  await gains(crowd, [], MIB);
  await using pinger = await HostilePeer.start({ party: swarm.party });
  // Where processors are scarce the network's buffers overflow, and a connection may break: then it is dialled again.
  const again = () => pinger.greet(source.addr).catch(() => ({ type: "out of reach" }));
  const asked = async (type: string) => (await pinger.ask({ type }).catch(again)).type;
  await until("a pong", async () => await asked("ping") === "pong");
  await makeGame(swarm.gameDir("source"), "fresh", { version: "1.0", files: { "a.bin": 1_000 } });
  await watcher.sources("fresh", 1);
  await until("a pong", async () => await asked("ping") === "pong");
  await until("a library", async () => await asked("get_library") === "library_snapshot");
  await gains(crowd, await crowd.received(), MIB);
  assertLess(await source.residentBytes(), 400 * MIB);
  assertEquals(source.eventsOf("runtime-failed"), []);
});

Deno.test("a hundred downloaders share what there is, also with one that asks for much more at a time", async () => {
  await using swarm = await Swarm.make();
  // The limit keeps the machine from being the bottleneck, which would hand out shares of its own.
  const { crowd } = await besieged(swarm, ["--limit-up", "40M"]);
  await using _ = crowd;
  await gains(crowd, [], MIB / 4);
  const gained = await gains(crowd, await crowd.received(), 1.5 * MIB);
  const mean = sum(gained) / gained.length;
  const told = gained.map((bytes) => (bytes / mean).toFixed(2)).join(" ");
  assert(Math.min(...gained) > 0.3 * mean, `somebody starves: ${told}`);
  assertLess(gained.at(-1) ?? 0, 3 * mean, `${GREEDY} requests get more than one peer's share: ${told}`);
});

Deno.test("receivers that take nothing keep nobody from a download", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("source"), "big", { version: "1.0", files: { "data.bin": 48 * MIB } });
  const source = await swarm.start("source", { args: QUIET });
  const bob = await swarm.start("bob", { args: QUIET });
  await bob.sources("big", 1);
  const asleep = { requests: Array(30).fill(16), stalls_after: 64 * 1024, game_id: "big" };
  await using crowd = await LightDownloaders.start({ party: swarm.party, addr: source.addr, ...asleep });
  await until(
    "everybody to have begun",
    async () => bytesOf(await crowd.received()).every((bytes) => bytes > 0),
  );
  assertEquals((await bob.download("big", { install: false })).bytes, 48 * MIB + 3);
});

/** Downloads 16 MiB with such flags at the two ends. */
async function limited(flags: { source?: string[]; target?: string[] }) {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("source"), "big", {
    version: "1.0",
    files: { "a.bin": 12 * MIB, "b.bin": 4 * MIB },
  });
  const source = await swarm.start("source", { args: [...QUIET, ...flags.source ?? []] });
  const target = await swarm.start("target", { args: [...QUIET, ...flags.target ?? []] });
  await target.sources("big", 1);
  return { ...await target.download("big", { install: false }), source };
}

for (const [flag, end] of [["--limit-up", "source"], ["--limit-down", "target"]] as const) {
  Deno.test(`${flag} 4M holds a download to 4 MiB a second`, async () => {
    const { bytes, seconds } = await limited({ [end]: [flag, "4M"] });
    assertEquals(bytes, 16 * MIB + 3);
    assert(bytes / seconds <= 1.2 * 4 * MIB, `${bytes} bytes in ${seconds} s`);
  });
}

/** Two peers, the source limited, and a download of a large game that has begun. */
async function slowDownload(
  swarm: Swarm,
  flags: { source?: string[]; target?: string[] },
): Promise<PeerProcess> {
  await makeGame(swarm.gameDir("source"), "big", { version: "1.0", files: { "data.bin": 64 * MIB } });
  await makeGame(swarm.gameDir("source"), "small", { version: "1.0" });
  await swarm.start("source", { args: [...QUIET, ...flags.source ?? []] });
  const target = await swarm.start("target", { args: [...QUIET, ...flags.target ?? []] });
  await target.sources("big", 1);
  await target.ok("download", { game_id: "big", install: false });
  await target.event("download-progress", ({ done_bytes }) => done_bytes > 0);
  return target;
}

for (const flags of [{ source: ["--limit-up", "100K"] }, { target: ["--limit-down", "100K"] }]) {
  const what = Object.values(flags)[0]?.join(" ") ?? "";
  Deno.test(`a download that ${what} holds back is cancelled at once, and a library change still comes`, async () => {
    await using swarm = await Swarm.make();
    const target = await slowDownload(swarm, flags);
    await makeGame(swarm.gameDir("source"), "fresh", { version: "1.0" });
    await target.sources("fresh", 1);
    await target.ok("cancel-download", { game_id: "big" });
    await target.event("download-cancelled");
    assertEquals((await target.download("small", { install: false })).bytes, 3);
    assertEquals(await target.stop(), 0);
  });
}
