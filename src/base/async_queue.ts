/**
 * A queue between a producer that never waits and one consumer that does.
 *
 * @module
 */

/** Values in order; iteration ends after `close()` when all were taken. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #values: T[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  /** How many values wait. */
  get size(): number {
    return this.#values.length;
  }

  /** Adds a value; `false` when the queue is closed and the value was not taken. */
  push(value: T): boolean {
    if (this.#closed) return false;
    this.#values.push(value);
    this.#wake?.();
    return true;
  }

  /** Ends the iteration; what waits is still handed out. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#closed) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}
