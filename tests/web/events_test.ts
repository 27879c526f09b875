import { EventBus, type PeerEvent } from "../../src/peer/events.ts";
import { GameId, PeerId } from "../../src/proto/ids.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { Event, Told } from "../../src/web/answer_schemas.ts";
import { EventFeed } from "../../src/web/event_feed.ts";
import { EventRing } from "../../src/web/event_ring.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertLess, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { Control, readAnswer } from "../support/control.ts";
import { until, within } from "../support/deadline.ts";
import { newPeerId } from "../support/parties.ts";
import { EMPTY_STATE } from "../support/states.ts";

const GAME = GameId.parse("alienswarm");
const count = (count: number): PeerEvent => ({ event: "peer-count", count });
const lost = (peer_id: PeerId = newPeerId()): PeerEvent => ({
  event: "peer-lost",
  peer_id,
  reason: "timeout",
});

/** What a reader of the event stream got. */
interface Got {
  id: number;
  event: string;
  data: unknown;
}

/** Reads the event stream of a control API until `wanted` events came. */
async function read(control: Control, wanted: number, last_id?: number, then = () => {}): Promise<Got[]> {
  const headers = last_id === undefined ? {} : { "last-event-id": `${last_id}` };
  using connection = await control.send("GET", "/api/v1/events", { headers });
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let is_first = true;
  for (let text = "";;) {
    const length = await within("events", connection.read(buffer));
    text += decoder.decode(buffer.subarray(0, length ?? 0), { stream: true });
    const got = parse(text);
    if (got.length >= wanted || length === null) return got;
    if (is_first && (got.length > 0 || text.includes("retry"))) {
      is_first = false;
      then();
    }
  }
}

function parse(text: string): Got[] {
  return [...text.matchAll(/^id: (\d+)\nevent: (\S+)\ndata: (.*)$/gm)].map(([, id, event, data]) => ({
    id: Number(id),
    event: event ?? "",
    data: JSON.parse(data ?? ""),
  }));
}

Deno.test("the event stream begins with a snapshot and goes on with every event, numbered one by one", async () => {
  await using control = await Control.start();
  const told = [lost(), { event: "no-peers-have-game" as const, game_id: GAME }];
  const got = await read(control, 3, undefined, () => told.forEach((event) => control.bus.emit(event)));
  assertEquals(got.map(({ event }) => event), ["snapshot", "peer-lost", "no-peers-have-game"]);
  const [first, second, third] = got.map(({ id }) => id);
  assertEquals([second, third], [(first ?? 0) + 1, (first ?? 0) + 2]);
  for (const { data } of got) Told.parse(data);
  assertEquals(got.slice(1).map(({ data }) => data), told);
});

Deno.test("a reader that comes back hears what it missed, and nothing twice", async () => {
  await using control = await Control.start();
  const peers = [newPeerId(), newPeerId(), newPeerId(), newPeerId()];
  const [, seen] = await read(control, 2, undefined, () => control.bus.emit(lost(peers[0])));
  assert(seen);
  for (const peer_id of peers.slice(1)) control.bus.emit(lost(peer_id));
  const missed = await read(control, 3, seen.id);
  assertEquals(missed.map(({ data }) => data), peers.slice(1).map((peer_id) => lost(peer_id)));
});

for (const last_id of [1, Date.now() * 1_000 + 1e9, 9_007_199_254_740_991]) {
  Deno.test(`a reader that heard event ${last_id} of another run gets a snapshot`, async () => {
    await using control = await Control.start();
    assertEquals((await read(control, 1, last_id)).map(({ event }) => event), ["snapshot"]);
  });
}

Deno.test("a reader that was away for too long gets a snapshot", async () => {
  await using control = await Control.start();
  const [snapshot] = await read(control, 1);
  for (let n = 0; n < 1_100; n++) control.bus.emit(lost());
  await until("all of them", () => control.server.feed.last >= (snapshot?.id ?? 0) + 1_100);
  const [first] = await read(control, 1, snapshot?.id);
  assertEquals([first?.event, first?.id], ["snapshot", (snapshot?.id ?? 0) + 1_100]);
});

Deno.test("a slow reader of a thousand events hears each that counts, of progress only the newest", async () => {
  await using control = await Control.start();
  const peer_id = newPeerId();
  using connection = await control.send("GET", "/api/v1/events", { headers: { connection: "close" } });
  await until("a listener", () => control.server.feed.listeners === 1);
  // Large enough that the socket can't take them all.
  const path = ManifestPath.parse("maps/" + "x".repeat(200));
  const chunk = (offset: number): PeerEvent => ({
    event: "download-chunk-corrupt",
    game_id: GAME,
    peer_id,
    path,
    offset,
  });
  const progress = { event: "games-list-updated" as const, games: [] };
  for (let n = 0; n < 1_000; n++) {
    for (let m = 0; m < 8; m++) control.bus.emit(chunk(n * 8 + m));
    control.bus.emit(progress);
  }
  control.bus.close();
  const text = await within("everything", new Response(connection.readable).text());
  const got = parse(text.replace(/^[0-9a-f]+\r\n|\r\n/gm, ""));
  const offsets = got.filter(({ event }) => event === "download-chunk-corrupt");
  assertEquals(offsets.length, 8_000);
  assertLess(got.filter(({ event }) => event === "games-list-updated").length, 1_000);
});

