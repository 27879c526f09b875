import { EventBus, type PeerEvent } from "../../src/peer/events.ts";
import { assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";

const count = (n: number): PeerEvent => ({ event: "peer-count", count: n });

Deno.test("every listener hears every event in order, also a slow one", async () => {
  const bus = new EventBus();
  const listeners = [bus.listen(), bus.listen()];
  for (let n = 0; n < 100; n++) bus.emit(count(n));
  bus.close();
  for (const listener of listeners) {
    assertEquals(await Array.fromAsync(listener), Array.from({ length: 100 }, (_, n) => count(n)));
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
