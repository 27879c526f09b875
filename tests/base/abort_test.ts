/**
 * The tools around `AbortSignal`.
 *
 * @module
 */

import { abortable, aborted, withDeadline } from "../../src/base/abort.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { within } from "../support/deadline.ts";

const never = new Promise<never>(() => {});

Deno.test("abortable() settles like its promise while nobody aborts", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(7), signal), 7);
  const failure = new Error("no");
  assertStrictEquals(await assertRejects(() => abortable(Promise.reject(failure), signal)), failure);
});

Deno.test("abortable() rejects with the signal's reason, before and during the wait", async () => {
  assertEquals(await abortable(never, AbortSignal.abort("early")).catch((reason) => reason), "early");
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort("late");
  assertEquals(await within("abortable()", waiting).catch((reason) => reason), "late");
});

Deno.test("abortable() lets no failure of its promise escape after the abort", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  try {
    const controller = new AbortController();
    const late = Promise.withResolvers<void>();
    const waits = [abortable(late.promise, controller.signal), abortable(late.promise, AbortSignal.abort())];
    controller.abort();
    await Promise.allSettled(waits);
    late.reject(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(unhandled, []);
  } finally {
    globalThis.removeEventListener("unhandledrejection", onUnhandled);
  }
});

Deno.test("withDeadline() gives the task's result and leaves no timer", { sanitizeOps: true }, async () => {
  const result = await withDeadline("it", 3_600_000, new AbortController().signal, () => Promise.resolve(7));
  assertEquals(result, 7);
  const failing = withDeadline("it", 3_600_000, new AbortController().signal, () => {
    throw new TypeError("at once");
  });
  await assertRejects(() => failing, TypeError, "at once");
});

Deno.test("withDeadline() rejects with `timeout`, says what took too long, and aborts the task", async () => {
  let seen: AbortSignal | undefined;
  const late = withDeadline("hello to kitchen", 1, new AbortController().signal, (signal) => {
    seen = signal;
    return never;
  });
  const error = await assertRejects(() => within("the deadline", late), LanspreadError);
  assertEquals(error.code, "timeout");
  assertStringIncludes(error.message, "hello to kitchen");
  assert(seen?.aborted);
});

Deno.test("withDeadline() passes the caller's cancellation on, with its reason", async () => {
  const controller = new AbortController();
  let seen: AbortSignal | undefined;
  const running = withDeadline("it", 3_600_000, controller.signal, (signal) => {
    seen = signal;
    return never;
  });
  controller.abort("enough");
  assertEquals(await within("the task", running).catch((reason) => reason), "enough");
  assertEquals(seen?.reason, "enough");
});

Deno.test("aborted() resolves when the signal aborts, and at once when it has", async () => {
  await within("aborted()", aborted(AbortSignal.abort()));
  const controller = new AbortController();
  let over = false;
  const waiting = aborted(controller.signal).then(() => over = true);
  await Promise.resolve();
  assert(!over);
  controller.abort();
  await within("aborted()", waiting);
});
