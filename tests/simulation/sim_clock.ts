/**
 * The clock of a simulation: moves only when told to, wakes everybody who is due at one moment together, in the order
 * in which they went to sleep, and lets all that follows settle before the next moment.
 *
 * Like `FakeClock`, made for hundreds of thousands of moments.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../src/base/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Starts at 0 ms. */
export class SimClock implements Clock {
  #now = 0;
  /** By moment; in each the sleepers in order. */
  readonly #moments = new Map<number, Set<Sleeper>>();
  /** The moments, the latest first. */
  readonly #order: number[] = [];
  #sleeping = 0;

  now(): number {
    return this.#now;
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleeping;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const at = this.#now + ms;
      const onAbort = () => {
        if (this.#moments.get(at)?.delete(sleeper)) this.#sleeping--;
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const sleeper: Sleeper = { at, wake };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#momentAt(at).add(sleeper);
      this.#sleeping++;
    });
  }

  /** Moves time on by `ms`, stopping at every moment on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let at = this.#order.at(-1); at !== undefined && at <= end; at = this.#order.at(-1)) {
      this.#order.pop();
      const sleepers = this.#moments.get(at) ?? [];
      this.#moments.delete(at);
      this.#now = Math.max(this.#now, at);
      if (this.#wakeAll(sleepers) > 0) await settled();
    }
    this.#now = end;
  }

  // A sleeper of the same moment may be aborted by another one that wakes first: the set is live.
  #wakeAll(sleepers: Iterable<Sleeper>): number {
    let count = 0;
    for (const sleeper of sleepers) {
      this.#sleeping--;
      count++;
      sleeper.wake();
    }
    return count;
  }

  #momentAt(at: number): Set<Sleeper> {
    const known = this.#moments.get(at);
    if (known) return known;
    const fresh = new Set<Sleeper>();
    this.#moments.set(at, fresh);
    let i = this.#order.length;
    while (i > 0 && (this.#order[i - 1] as number) < at) i--;
    this.#order.splice(i, 0, at);
    return fresh;
  }
}

/** Lets everything run that is ready to run: a turn of the event loop comes after all promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
