/**
 * Intervals that fire only when a test says so, instead of those of the runtime, until they are disposed.
 *
 * @module
 */

/** Intervals that fire only when the test says so. */
export class HeldIntervals implements Disposable {
  readonly #real = { set: globalThis.setInterval, clear: globalThis.clearInterval };
  readonly #tasks = new Map<number, () => void>();

  constructor() {
    let next = 1;
    const set = (task: () => void) => {
      this.#tasks.set(next, task);
      return next++;
    };
    Object.assign(globalThis, { setInterval: set, clearInterval: (id: number) => this.#tasks.delete(id) });
  }

  /** How many are running. */
  get held(): number {
    return this.#tasks.size;
  }

  /** Lets all fire once. */
  tick(): void {
    for (const task of [...this.#tasks.values()]) task();
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, { setInterval: this.#real.set, clearInterval: this.#real.clear });
  }
}
