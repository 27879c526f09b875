/**
 * Bytes a second as an upper bound: a token bucket, and the line of those who wait for its tokens.
 *
 * Participants: `TokenBucket` is pure, time comes as an argument. `RateLimiter` waits: first come, first served, so
 * transfers that take one piece at a time share the rate evenly.
 *
 * ```ts
 * import { TokenBucket } from "./rate_limit.ts";
 *
 * const bucket = new TokenBucket({ bytes_per_s: 1_000, burst_bytes: 500 }, 0);
 * console.assert(bucket.take(500, 0) === 0);
 * console.assert(bucket.take(100, 0) === 100); // refused: to be asked again in 100 ms
 * console.assert(bucket.take(100, 100) === 0);
 * ```
 *
 * @module
 */

import { abortable } from "./abort.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

/** Below this, in bytes a second, a piece of the smallest size takes too long to tell a slow peer from a dead one. */
export const LEAST_RATE = 10 * 1_024;
/** Above this, in bytes a second, nothing is limited any more. */
export const MOST_RATE = 1_024 ** 4;
/** Seconds of the rate that may go at once after a pause. */
const BURST_S = 0.25;
/** Seconds of the rate that one piece is worth. */
const PIECE_S = 0.1;
const MIN_PIECE_BYTES = 1_024;
const MAX_PIECE_BYTES = 256 * 1_024;

/** Tokens that come with time; one for each byte. In `t` ms at most `burst_bytes + t * bytes_per_s / 1000` go. */
export class TokenBucket {
  readonly #bytes_per_s: number;
  readonly #burst_bytes: number;
  #tokens: number;
  #filled_ms: number;

  /** Begins full. */
  constructor(rate: { bytes_per_s: number; burst_bytes: number }, now_ms: number) {
    this.#bytes_per_s = rate.bytes_per_s;
    this.#burst_bytes = rate.burst_bytes;
    this.#tokens = rate.burst_bytes;
    this.#filled_ms = now_ms;
  }

  /**
   * Takes tokens and gives 0; or takes none and gives the milliseconds after which they will be there. Throws
   * `RangeError` for more than a burst, which would never be there.
   */
  take(bytes: number, now_ms: number): number {
    if (bytes > this.#burst_bytes) throw new RangeError(`${bytes} bytes are more than one burst`);
    const come = Math.max(0, now_ms - this.#filled_ms) * this.#bytes_per_s / 1_000;
    this.#tokens = Math.min(this.#burst_bytes, this.#tokens + come);
    this.#filled_ms = now_ms;
    if (this.#tokens < bytes) return Math.ceil((bytes - this.#tokens) * 1_000 / this.#bytes_per_s);
    this.#tokens -= bytes;
    return 0;
  }
}

/** The limit of one direction, for all transfers of the peer together; it may change while they wait. */
export class RateLimiter {
  readonly #clock: Clock;
  #bytes_per_s: number | undefined;
  #piece_bytes = Infinity;
  #bucket: { tokens: TokenBucket; burst_bytes: number } | undefined;
  /** Resolves when everybody who waits now has gone. */
  #line: Promise<void> = Promise.resolve();
  /** Aborts when another limit holds. */
  #changed = new AbortController();
  #held_ms = 0;

  /** `undefined` for no limit. */
  constructor(bytes_per_s: number | undefined, clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#begin(bytes_per_s);
  }

  /** Bytes a second; `undefined` for no limit. */
  get bytes_per_s(): number | undefined {
    return this.#bytes_per_s;
  }

  /** Sets another limit; who waits now waits for that one. */
  set bytes_per_s(bytes_per_s: number | undefined) {
    if (bytes_per_s === this.#bytes_per_s) return;
    this.#begin(bytes_per_s);
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** The most bytes to take at a time, so that who waits behind is not held up; `Infinity` without a limit. */
  get piece_bytes(): number {
    return this.#piece_bytes;
  }

  /** For how many milliseconds the limit has held somebody back since the start; those in line wait at once. */
  get held_ms(): number {
    return this.#held_ms;
  }

  #begin(bytes_per_s: number | undefined): void {
    this.#bytes_per_s = bytes_per_s;
    this.#piece_bytes = bytes_per_s === undefined ? Infinity : pieceBytes(bytes_per_s);
    if (bytes_per_s === undefined) return void (this.#bucket = undefined);
    const burst_bytes = Math.max(this.#piece_bytes, Math.round(bytes_per_s * BURST_S));
    const tokens = new TokenBucket({ bytes_per_s, burst_bytes }, this.#clock.now());
    this.#bucket = { tokens, burst_bytes };
  }

  /**
   * Waits until `bytes` may go, at most the `piece_bytes` of now or, where the limit has just changed, of before.
   * Throws the signal's reason.
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#bucket) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#line;
    this.#line = before.then(() => promise);
    try {
      await abortable(before, signal);
      await this.#takeAll(bytes, signal);
    } finally {
      resolve();
    }
  }

  async #takeAll(bytes: number, signal: AbortSignal): Promise<void> {
    for (let left = bytes; left > 0 && this.#bucket;) {
      const { tokens, burst_bytes } = this.#bucket;
      // What is more than a burst was asked for under a higher limit.
      const part = Math.min(left, burst_bytes);
      const ms = tokens.take(part, this.#clock.now());
      if (ms === 0) left -= part;
      else await this.#hold(ms, signal);
    }
  }

  /** Sleeps, not longer than this limit holds. */
  async #hold(ms: number, signal: AbortSignal): Promise<void> {
    const begun_ms = this.#clock.now();
    const woken = AbortSignal.any([signal, this.#changed.signal]);
    await this.#clock.sleep(ms, woken).catch(() => signal.throwIfAborted());
    this.#held_ms += this.#clock.now() - begun_ms;
  }
}

function pieceBytes(bytes_per_s: number): number {
  return Math.min(MAX_PIECE_BYTES, Math.max(MIN_PIECE_BYTES, Math.round(bytes_per_s * PIECE_S)));
}
