import { EventBus, type PeerEvent } from "../../src/peer/events.ts";
import { GameId } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";

const count = (n: number): PeerEvent => ({ event: "peer-count", count: n });
const failure = (n: number): PeerEvent => ({
  event: "runtime-failed",
  component: "server",
  error: String(n),
});

Deno.test("every listener hears every event in order, also a slow one", async () => {
  const bus = new EventBus();
  const listeners = [bus.listen(), bus.listen()];
  for (let n = 0; n < 100; n++) bus.emit(failure(n));
  bus.close();
  for (const listener of listeners) {
    assertEquals(await Array.fromAsync(listener), Array.from({ length: 100 }, (_, n) => failure(n)));
  }
});

Deno.test("a listener hears nothing from before it listened", async () => {
  const bus = new EventBus();
  bus.emit(count(1));
  const events = bus.listen();
  bus.emit(count(2));
  bus.close();
  assertEquals(await Array.fromAsync(events), [count(2)]);
});

Deno.test("close() wakes who waits, and who listens later hears the end at once", async () => {
  const bus = new EventBus();
  const waiting = Array.fromAsync(bus.listen());
  bus.close();
  bus.emit(count(1));
  assertEquals(await within("the end", waiting), []);
  assertEquals(await within("the end", Array.fromAsync(bus.listen())), []);
});

Deno.test("a listener that leaves does not disturb the others", async () => {
  const bus = new EventBus();
  const stays = bus.listen();
  const leaves = bus.listen();
  bus.emit(count(1));
  for await (const _ of leaves) break;
  bus.emit(count(2));
  bus.close();
  assertEquals(await Array.fromAsync(stays), [count(1), count(2)]);
});

const progress = (game: string, done_bytes: number): PeerEvent => ({
  ...{ event: "download-progress", game_id: GameId.parse(game), done_bytes, total_bytes: 1e9 },
  ...{ bytes_per_s: 1, active_peers: 1, eta_s: 1 },
});

Deno.test("a listener that takes nothing costs a bounded number of snapshots, and hears every ending", async () => {
  const bus = new EventBus();
  const sleeper = bus.listen();
  for (let n = 0; n < 50_000; n++) {
    bus.emit(progress(`game${n % 5}`, n));
    bus.emit({ event: "active-operations-changed", operations: [] });
    if (n % 1_000 === 0) bus.emit({ event: "download-cancelled", game_id: GameId.parse("game0") });
  }
  bus.close();
  const heard = await Array.fromAsync(sleeper);
  assert(heard.length < 200, String(heard.length));
  assertEquals(heard.filter(({ event }) => event === "download-cancelled").length, 50);
  const last = heard.findLast((event) => event.event === "download-progress" && event.game_id === "game3");
  assertEquals(last, progress("game3", 49_998));
});

Deno.test("a listener that takes nothing for ever is left behind, and the others go on", async () => {
  const bus = new EventBus();
  const sleeper = bus.listen();
  const awake = bus.listen()[Symbol.asyncIterator]();
  const next = async () => (await within("an event", awake.next())).value;
  for (let n = 0; n <= 10_500; n++) {
    bus.emit({ event: "no-peers-have-game", game_id: GameId.parse("game") });
    assertEquals((await next())?.event, "no-peers-have-game");
  }
  assertEquals((await within("the end", Array.fromAsync(sleeper))).length, 10_000);
  bus.emit(count(7));
  assertEquals(await next(), count(7));
});
