/**
 * Who goes next.
 *
 * @module
 */

import fc from "fast-check";
import { FairQueue, type Place } from "../../src/base/fair_queue.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const WINDOW = 100;

/** Serves `count` entries, each at once, from lanes that never run dry. Gives the cost that each key was served. */
function serve(costs: Record<string, number[]>, count: number): Map<string, number> {
  const queue = new FairQueue<string, number>(WINDOW);
  for (const [key, [...all]] of Object.entries(costs)) {
    all.forEach((cost, value) => queue.add(key, { value, cost }));
  }
  const served = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const place = queue.next();
    if (!place) break;
    served.set(place.key, (served.get(place.key) ?? 0) + place.cost);
    queue.done(place);
    queue.add(place.key, { value: place.value, cost: place.cost });
  }
  return served;
}

function taken(queue: FairQueue<string, string>): string[] {
  const values: string[] = [];
  for (let place = queue.next(); place; place = queue.next()) values.push(place.value);
  return values;
}

Deno.test("a key with 32 entries gets no more than one with a single entry", () => {
  const served = serve({ greedy: Array(32).fill(100), modest: [100], other: [100, 100] }, 300);
  assertEquals([...served.values()], [10_000, 10_000, 10_000]);
});

Deno.test("what counts is the cost and not the number of entries", () => {
  const served = serve({ large: [100], small: Array(10).fill(10) }, 1_100);
  const [large = 0, small = 0] = ["large", "small"].map((key) => served.get(key));
  assert(Math.abs(large - small) <= WINDOW, `${large} and ${small}`);
});

Deno.test("whatever waits, no two busy keys are ever more than a window and an entry apart", async () => {
  const lane = fc.array(fc.integer({ min: 1, max: WINDOW }), { minLength: 1, maxLength: 8 });
  await holds(fc.property(fc.array(lane, { minLength: 2, maxLength: 6 }), (lanes) => {
    const served = serve(Object.fromEntries(lanes.map((costs, n) => [`key${n}`, costs])), 500);
    const all = lanes.map((_, n) => served.get(`key${n}`) ?? 0);
    assert(Math.max(...all) - Math.min(...all) <= 2 * WINDOW, all.join());
  }));
});

Deno.test("every entry comes out exactly once, whatever is added, taken, given back and withdrawn", async () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    cost: fc.integer({ min: 1, max: 200 }),
    do: fc.nat(3),
  });
  await holds(fc.property(fc.array(step), (steps) => {
    const queue = new FairQueue<string, number>(WINDOW);
    const waiting: Place<string, number>[] = [];
    const under_way: Place<string, number>[] = [];
    let gone = 0;
    const takeOne = () => {
      const place = queue.next();
      if (!place) return;
      assertEquals(waiting.splice(waiting.indexOf(place), 1), [place]);
      under_way.push(place);
    };
    for (const [value, { key, cost, do: what }] of steps.entries()) {
      if (what < 2) waiting.push(queue.add(key, { value, cost }));
      else if (what === 2) takeOne();
      const back = what === 3 ? under_way.shift() : undefined;
      const withdrawn = what === 3 && value % 2 === 0 ? waiting.pop() : undefined;
      if (back) queue.done(back);
      if (withdrawn) assert(queue.remove(withdrawn));
      gone += Number(back !== undefined) + Number(withdrawn !== undefined);
    }
    while (waiting.length > 0) {
      takeOne();
      const back = under_way.shift();
      assert(back, "something waits, nothing is under way, and nothing comes");
      queue.done(back);
      gone++;
    }
    assertEquals(gone + under_way.length, steps.filter((step) => step.do < 2).length);
  }));
});

Deno.test("a key has at most its window under way, and a larger entry alone", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  for (const value of ["a1", "a2", "a3"]) queue.add("a", { value, cost: 50 });
  queue.add("b", { value: "huge", cost: 1_000 });
  queue.add("b", { value: "tiny", cost: 1 });
  assertEquals(taken(queue).sort(), ["a1", "a2", "huge"]);
});

Deno.test("a key whose window is full holds back nobody, and catches nothing up afterwards", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  queue.add("slow", { value: "slow", cost: 100 });
  const stuck = queue.next();
  assert(stuck);
  for (let n = 0; n < 50; n++) queue.add("slow", { value: "slow", cost: 100 });
  for (let n = 0; n < 20; n++) {
    queue.add("fast", { value: "fast", cost: 100 });
    const place = queue.next();
    assertEquals(place?.value, "fast");
    if (place) queue.done(place);
  }
  queue.done(stuck);
  const order: string[] = [];
  for (let n = 0; n < 6; n++) {
    queue.add("fast", { value: "fast", cost: 100 });
    const place = queue.next();
    if (place) queue.done(place);
    order.push(place?.value ?? "nothing");
  }
  assert(order.filter((value) => value === "slow").length <= 4, order.join());
});

Deno.test("a key that comes late starts level with the others", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  const order: string[] = [];
  const serveOne = () => {
    const place = queue.next();
    if (!place) return;
    order.push(place.key);
    queue.done(place);
  };
  for (let n = 0; n < 20; n++) queue.add("early", { value: "", cost: 100 });
  for (let n = 0; n < 10; n++) serveOne();
  for (let n = 0; n < 20; n++) queue.add("late", { value: "", cost: 100 });
  for (let n = 0; n < 10; n++) serveOne();
  assertEquals(order.slice(10).filter((key) => key === "late").length, 5, order.join());
});

Deno.test("a key that asks for one thing after the other, with pauses, gets its share and not more", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  const served = { deep: 0, single: 0 };
  for (let n = 0; n < 400; n++) queue.add("deep", { value: "deep", cost: 10 });
  for (let n = 0; n < 200; n++) {
    if (n % 3 === 0) queue.add("single", { value: "single", cost: 100 });
    const place = queue.next();
    if (!place) break;
    queue.done(place);
    served[place.key as "deep" | "single"] += place.cost;
  }
  assert(served.single <= served.deep + 2 * WINDOW, JSON.stringify(served));
});

Deno.test("inside a key the lower order goes first, and equal ones in the order they came", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  const wishes: [string, number][] = [["c", 3], ["a", 1], ["b1", 2], ["b2", 2], ["z", 9]];
  for (const [value, order] of wishes) queue.add("key", { value, cost: 1, order });
  assertEquals(taken(queue), ["a", "b1", "b2", "c", "z"]);
});

Deno.test("remove() takes back only what waits", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  const first = queue.add("a", { value: "first", cost: 1 });
  const second = queue.add("a", { value: "second", cost: 1 });
  assert(queue.remove(first));
  assert(!queue.remove(first));
  assertEquals(taken(queue), ["second"]);
  assert(!queue.remove(second));
});

Deno.test("reduce() charges what is under way for less, and gives the window back", () => {
  const queue = new FairQueue<string, string>(WINDOW);
  const first = queue.add("a", { value: "a1", cost: WINDOW });
  queue.add("a", { value: "a2", cost: WINDOW - 1 });
  queue.add("b", { value: "b1", cost: 2 });
  assertEquals([queue.next(), queue.next()?.value], [first, "b1"]);
  assertEquals(queue.next(), undefined);
  queue.reduce(first, 1);
  assertEquals(queue.next()?.value, "a2");
  queue.done(first);
  queue.add("b", { value: "b2", cost: 1 });
  queue.add("a", { value: "a3", cost: 1 });
  assertEquals(queue.next()?.value, "b2");
});
