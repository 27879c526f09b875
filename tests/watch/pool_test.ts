import { forEachPooled } from "../../src/watch/pool.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";

Deno.test("forEachPooled() works on every item once, never on more than the limit at a time", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachPooled(
    Array.from({ length: 50 }, (_, i) => i),
    4,
    new AbortController().signal,
    async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 0));
      running--;
      done.push(item);
    },
  );
  assertEquals(done.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  assertEquals(most, 4);
});

Deno.test("forEachPooled() begins nothing after a failure, and waits for what runs", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  await assertRejects(
    () =>
      forEachPooled([0, 1, 2, 3, 4, 5], 2, new AbortController().signal, async (item) => {
        begun.push(item);
        if (item === 0) throw new RangeError("the first one");
        await new Promise((resolve) => setTimeout(resolve, 5));
        ended.push(item);
      }),
    RangeError,
    "the first one",
  );
  assertEquals(begun, [0, 1]);
  assertEquals(ended, [1]);
});

Deno.test("forEachPooled() stops between items when the signal aborts", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  let count = 0;
  const thrown = await assertRejects(() =>
    forEachPooled(Array(100).keys(), 1, controller.signal, () => {
      if (++count === 3) controller.abort(reason);
      return Promise.resolve();
    })
  );
  assert(thrown === reason);
  assertEquals(count, 3);
});
