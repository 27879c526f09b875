/**
 * Small tools around `AbortSignal`.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { LanspreadError } from "./errors.ts";

/** Settles like `promise`, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Runs `task` with a signal that aborts after `ms` milliseconds. Rejects with `timeout`, saying `what` took too
 * long; unlike `AbortSignal.timeout()` the timer ends with the task.
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
  clock: Clock = SYSTEM_CLOCK,
): Promise<T> {
  const deadline = new AbortController();
  const over = new AbortController();
  const onTime = () => deadline.abort(new LanspreadError("timeout", `${what} took longer than ${ms} ms`));
  clock.sleep(ms, over.signal).then(onTime, () => {});
  const both = AbortSignal.any([signal, deadline.signal]);
  try {
    return await abortable(task(both), both);
  } finally {
    over.abort();
  }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
