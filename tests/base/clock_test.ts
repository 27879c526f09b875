/**
 * The machine's clock.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";

const LONG_MS = 3_600_000;

Deno.test("now() never goes back", () => {
  let last = SYSTEM_CLOCK.now();
  for (let i = 0; i < 10_000; i++) {
    const now = SYSTEM_CLOCK.now();
    assert(now >= last);
    last = now;
  }
});

Deno.test("sleep() ends, not before its time", async () => {
  const start = SYSTEM_CLOCK.now();
  await within("sleep()", SYSTEM_CLOCK.sleep(5, new AbortController().signal));
  // A timer may be a rounding error of the clock early, never more.
  assert(SYSTEM_CLOCK.now() - start > 4);
});

Deno.test("sleep() rejects with the reason when it is cancelled, and leaves no timer", {
  sanitizeOps: true,
}, async () => {
  const controller = new AbortController();
  const sleeping = SYSTEM_CLOCK.sleep(LONG_MS, controller.signal);
  const reason = { why: "enough" };
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => within("sleep()", sleeping)), reason);
});

Deno.test("sleep() under a cancelled signal rejects without starting a timer", async () => {
  const signal = AbortSignal.abort("before");
  assertEquals(
    await SYSTEM_CLOCK.sleep(LONG_MS, signal).then(() => "slept", (reason) => reason),
    "before",
  );
});

Deno.test("sleep() leaves no listener behind, whether it ends or is cancelled", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  for (let i = 0; i < 3; i++) await within("sleep()", SYSTEM_CLOCK.sleep(0, signal));
  assertEquals(listeners, 0);
});
