/**
 * Notices that nothing comes back, and asks again: a second opinion beside quiche's own timers.
 *
 * quiche 0.18 takes the time at which a pacer would have sent a datagram for the time at which it was sent, and the
 * binding does not tell that time. Where many datagrams get lost and the window is small, the two drift apart by a
 * second and more; quiche then takes as long to see that its last datagrams are lost. Three datagrams that have to be
 * acknowledged show it at once (RFC 9002, section 6.1.1).
 *
 * @module
 */

/** Datagrams behind a lost one that show its loss. */
const PROBES = 3;
/** How long the other end may be silent, in milliseconds: a little more than it may wait with an acknowledgement. */
const FIRST_WAIT_MS = 30;
/** No longer than the keep-alive waits anyway. */
const LONGEST_WAIT_MS = 400;

/** Decides when to probe; one for each connection. Times are of any one clock, in milliseconds. */
export class Probes {
  #due_ms = Infinity;
  #wait_ms = FIRST_WAIT_MS;
  #left = 0;

  /** When the next probes are due; `Infinity` for not at all. */
  get due_ms(): number {
    return this.#due_ms;
  }

  /** Datagrams were sent, of which some may have to be acknowledged. */
  sent(now_ms: number): void {
    if (this.#due_ms === Infinity) this.#due_ms = now_ms + this.#wait_ms;
  }

  /** Something came. */
  received(): void {
    this.#due_ms = Infinity;
    this.#wait_ms = FIRST_WAIT_MS;
    this.#left = 0;
  }

  /** Has to be called when they may be due; each silence is waited out for twice as long. */
  check(now_ms: number): void {
    if (now_ms < this.#due_ms) return;
    this.#left = PROBES;
    this.#wait_ms = Math.min(LONGEST_WAIT_MS, 2 * this.#wait_ms);
    this.#due_ms = now_ms + this.#wait_ms;
  }

  /** Whether another probe is to be sent now; counts it. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
