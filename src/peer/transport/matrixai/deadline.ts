/**
 * A timer that is moved often and fires seldom.
 *
 * @module
 */

/** Calls back when the time that was set last has come. */
export class Deadline implements Disposable {
  readonly #onDue: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fires_ms = Infinity;
  #due_ms = Infinity;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Moves the deadline to `ms` milliseconds from now; `Infinity` for never. */
  set(ms: number): void {
    // The timer may fire up to a millisecond before quiche thinks that it is time.
    this.#due_ms = performance.now() + ms + 1;
    // A timer that fires too early looks again: that is cheaper than moving it with every datagram.
    if (this.#due_ms >= this.#fires_ms) return;
    clearTimeout(this.#timer);
    this.#arm();
  }

  #arm(): void {
    if (this.#due_ms === Infinity) return;
    this.#fires_ms = this.#due_ms;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, this.#due_ms - performance.now()));
  }

  #fire(): void {
    this.#fires_ms = Infinity;
    if (performance.now() < this.#due_ms) return this.#arm();
    this.#due_ms = Infinity;
    this.#onDue();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#fires_ms = Infinity;
    this.#due_ms = Infinity;
  }
}
