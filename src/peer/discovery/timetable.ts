/**
 * What is due when. One loop waits for the next entry, and is woken when an earlier one comes in.
 *
 * ```ts
 * import { SYSTEM_CLOCK } from "../../base/clock.ts";
 * import { Timetable } from "./timetable.ts";
 *
 * const timetable = new Timetable<"look" | "send">(SYSTEM_CLOCK);
 * timetable.set("look", SYSTEM_CLOCK.now() + 10_000);
 * timetable.set("send", SYSTEM_CLOCK.now());
 * console.assert(await timetable.next(new AbortController().signal) === "send");
 * ```
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";

const LONGEST_SLEEP_MS = 3_600_000;

/** Entries by name; each has at most one time, in milliseconds of the clock. */
export class Timetable<Entry extends string> {
  readonly #clock: Clock;
  readonly #due = new Map<Entry, number>();
  #wake = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes `entry` due at `at`, whatever was set before. */
  set(entry: Entry, at: number): void {
    this.#due.set(entry, at);
    this.#wake.abort();
  }

  /** Makes `entry` due at `at`, unless it is due before that anyway. */
  setEarlier(entry: Entry, at: number): void {
    if (at < (this.#due.get(entry) ?? Infinity)) this.set(entry, at);
  }

  /** Waits for the earliest entry, takes it out and returns it. Rejects when the signal aborts. */
  async next(signal: AbortSignal): Promise<Entry> {
    while (true) {
      signal.throwIfAborted();
      const [entry, at] = this.#earliest();
      if (entry !== undefined && at <= this.#clock.now()) {
        this.#due.delete(entry);
        return entry;
      }
      await this.#sleepUntil(at, signal);
    }
  }

  #earliest(): [Entry | undefined, number] {
    let found: [Entry | undefined, number] = [undefined, Infinity];
    for (const [entry, at] of this.#due) if (at < found[1]) found = [entry, at];
    return found;
  }

  async #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    const wake = this.#wake = new AbortController();
    const onAbort = () => wake.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    const rest_ms = Math.min(Math.max(at - this.#clock.now(), 0), LONGEST_SLEEP_MS);
    // Being woken only means to look again; whether the caller wants to go on is asked there.
    await this.#clock.sleep(rest_ms, wake.signal).catch(() => {});
    signal.removeEventListener("abort", onAbort);
  }
}
