/**
 * When which source would be done with what. Pure: one look at all sources at one moment.
 *
 * A source sends its ranges one after another, in the order it was asked for them, so that what it is asked for now
 * comes when all before it has come. A source that nobody can judge yet counts as one of average speed, or of half of
 * that where it hung or failed of late.
 *
 * @module
 */

import type { Work } from "./chunk_book.ts";
import type { Source } from "./source.ts";
import { REQUEST_MS } from "./source_meter.ts";

/** A source is taken to be at least this fast while nothing is known of it, in bytes a millisecond. */
const MIN_PRESUMED_RATE = 1_000;
/** Divisions stay finite. */
const MIN_RATE = 1e-6;
/** Forecasts that are this close together are equal, in milliseconds. */
const TOLERANCE_MS = 50;

/** The speeds of all sources. */
export class Forecast {
  readonly #rates = new Map<Source, number>();
  readonly #known = new Set<Source>();

  /** The sources that may be asked now. */
  readonly able: readonly Source[];

  constructor(readonly sources: readonly Source[], readonly now_ms: number) {
    this.able = sources.filter((source) => source.isAble(now_ms));
    for (const source of sources) {
      const rate = source.meter.isHanging(now_ms) ? 0 : source.meter.rate(now_ms);
      if (rate === undefined) continue;
      this.#known.add(source);
      this.#rates.set(source, Math.max(rate, MIN_RATE));
    }
    const presumed = Math.max(
      MIN_PRESUMED_RATE,
      mean([...this.#rates.values()].filter((rate) => rate > MIN_RATE)),
    );
    for (const source of sources) {
      if (!this.#known.has(source)) this.#rates.set(source, source.troubles > 0 ? presumed / 2 : presumed);
    }
  }

  /** Bytes a millisecond. */
  rateOf(source: Source): number {
    return this.#rates.get(source) ?? MIN_RATE;
  }

  /** Whether the source was watched for long enough to be judged. */
  isKnown(source: Source): boolean {
    return this.#known.has(source);
  }

  /** In how many milliseconds a source has sent what it was asked for, and `more` in one request. */
  endOf(source: Source, more_bytes?: number): number {
    const { bytes, requests } = source.left;
    if (more_bytes === undefined) return this.#timeFor({ bytes, requests }, source);
    return this.#timeFor({ bytes: bytes + more_bytes, requests: requests + 1 }, source);
  }

  /** How long one request takes a source that has nothing else to do, in milliseconds. */
  durationOf(source: Source, bytes: number): number {
    return this.#timeFor({ bytes, requests: 1 }, source);
  }

  #timeFor({ bytes, requests }: Work, source: Source): number {
    // A source that hangs is not done with an empty file either.
    return (bytes + requests) / this.rateOf(source) + requests * REQUEST_MS;
  }

  /** The sources that may be asked, and first the one that would first have sent so many bytes more. */
  inOrderOfEnd(more_bytes: number): Source[] {
    const ends = this.able.map((source) => ({ source, end_ms: this.endOf(source, more_bytes) }));
    return ends.sort((a, b) => a.end_ms - b.end_ms).map(({ source }) => source);
  }

  /**
   * Whether `others` would be done with everything that waits before `source` were done with this one piece: it would
   * only make all wait for it.
   */
  isBetterLeftTo(others: readonly Source[], source: Source, piece_bytes: number, waiting: Work): boolean {
    const known = others.filter((other) => this.isKnown(other));
    if (!this.isKnown(source) || known.length === 0) return false;
    const bytes = sum(known.map((other) => other.left.bytes)) + waiting.bytes;
    const requests = sum(known.map((other) => other.left.requests)) + waiting.requests;
    const together_ms = bytes / sum(known.map((other) => this.rateOf(other))) +
      requests * REQUEST_MS / known.length;
    const longest_ms = Math.min(...known.map((other) => this.durationOf(other, piece_bytes)));
    return this.endOf(source, piece_bytes) > together_ms + longest_ms + TOLERANCE_MS;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
