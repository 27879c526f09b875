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

  /** Begins full, or with `tokens` where they are fewer. */
  constructor(rate: { bytes_per_s: number; burst_bytes: number }, now_ms: number, tokens = Infinity) {
    this.#bytes_per_s = rate.bytes_per_s;
    this.#burst_bytes = rate.burst_bytes;
    this.#tokens = Math.min(tokens, rate.burst_bytes);
    this.#filled_ms = now_ms;
  }

  /** How many there are now. */
  tokens(now_ms: number): number {
    const come = Math.max(0, now_ms - this.#filled_ms) * this.#bytes_per_s / 1_000;
    this.#tokens = Math.min(this.#burst_bytes, this.#tokens + come);
    this.#filled_ms = now_ms;
    return this.#tokens;
  }

  /**
   * Takes tokens and gives 0; or takes none and gives the milliseconds after which they will be there. Throws
   * `RangeError` for more than a burst, which would never be there.
   */
  take(bytes: number, now_ms: number): number {
    if (bytes > this.#burst_bytes) throw new RangeError(`${bytes} bytes are more than one burst`);
    const missing = bytes - this.tokens(now_ms);
    if (missing > 0) return Math.ceil(missing * 1_000 / this.#bytes_per_s);
    this.#tokens -= bytes;
    return 0;
  }
}

/** The limit of one direction, for all transfers of the peer together; it may change while they wait. */
export class RateLimiter {
  readonly #clock: Clock;
  #bytes_per_s: number | undefined;
  #piece_bytes = Infinity;
  #bucket: TokenBucket | undefined;
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
    const now_ms = this.#clock.now();
    // Whoever changes the limit again and again gets no burst each time.
    this.#bucket = new TokenBucket({ bytes_per_s, burst_bytes }, now_ms, this.#bucket?.tokens(now_ms));
  }

  /**
   * Waits until some of `bytes` may go, and gives how many: all, or a piece where they are more than that. What was
   * asked for under a higher limit would otherwise hold up everybody behind. Throws the signal's reason; nothing was
   * taken then.
   */
  async take(bytes: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (!this.#bucket) return bytes;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#line;
    this.#line = before.then(() => promise);
    try {
      await abortable(before, signal);
      return await this.#takePiece(bytes, signal);
    } finally {
      resolve();
    }
  }

  async #takePiece(bytes: number, signal: AbortSignal): Promise<number> {
    while (this.#bucket) {
      const piece = Math.min(bytes, this.#piece_bytes);
      const ms = this.#bucket.take(piece, this.#clock.now());
      if (ms === 0) return piece;
      await this.#hold(ms, signal);
    }
    return bytes;
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
