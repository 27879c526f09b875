/**
 * A clock that moves only when a test says so.
 *
 * @module
 */

import type { Clock } from "../../src/base/clock.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Starts at 0 ms. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  /** How many sleepers are waiting. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: () => done(resolve) };
      const onAbort = () => done(() => reject(signal.reason));
      const done = (settle: () => void) => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves time on by `ms`, stopping at every sleeper on the way; what they do has settled before it goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#earliest(end); next; next = this.#earliest(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  #earliest(end: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything run that is ready to run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
