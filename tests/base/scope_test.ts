/**
 * Scopes: nothing outlives its parent, and no failure is lost.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";

/** A task that lasts until its scope is cancelled, and then ends with the reason. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const join = (scope: Scope) => within("join()", scope.join());

Deno.test("a failing task aborts its siblings with its error, and join() throws it", async () => {
  const scope = new Scope();
  const failure = new LanspreadError("io", "the disk went away");
  let seen: unknown;
  scope.spawn("waits", (signal) => untilAborted(signal).catch((reason) => seen = reason));
  scope.spawn("fails", () => Promise.reject(failure));
  assertStrictEquals(await assertRejects(() => join(scope)), failure);
  assertStrictEquals(seen, failure);
  assert(scope.signal.aborted);
  assertEquals(scope.size, 0);
});

Deno.test("a task that throws before its first await fails like any other", async () => {
  const scope = new Scope();
  const failure = new TypeError("wrong");
  scope.spawn("throws", () => {
    throw failure;
  });
  assertStrictEquals(await assertRejects(() => join(scope)), failure);
});

Deno.test("join() throws the first failure, not those that follow from it", async () => {
  const scope = new Scope();
  const first = new Error("first");
  scope.spawn("follows", (signal) => untilAborted(signal).catch(() => Promise.reject(new Error("second"))));
  scope.spawn("fails", () => Promise.reject(first));
  assertStrictEquals(await assertRejects(() => join(scope)), first);
  assertStrictEquals(await assertRejects(() => join(scope)), first);
});

Deno.test("a falsy failure is a failure too", async () => {
  const scope = new Scope();
  scope.spawn("fails", () => Promise.reject(undefined));
  assertEquals(await join(scope).then(() => "joined", (error) => [error]), [undefined]);
});

Deno.test("with onError a failure is reported by its task's name, and the other tasks go on", async () => {
  const errors: [unknown, string][] = [];
  const scope = new Scope({ onError: (error, task) => errors.push([error, task]) });
  const failure = new Error("no");
  const go = Promise.withResolvers<void>();
  let finished = false;
  scope.spawn("fails", () => Promise.reject(failure));
  scope.spawn("goes on", async (signal) => {
    await go.promise;
    signal.throwIfAborted();
    finished = true;
  });
  await within(
    "the report",
    (async () => {
      while (errors.length === 0) await Promise.resolve();
    })(),
  );
  assert(!scope.signal.aborted);
  go.resolve();
  await join(scope);
  assert(finished);
  assertEquals(errors, [[failure, "fails"]]);
});

Deno.test("an onError that throws ends the scope with what it threw", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  try {
    const broken = new Error("the log is closed");
    const scope = new Scope({
      onError: () => {
        throw broken;
      },
    });
    scope.spawn("fails", () => Promise.reject(new Error("no")));
    const ending = await join(scope).then(() => "joined", (error) => error);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(unhandled, [], "the failure escaped from its scope and would end the program");
    assertStrictEquals(ending, broken);
  } finally {
    globalThis.removeEventListener("unhandledrejection", onUnhandled);
  }
});

const REASONS: Record<string, unknown> = {
  "the default reason": undefined,
  "a LanspreadError": new LanspreadError("cancelled", "the user cancelled"),
  "a plain value": "enough",
  "a timeout": new DOMException("late", "TimeoutError"),
};

for (const [what, reason] of Object.entries(REASONS)) {
  Deno.test(`a scope that is cancelled with ${what} has not failed`, async () => {
    const errors: unknown[] = [];
    for (const options of [{}, { onError: (error: unknown) => errors.push(error) }]) {
      const scope = new Scope(options);
      scope.spawn("waits", untilAborted);
      reason === undefined ? scope.abort() : scope.abort(reason);
      await join(scope);
      assertEquals(scope.size, 0);
    }
    assertEquals(errors, []);
  });

  Deno.test(`a scope whose parent is cancelled with ${what} is cancelled and has not failed`, async () => {
    const parent = new AbortController();
    const scope = new Scope({ parent: parent.signal });
    scope.spawn("waits", untilAborted);
    parent.abort(reason);
    assertStrictEquals(scope.signal.reason, parent.signal.reason);
    await join(scope);
  });
}

Deno.test("a scope under a parent that is already cancelled hands out an aborted signal", async () => {
  const scope = new Scope({ parent: AbortSignal.abort("over") });
  let seen: unknown;
  scope.spawn("looks", (signal) => Promise.resolve(seen = signal.reason));
  await join(scope);
  assertEquals(seen, "over");
});

Deno.test("aborting a scope leaves its parent alone", async () => {
  const parent = new AbortController();
  const scope = new Scope({ parent: parent.signal });
  scope.abort();
  await join(scope);
  assert(!parent.signal.aborted);
});

Deno.test("a real failure while the scope is being cancelled is still thrown", async () => {
  const scope = new Scope();
  const failure = new LanspreadError("disk_full", "the journal could not be saved");
  scope.spawn("cleans up", (signal) => untilAborted(signal).catch(() => Promise.reject(failure)));
  scope.abort();
  assertStrictEquals(await assertRejects(() => join(scope)), failure);
});

Deno.test("join() waits for tasks that are spawned while it waits, and for theirs", async () => {
  const scope = new Scope();
  const done: string[] = [];
  const open = Promise.withResolvers<void>();
  scope.spawn("first", async () => {
    await open.promise;
    scope.spawn("second", async () => {
      await new Promise((resolve) => setTimeout(resolve));
      scope.spawn("third", async () => {
        await new Promise((resolve) => setTimeout(resolve));
        done.push("third");
      });
      done.push("second");
    });
    done.push("first");
  });
  const joined = join(scope);
  open.resolve();
  await joined;
  assertEquals(done, ["first", "second", "third"]);
});

Deno.test("leaving the block of a scope cancels its tasks and waits for their clean-up", async () => {
  const cleaning = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const events: string[] = [];
  const block = (async () => {
    await using scope = new Scope();
    scope.spawn("cleans up", async (signal) => {
      await untilAborted(signal).catch(() => {});
      cleaning.resolve();
      await finish.promise;
      events.push("cleaned");
    });
  })().then(() => events.push("left"));
  await within("the cancellation", cleaning.promise);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(events, []);
  finish.resolve();
  await within("the end of the block", block);
  assertEquals(events, ["cleaned", "left"]);
});

Deno.test("size counts the running tasks", async () => {
  const scope = new Scope();
  const end = Promise.withResolvers<void>();
  assertEquals(scope.size, 0);
  scope.spawn("a", () => end.promise);
  scope.spawn("b", () => end.promise);
  assertEquals(scope.size, 2);
  end.resolve();
  await join(scope);
  assertEquals(scope.size, 0);
});

Deno.test("a scope without tasks joins at once", async () => await join(new Scope()));
