/**
 * A queue between a producer that never waits and one consumer that may never come: bounded in memory.
 *
 * Some values are snapshots: a newer one with the same key says all that the older one said. While few values wait,
 * all are kept. Once the consumer is behind, only the newest snapshot of each key is, at its own place in the order.
 * Everything else is kept until there is really too much of it; then the queue gives up its consumer.
 *
 * ```ts
 * import { BoundedQueue } from "./bounded_queue.ts";
 *
 * const queue = new BoundedQueue<string>({ snapshotKey: (value) => value.startsWith("50") ? "%" : undefined });
 * for (const value of ["501", "begin", "502", "end"]) queue.push(value);
 * queue.close();
 * console.assert((await Array.fromAsync(queue)).join() === "501,begin,502,end");
 * ```
 *
 * @module
 */

/** Values that wait before old snapshots are dropped. */
const BEHIND = 32;
/** Values that wait before the consumer is given up. */
const MAX_WAITING = 10_000;

/** How a queue behaves. */
export interface BoundedQueueOptions<T> {
  /** What a snapshot is of; `undefined` for a value that must not be lost. */
  snapshotKey(value: T): string | undefined;
  /** The consumer is so far behind that the queue was closed; what waits is still handed out. */
  onOverflow?(): void;
}

/** Values in order; iteration ends after `close()` when all were taken. */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #options: BoundedQueueOptions<T>;
  /** What waits, by its number; a map keeps the order and forgets from its middle. */
  readonly #waiting = new Map<number, T>();
  /** The number of the newest snapshot that waits, by what it is of. */
  readonly #newest = new Map<string, number>();
  #next = 0;
  #wake: (() => void) | undefined;
  #is_closed = false;

  constructor(options: BoundedQueueOptions<T>) {
    this.#options = options;
  }

  /** How many values wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Adds a value; `false` when the queue is closed and the value was not taken. */
  push(value: T): boolean {
    if (this.#is_closed) return false;
    this.#dropOlder(value);
    if (this.#waiting.size >= MAX_WAITING) return this.#giveUp();
    this.#waiting.set(this.#next++, value);
    this.#wake?.();
    return true;
  }

  #dropOlder(value: T): void {
    const key = this.#options.snapshotKey(value);
    if (key === undefined) return;
    const older = this.#newest.get(key);
    if (older !== undefined && this.#waiting.size >= BEHIND) this.#waiting.delete(older);
    this.#newest.set(key, this.#next);
  }

  #giveUp(): false {
    this.close();
    this.#options.onOverflow?.();
    return false;
  }

  /** Ends the iteration; what waits is still handed out. */
  close(): void {
    this.#is_closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (true) {
      for (const [number, value] of this.#waiting) {
        this.#waiting.delete(number);
        yield value;
      }
      if (this.#is_closed) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}
