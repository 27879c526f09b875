/**
 * One source of a download: what it was asked for, how it behaves, and how much may be asked of it at a time. Pure.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import { CHUNK_BYTES } from "../../proto/limits.ts";
import type { OpenChunk, Work } from "./chunk_book.ts";
import type { Assignment } from "./schedule.ts";
import { SourceMeter } from "./source_meter.ts";

/** With two requests a source is never idle between two ranges. */
const MIN_REQUESTS = 2;
/** A peer serves 32 at a time to another one; it may not know yet that some are over. */
const MAX_REQUESTS = 24;
const MIN_BYTES_IN_FLIGHT = 4 * 1024 * 1024;
const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024;
/** An answer may be this late because the machine is busy, in milliseconds. */
const JITTER_MS = 10;

/** A source that is busy is left alone for this long, in milliseconds. */
const BUSY_PAUSE_MS = 200;
/** A source that says nothing but that it is busy for this long is of no use, in milliseconds. */
const MAX_BUSY_MS = 30_000;
/** The pause after a failure that follows another one, in milliseconds. */
const FAILURE_PAUSE_MS = 500;
/** A source that hung is left alone for this long, twice as long every further time, in milliseconds. */
const HANG_PAUSE_MS = 1_000;
const MAX_HANG_PAUSE_MS = 8_000;
const MAX_FAILURES = 3;
const MAX_CORRUPT_CHUNKS = 3;
/** Of what one source sends this much may be given up because another one begins the same anew; more where it hangs. */
const MAX_GIVEN_UP_BYTES = CHUNK_BYTES / 2;
/** However little was given up, it counts as this much, so that it does not go on and on. */
const MIN_GIVEN_UP_BYTES = 1024 * 1024;

/** A range that a source was asked for. */
export interface Running {
  readonly assignment: Assignment;
  readonly of: OpenChunk;
  readonly started_ms: number;
  /** The source's generation when it was asked. */
  readonly generation: number;
  /** How much of it is wanted, in bytes. */
  length: number;
  received: number;
  is_cancelled: boolean;
  /** It is of use only as a whole. */
  is_whole: boolean;
  /** What came of it is not used. */
  is_discarded: boolean;
}

/** The state of one source. */
export class Source {
  meter = new SourceMeter();
  /** In the order it was asked, which is the order in which it sends. */
  readonly running: Running[] = [];
  #rest_until_ms = -Infinity;
  #request_limit = MAX_REQUESTS;
  #busy_since_ms: number | undefined;
  /** In a row. */
  #failures = 0;
  /** Failures ever; what was asked before the last one says nothing new when it fails, too. */
  #generation = 0;
  #corrupt_chunks = 0;
  #given_up_bytes = 0;
  /** How often it hung since something came as it should. */
  #hangs = 0;
  /**
   * It had to do with a corrupt chunk: its bytes are not mixed with those of others any more, and it is asked for one
   * range at a time, so that little is lost if it is to blame.
   */
  is_suspect = false;
  /** It is dropped, and only what is on its way may still come. */
  is_leaving = false;

  constructor(readonly peer_id: PeerId) {}

  /** Until when nothing new is asked of it. */
  get rest_until_ms(): number {
    return this.#rest_until_ms;
  }

  /** Whether something may be asked of it now. */
  isAble(now_ms: number): boolean {
    return !this.is_leaving && now_ms >= this.#rest_until_ms;
  }

  /** How often it hung or failed since something came as it should. */
  get troubles(): number {
    return this.#hangs + this.#failures;
  }

  /** What it still has to send. */
  get left(): Work {
    const bytes = this.running.reduce((sum, { length, received }) => sum + length - received, 0);
    return { bytes, requests: this.running.length };
  }

  /** Whether one more range of this length keeps it as busy as it can be, and no busier. */
  hasRoom(length: number, now_ms: number): boolean {
    const count = this.running.length;
    if (count === 0) return true;
    if (this.is_suspect || count >= this.#request_limit) return false;
    return count < MIN_REQUESTS || this.left.bytes + length <= this.#bytesInFlight(now_ms);
  }

  /** Twice what the way to the source and back holds. */
  #bytesInFlight(now_ms: number): number {
    const on_the_way = (this.meter.rate(now_ms) ?? 0) * (this.meter.latency_ms + JITTER_MS);
    return Math.min(MAX_BYTES_IN_FLIGHT, Math.max(MIN_BYTES_IN_FLIGHT, 2 * on_the_way));
  }

