/**
 * How much memory the process may hold for bytes on their way from or to other peers.
 *
 * Participants: whoever is about to hold much for somebody else takes his share first, by the length that was declared;
 * what does not fit is refused, and the others go on.
 *
 * ```ts
 * import { BufferBudget } from "./buffer_budget.ts";
 *
 * const budget = new BufferBudget(1_000);
 * {
 *   using _ = budget.take(800);
 *   console.assert(budget.used_bytes === 800);
 * }
 * console.assert(budget.used_bytes === 0);
 * ```
 *
 * @module
 */

import { LanspreadError } from "./errors.ts";

/** A number of bytes that are given out and come back. */
export class BufferBudget {
  #used_bytes = 0;

  constructor(readonly limit_bytes: number) {}

  /** What is given out now. */
  get used_bytes(): number {
    return this.#used_bytes;
  }

  /** Takes `bytes` until they are disposed. Throws `busy` when they are not there. */
  take(bytes: number): Disposable {
    if (this.#used_bytes + bytes > this.limit_bytes) {
      throw new LanspreadError("busy", "too many bytes are on their way; try again");
    }
    this.#used_bytes += bytes;
    let left = bytes;
    return {
      [Symbol.dispose]: () => {
        this.#used_bytes -= left;
        left = 0;
      },
    };
  }
}
