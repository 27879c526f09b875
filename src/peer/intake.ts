/**
 * How much of a body to read next: within the download limit, and so little at a time that a slow source is seen to
 * send.
 *
 * A read waits until its buffer is full. On a slow connection a large one would be full only after the source was
 * taken for dead, so the size follows the speed of the connection. Where the speed falls at once, as by a limit that is
 * set at the other end, one read is given up, and the next ones are small.
 *
 * ```ts ignore
 * using intake = new Intake(stream, connection, limiter);
 * while (left > 0) {
 *   const part = await stream.read(buffer.subarray(0, await intake.room(left, signal)));
 *   intake.took(part.length);
 * }
 * ```
 *
 * @module
 */

import type { RateLimiter } from "../base/rate_limit.ts";
import { moved, RECEIVING_STALL_MS, type StallWatch, watchForStall } from "./stall.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

const FIRST_BYTES = 16 * 1024;
const LEAST_BYTES = 1_024;
const MOST_BYTES = 256 * 1024;
const QUICK_MS = 100;
const SLOW_MS = 250;

/** A size that grows as more and more is read quickly, and shrinks when a read is slow. Pure. */
export class PieceSize {
  bytes = FIRST_BYTES;
  #quick_bytes = 0;

  /** A read of `bytes` took so long. */
  took(bytes: number, ms: number): void {
    this.#quick_bytes = ms < QUICK_MS ? this.#quick_bytes + bytes : 0;
    if (ms > SLOW_MS) this.bytes = Math.max(LEAST_BYTES, this.bytes / 4);
    else if (this.#quick_bytes >= 2 * this.bytes) this.bytes = Math.min(MOST_BYTES, 2 * this.bytes);
  }

  /** A read was given up after so long: the connection may be far slower than it was. */
  gaveUp(ms: number): void {
    if (ms <= SLOW_MS) return;
    this.bytes = LEAST_BYTES;
    this.#quick_bytes = 0;
  }
}

const SIZES = new WeakMap<object, PieceSize>();

/** What arrives on one stream, until it is disposed. */
export class Intake implements Disposable {
  readonly #connection: Connection;
  readonly #limiter: RateLimiter;
  readonly #watch: StallWatch;
  readonly #size: PieceSize;
  /** When the read began that is under way. */
  #asked_ms: number | undefined;

  constructor(stream: ByteStream, connection: Connection, limiter: RateLimiter) {
    this.#connection = connection;
    this.#limiter = limiter;
    this.#watch = watchForStall(stream, connection, RECEIVING_STALL_MS);
    this.#size = SIZES.get(connection) ?? new PieceSize();
    SIZES.set(connection, this.#size);
  }

  /** Waits until something may be read, and gives how much of the bytes that are left. */
  async room(left: number, signal: AbortSignal): Promise<number> {
    const wanted = Math.min(left, this.#size.bytes, this.#limiter.piece_bytes);
    const bytes = await this.#watch.excuse(this.#limiter.take(wanted, signal));
    this.#asked_ms = performance.now();
    return bytes;
  }

  /** So much was read. */
  took(bytes: number): void {
    const now_ms = performance.now();
    moved(this.#connection, bytes);
    this.#size.took(bytes, now_ms - (this.#asked_ms ?? now_ms));
    this.#asked_ms = undefined;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    if (this.#asked_ms !== undefined) this.#size.gaveUp(performance.now() - this.#asked_ms);
  }
}
