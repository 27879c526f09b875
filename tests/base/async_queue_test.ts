/**
 * The queue between a producer that never waits and a consumer that does.
 *
 * @module
 */

import fc from "fast-check";
import { AsyncQueue } from "../../src/base/async_queue.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { holds } from "../support/seeds.ts";

Deno.test("every value comes out once, in order, however pushes and reads alternate", async () => {
  await holds(fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (pauses) => {
    const queue = new AsyncQueue<number>();
    const reading = Array.fromAsync(queue);
    for (const [i, pause] of pauses.entries()) {
      assert(queue.push(i));
      if (pause) await new Promise((resolve) => setTimeout(resolve));
    }
    queue.close();
    assertEquals(await within("the end", reading), [...pauses.keys()]);
  }));
});

Deno.test("a closed queue takes nothing more, and hands out what waits", async () => {
  const queue = new AsyncQueue<string>();
  queue.push("a");
  queue.close();
  queue.close();
  assertEquals(queue.push("b"), false);
  assertEquals(await within("the end", Array.fromAsync(queue)), ["a"]);
});

Deno.test("closing wakes a consumer that waits", async () => {
  const queue = new AsyncQueue<string>();
  const reading = Array.fromAsync(queue);
  await Promise.resolve();
  queue.close();
  assertEquals(await within("the end", reading), []);
});

Deno.test("a value that is pushed while another is being used is not lost", async () => {
  const queue = new AsyncQueue<number>();
  queue.push(0);
  const seen: number[] = [];
  await within(
    "the end",
    (async () => {
      for await (const value of queue) {
        seen.push(value);
        value < 3 ? queue.push(value + 1) : queue.close();
      }
    })(),
  );
  assertEquals(seen, [0, 1, 2, 3]);
});

Deno.test("size counts the values that wait, also while the consumer is at work", async () => {
  const queue = new AsyncQueue<string>();
  for (const value of ["a", "b", "c"]) queue.push(value);
  assertEquals(queue.size, 3);
  const sizes: number[] = [];
  queue.close();
  for await (const _ of queue) sizes.push(queue.size);
  assertEquals(sizes, [2, 1, 0]);
});

Deno.test("a consumer that leaves early leaves the other values for the next one", async () => {
  const queue = new AsyncQueue<string>();
  for (const value of ["a", "b", "c"]) queue.push(value);
  queue.close();
  for await (const _ of queue) break;
  assertEquals(await within("the end", Array.fromAsync(queue)), ["b", "c"]);
});