Deno.test("a reader that never reads is given up, the others hear everything, and the API ends", async () => {
  await using control = await Control.start();
  using _never = await control.send("GET", "/api/v1/events", {});
  await until("a listener", () => control.server.feed.listeners === 1);
  const path = ManifestPath.parse("x".repeat(200));
  const first = control.server.feed.last;
  for (let n = 0; n < 60; n++) {
    for (let m = 0; m < 1_000; m++) {
      const chunk = { game_id: GAME, peer_id: newPeerId(), path, offset: m };
      control.bus.emit({ event: "download-chunk-corrupt", ...chunk });
    }
    await until("the events to be passed on", () => control.server.feed.last >= first + (n + 1) * 1_000);
  }
  await until("that it is given up", () => control.server.feed.listeners === 0);
  assertEquals((await read(control, 1)).map(({ event }) => event), ["snapshot"]);
});

Deno.test("readers beyond the number there is room for are refused, and there is room again when one leaves", async () => {
  await using control = await Control.start();
  {
    using stack = new DisposableStack();
    for (let n = 0; n < 32; n++) stack.use(await control.send("GET", "/api/v1/events", {}));
    await until("all listeners", () => control.server.feed.listeners === 32);
    assertEquals((await control.request("GET", "/api/v1/events")).status, 503);
  }
  await until("nobody listens", () => control.server.feed.listeners === 0);
  assertEquals((await read(control, 1)).length, 1);
});

Deno.test("the end of the peer ends every event stream", async () => {
  await using control = await Control.start();
  using connection = await control.send("GET", "/api/v1/events", { headers: { connection: "close" } });
  await until("a listener", () => control.server.feed.listeners === 1);
  control.bus.close();
  assertStringIncludes((await readAnswer(connection)).body, "event: snapshot");
  assertEquals((await control.request("GET", "/api/v1/events")).status, 503);
});

Deno.test("a listener that leaves before it begins is forgotten", async () => {
  const feed = new EventFeed(() => EMPTY_STATE);
  await feed.follow().return?.();
  assertEquals(feed.listeners, 0);
  feed.end();
  assertThrows(() => feed.follow(), LanspreadError, "shutting down");
});

Deno.test("the ring holds of each state only the newest, and still knows that nothing is missing", () => {
  const ring = new EventRing(0);
  for (let n = 1; n <= 5_000; n++) ring.add(count(n));
  ring.add(lost());
  assertEquals(ring.size.events, 2);
  assertEquals(ring.since(0)?.map(({ id }) => id), [5_000, 5_001]);
  assertEquals(ring.since(5_000)?.map(({ id }) => id), [5_001]);
  assertEquals(ring.since(5_001), []);
  assertEquals([ring.since(5_002), ring.since(-1)], [undefined, undefined]);
});

Deno.test("the ring is bounded in events and in characters", () => {
  const ring = new EventRing(0, { events: 10, chars: 500 });
  const peer = newPeerId();
  for (let n = 0; n < 100; n++) ring.add(lost(peer));
  assertLess(ring.size.chars, 501);
  assertEquals(ring.since(0), undefined);
  const held = ring.since(100 - ring.size.events)?.length;
  assertEquals(held, ring.size.events);
  const small = new EventRing(0, { events: 10, chars: 1e6 });
  for (let n = 0; n < 100; n++) small.add(lost(peer));
  assertEquals(small.since(90)?.length, 10);
  assertEquals(small.since(89), undefined);
});

const peer_id = newPeerId();
const SAMPLES: { [name in PeerEvent["event"]]?: PeerEvent } = {
  "peer-lost": lost(peer_id),
  "peer-count": count(3),
  "install-failed": { event: "install-failed", game_id: GAME, code: "archive_damaged", message: "x" },
  "download-peers-gone": { event: "download-peers-gone", game_id: GAME },
  "remove-finished": { event: "remove-finished", game_id: GAME },
  "games-list-updated": { event: "games-list-updated", games: [] },
};

for (const [name, sample] of Object.entries(SAMPLES)) {
  Deno.test(`${name} is an event of the API's description`, () => {
    assertEquals(Event.parse(JSON.parse(JSON.stringify(sample))), sample);
  });
}

Deno.test("a bus that is closed ends the feed", async () => {
  const bus = new EventBus();
  const feed = new EventFeed(() => EMPTY_STATE);
  const running = feed.run(bus.listen());
  const events = feed.follow();
  bus.emit(lost(peer_id));
  bus.close();
  await within("the feed", running);
  assertEquals((await Array.fromAsync(events)).map(({ event }) => event), ["snapshot", "peer-lost"]);
});
