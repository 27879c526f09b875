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

/** The limit of one direction, for all transfers of the peer together. */
export class RateLimiter {
  /** The most bytes to take at a time, so that who waits behind is not held up; `Infinity` without a limit. */
  readonly piece_bytes: number;
  readonly #bucket: TokenBucket | undefined;
  readonly #clock: Clock;
  /** Resolves when everybody who waits now has gone. */
  #line: Promise<void> = Promise.resolve();

  /** `undefined` for no limit. */
  constructor(bytes_per_s: number | undefined, clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.piece_bytes = bytes_per_s === undefined ? Infinity : pieceBytes(bytes_per_s);
    if (bytes_per_s === undefined) return;
    const burst_bytes = Math.max(this.piece_bytes, Math.round(bytes_per_s * BURST_S));
    this.#bucket = new TokenBucket({ bytes_per_s, burst_bytes }, clock.now());
  }

  /** Waits until `bytes`, at most `piece_bytes`, may go. Throws the signal's reason; nothing was taken then. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#bucket) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#line;
    this.#line = before.then(() => promise);
    try {
      await abortable(before, signal);
      for (let ms = this.#try(bytes); ms > 0; ms = this.#try(bytes)) await this.#clock.sleep(ms, signal);
    } finally {
      resolve();
    }
  }

  #try(bytes: number): number {
    return this.#bucket?.take(bytes, this.#clock.now()) ?? 0;
  }
}

function pieceBytes(bytes_per_s: number): number {
  return Math.min(MAX_PIECE_BYTES, Math.max(MIN_PIECE_BYTES, Math.round(bytes_per_s * PIECE_S)));
}
