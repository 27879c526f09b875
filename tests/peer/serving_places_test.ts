/**
 * How many chunks are served at a time, and to whom; and the budget of bytes behind it.
 *
 * @module
 */

import { BufferBudget } from "../../src/base/buffer_budget.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import { ServingPlaces } from "../../src/peer/serving_places.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import { MAX_BUFFER_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { connectTo, never } from "../support/memory_peers.ts";
import { newPeerId } from "../support/parties.ts";

const MIB = 1024 * 1024;

function takeAll(places: ServingPlaces, peer_id: PeerId, wanted = Infinity): Disposable[] {
  const taken: Disposable[] = [];
  try {
    while (taken.length < wanted) taken.push(places.take(peer_id));
  } catch (error) {
    assertEquals((error as LanspreadError).code, "busy");
  }
  return taken;
}

Deno.test("a peer that comes when the others took all they get finds a place at once", () => {
  const places = new ServingPlaces(new BufferBudget(MAX_BUFFER_BYTES));
  const greedy = Array.from({ length: 127 }, () => takeAll(places, newPeerId()));
  assert(greedy.every((taken) => taken.length >= 2), "somebody got nothing");
  const late = newPeerId();
  assertEquals(takeAll(places, late).length, 2);
});

Deno.test("a peer alone gets 32 places, and with many no more than its share", () => {
  const places = new ServingPlaces(new BufferBudget(MAX_BUFFER_BYTES));
  const first = newPeerId();
  const taken = takeAll(places, first);
  assertEquals(taken.length, 32);
  const others = Array.from({ length: 31 }, newPeerId);
  for (const peer_id of others) takeAll(places, peer_id, 1);
  // Of what it has nothing is taken away; it gets none anew until it is below its share of 256 / 32.
  while (taken.length > 8) {
    assertThrows(() => places.take(first), LanspreadError, "too many");
    taken.pop()?.[Symbol.dispose]();
  }
  taken.pop()?.[Symbol.dispose]();
  taken.push(places.take(first));
});

Deno.test("128 peers are served; the 129th is when one has gone", () => {
  const places = new ServingPlaces(new BufferBudget(MAX_BUFFER_BYTES));
  const all = Array.from({ length: 128 }, () => places.take(newPeerId()));
  assertThrows(() => places.take(newPeerId()), LanspreadError, "too many");
  all[5]?.[Symbol.dispose]();
  places.take(newPeerId());
});

Deno.test("what peers may hold fits the budget, and comes back when they go", () => {
  const budget = new BufferBudget(MAX_BUFFER_BYTES);
  const places = new ServingPlaces(budget);
  const all = Array.from({ length: 128 }, () => takeAll(places, newPeerId())).flat();
  assert(budget.used_bytes > 128 * MIB && budget.used_bytes < 200 * MIB, String(budget.used_bytes));
  for (const place of all) place[Symbol.dispose]();
  assertEquals(budget.used_bytes, 0);
});

Deno.test("where others have used up the budget a peer is told to come later, and takes nothing", () => {
  const budget = new BufferBudget(MAX_BUFFER_BYTES);
  const places = new ServingPlaces(budget);
  const others = budget.take(MAX_BUFFER_BYTES - MIB);
  for (let n = 0; n < 200; n++) {
    assertThrows(() => places.take(newPeerId()), LanspreadError, "too many bytes");
  }
  assertEquals(budget.used_bytes, MAX_BUFFER_BYTES - MIB);
  others[Symbol.dispose]();
  places.take(newPeerId());
});

Deno.test("bytes that are given back twice count once", () => {
  const budget = new BufferBudget(100);
  const some = budget.take(60);
  budget.take(40);
  assertThrows(() => budget.take(1), LanspreadError);
  some[Symbol.dispose]();
  some[Symbol.dispose]();
  assertEquals(budget.used_bytes, 40);
});

Deno.test("a frame takes its declared length before it is there, and gives it back however it ends", async () => {
  const budget = new BufferBudget(1_000);
  const half = Promise.withResolvers<void>();
  await using link = await connectTo(async (stream) => {
    const frame = new Uint8Array(4 + 600);
    new DataView(frame.buffer).setUint32(0, 600);
    frame.fill(0x20, 4).set(new TextEncoder().encode("{}"), 4);
    await stream.write(frame.subarray(0, 10));
    await half.promise;
    await stream.write(frame.subarray(10));
  });
  const [first, second] = await Promise.all([
    link.connection.openStream(never),
    link.connection.openStream(never),
  ]);
  const reading = readFrame(first, 1_000, budget);
  while (budget.used_bytes === 0) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(budget.used_bytes, 600);
  const error = await assertRejects(() => readFrame(second, 1_000, budget), LanspreadError);
  assertEquals(error.code, "busy");
  assertEquals(budget.used_bytes, 600);
  half.resolve();
  assertEquals(await reading, {});
  assertEquals(budget.used_bytes, 0);
});

Deno.test("the places are free exactly while nobody is served", () => {
  const places = new ServingPlaces(new BufferBudget(MAX_BUFFER_BYTES));
  const peer_id = newPeerId();
  assert(places.are_free);
  const taken = [places.take(peer_id), places.take(peer_id)];
  assert(!places.are_free);
  taken[0]?.[Symbol.dispose]();
  assert(!places.are_free);
  taken[1]?.[Symbol.dispose]();
  assert(places.are_free);
});
