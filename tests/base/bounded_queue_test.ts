/**
 * The queue whose consumer may never come.
 *
 * @module
 */

import fc from "fast-check";
import { BoundedQueue } from "../../src/base/bounded_queue.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { holds } from "../support/seeds.ts";

/** A value: of a snapshot where it has a key. */
interface Value {
  key?: string;
  n: number;
}

function makeQueue(onOverflow = () => {}): BoundedQueue<Value> {
  return new BoundedQueue({ snapshotKey: ({ key }: Value) => key, onOverflow });
}

Deno.test("a consumer that keeps up gets every value, snapshots included, in order", async () => {
  const queue = makeQueue();
  const reading = Array.fromAsync(queue);
  for (let n = 0; n < 200; n++) {
    queue.push({ key: "progress", n });
    if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve));
  }
  queue.close();
  assertEquals(
    (await within("the end", reading)).map(({ n }) => n),
    Array.from({ length: 200 }, (_, n) => n),
  );
});

Deno.test("of what nobody takes there is a bounded number of snapshots, the newest last", async () => {
  const queue = makeQueue();
  for (let n = 0; n < 100_000; n++) queue.push({ key: `game${n % 3}`, n });
  assert(queue.size < 50, String(queue.size));
  queue.close();
  const values = await Array.fromAsync(queue);
  assertEquals(values.slice(-3).map(({ n }) => n), [99_997, 99_998, 99_999]);
});

Deno.test("whatever is pushed, what is no snapshot comes once in order, and each key's newest comes last", async () => {
  const value = fc.record({ key: fc.option(fc.constantFrom("a", "b"), { nil: undefined }) });
  await holds(fc.asyncProperty(fc.array(value, { maxLength: 300 }), async (pushed) => {
    const queue = makeQueue();
    const all = pushed.map(({ key }, n): Value => ({ ...(key ? { key } : {}), n }));
    for (const one of all) queue.push(one);
    queue.close();
    const got = await Array.fromAsync(queue);
    assertEquals(got.filter(({ key }) => !key), all.filter(({ key }) => !key));
    assertEquals(got.map(({ n }) => n), got.map(({ n }) => n).toSorted((a, b) => a - b));
    for (const key of ["a", "b"]) {
      const newest = (values: Value[]) => values.findLast((one) => one.key === key);
      assertEquals(newest(got), newest(all));
    }
  }));
});

Deno.test("ten thousand values that must not be lost are kept; one more ends the queue, told once", async () => {
  let overflows = 0;
  const queue = makeQueue(() => overflows++);
  for (let n = 0; n < 10_000; n++) assert(queue.push({ n }));
  assertEquals([overflows, queue.size], [0, 10_000]);
  assertEquals([queue.push({ n: -1 }), queue.push({ n: -2 }), overflows], [false, false, 1]);
  const values = await within("the end", Array.fromAsync(queue));
  assertEquals([values.length, values.at(-1)?.n], [10_000, 9_999]);
});

Deno.test("a consumer that leaves early leaves the other values for the next one", async () => {
  const queue = makeQueue();
  for (let n = 0; n < 3; n++) queue.push({ n });
  queue.close();
  for await (const _ of queue) break;
  assertEquals((await Array.fromAsync(queue)).map(({ n }) => n), [1, 2]);
});

Deno.test("close() wakes a consumer that waits, and a closed queue takes nothing more", async () => {
  const queue = makeQueue();
  const reading = Array.fromAsync(queue);
  await Promise.resolve();
  queue.close();
  assertEquals(queue.push({ n: 1 }), false);
  assertEquals(await within("the end", reading), []);
});