  /** It is asked for a range. */
  start(assignment: Assignment, of: OpenChunk, now_ms: number): Running {
    const range: Running = {
      assignment,
      of,
      started_ms: now_ms,
      generation: this.#generation,
      length: assignment.length,
      received: 0,
      is_cancelled: false,
      is_whole: of.is_whole || (this.is_suspect && assignment.length === of.chunk.length),
      is_discarded: false,
    };
    this.running.push(range);
    this.meter.asked(range.length, now_ms);
    return range;
  }

  /** Bytes of a range came. */
  received(range: Running, count: number, now_ms: number): void {
    range.received += count;
    this.meter.sent(count, now_ms);
  }

  /** Only the beginning of a range is wanted still. */
  shorten(range: Running, length: number, now_ms: number): void {
    this.meter.spared(range.length - length, now_ms);
    range.length = length;
  }

  /** A range is over, in whatever way. */
  end(range: Running, now_ms: number): void {
    this.running.splice(this.running.indexOf(range), 1);
    this.meter.over(range.length - range.received, now_ms);
  }

  /** A range came as it should. */
  succeeded(): void {
    this.#failures = 0;
    this.#hangs = 0;
    this.#busy_since_ms = undefined;
    this.#request_limit = Math.min(MAX_REQUESTS, 2 * this.#request_limit);
  }

  /** It was out of reach: how fast it was before says nothing now. */
  wasLost(now_ms: number): void {
    this.meter = new SourceMeter();
    for (const { length, received } of this.running) this.meter.asked(length - received, now_ms);
  }

  /** Its work is taken away because nothing comes: it is left alone for a while, and then gets a new chance. */
  hung(now_ms: number): void {
    if (!this.isAble(now_ms)) return;
    this.wasLost(now_ms);
    this.#rest_until_ms = now_ms + Math.min(MAX_HANG_PAUSE_MS, HANG_PAUSE_MS * 2 ** this.#hangs);
    this.#hangs++;
  }

  /** Whether another source may begin one of its ranges anew. */
  mayGiveUp({ received }: Running, now_ms: number): boolean {
    const most = this.meter.isHanging(now_ms) ? CHUNK_BYTES : MAX_GIVEN_UP_BYTES;
    return received === 0 || this.#given_up_bytes + received <= most;
  }

  /** Where it hangs, others may finish what it began: better a chunk of several sources than half of one in vain. */
  shareWhereHanging(now_ms: number): void {
    if (!this.meter.isHanging(now_ms)) return;
    for (const range of this.running) range.is_whole = range.of.is_whole;
  }

  /** Another source begins the range anew: what came of it is lost. */
  giveUp(range: Running): void {
    range.is_discarded = true;
    if (range.received > 0) this.#given_up_bytes += Math.max(MIN_GIVEN_UP_BYTES, range.received);
  }

  /** It says that it is busy; `true` when it has said nothing else for too long. */
  saidBusy(now_ms: number): boolean {
    this.#busy_since_ms ??= now_ms;
    this.#request_limit = Math.max(1, Math.min(this.#request_limit, this.running.length));
    this.#rest_until_ms = now_ms + BUSY_PAUSE_MS;
    return now_ms - this.#busy_since_ms >= MAX_BUSY_MS;
  }

  /**
   * A range failed; `true` when that was once too often. A connection that breaks takes all its ranges along: that is
   * one failure.
   */
  failed({ generation }: Running, now_ms: number): boolean {
    if (generation === this.#generation) {
      this.#generation++;
      this.#failures++;
      this.#request_limit = 1;
      if (this.#failures > 1) this.#rest_until_ms = now_ms + FAILURE_PAUSE_MS;
    }
    return this.#failures >= MAX_FAILURES;
  }

  /** A chunk that it alone sent was wrong; `true` when that was once too often. */
  lied(): boolean {
    this.#corrupt_chunks++;
    return this.#corrupt_chunks >= MAX_CORRUPT_CHUNKS;
  }
}
