/**
 * How much a source may keep the receiver of a streamed install waiting: a source that only says that it is busy would
 * otherwise hold the install for ever, and the next one would never be asked. Pure.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { STREAM_WAIT_MS } from "../proto/limits.ts";

/** Clocks differ, and the first ones may come at once. */
const SPARE_WAITS = 10;
/** Half an hour without a word of the install: nothing that is unpacked and not sent takes so long. */
const MAX_WAITS_IN_A_ROW = 1_800;

/** Counts the waits of one stream. */
export class StreamWaits {
  readonly #now: () => number;
  readonly #begun_ms: number;
  #count = 0;
  #in_a_row = 0;

  /** `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#begun_ms = now();
  }

  /** The source is busy. Throws `invalid_request` where it says so more often, or for longer, than an honest one. */
  add(): void {
    // Counted from the beginning: a receiver that was slow itself hears many at once.
    const honest_count = (this.#now() - this.#begun_ms) / STREAM_WAIT_MS + SPARE_WAITS;
    if (++this.#count <= honest_count && ++this.#in_a_row <= MAX_WAITS_IN_A_ROW) return;
    throw new LanspreadError("invalid_request", "the source keeps this peer waiting and sends nothing");
  }

  /** Something of the install came. */
  moved(): void {
    this.#in_a_row = 0;
  }
}
