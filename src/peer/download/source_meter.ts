/**
 * How fast a source is: the bytes it sent a millisecond while enough was asked of it, and how long it takes to begin.
 * Pure: times are handed in.
 *
 * Only time in which a source had enough to send says how fast it is. Each request takes a moment beside its bytes; that
 * moment is left out, so that a source is not taken for a slow one because it was asked for small files.
 *
 * @module
 */

/** What a request takes beside its bytes, in milliseconds: the file is looked at and opened. */
export const REQUEST_MS = 0.5;

/** A source that has at least this much to send shows how fast it can. */
const ENOUGH_BYTES = 64 * 1024;
/** The rate is that of the last so many milliseconds that counted. */
const WINDOW_MS = 1_000;
/** Arrivals so close together are one sample. */
const SAMPLE_MS = 50;
/** So many samples count, however old they are: blocks of a slow source come seldom. */
const MIN_SAMPLES = 4;
/** A source is not judged before so many milliseconds counted, or so many bytes came. */
const KNOWN_AFTER_MS = 500;
const KNOWN_AFTER_BYTES = 4 * 1024 * 1024;
/** A source that sends nothing for so many times the usual gap hangs, within these bounds. */
const HANG_GAPS = 4;
const MIN_HANG_MS = 750;
const MAX_HANG_MS = 2_000;
/** What is known of a source that was watched for less than this is forgotten when it has nothing to do for so long. */
const FIRM_AFTER_MS = 2_000;
const FORGOTTEN_AFTER_MS = 3_000;
/** However small the files are, this share of the time went into their bytes. */
const MIN_BYTES_SHARE = 0.1;

interface Sample {
  readonly from_ms: number;
  last_ms: number;
  bytes: number;
  requests: number;
}

/** Measures one source. */
export class SourceMeter {
  /** What it has still to send. */
  #left_bytes = 0;
  #left_requests = 0;
  /** When something came last, or was asked of it while it had nothing to do. */
  #sign_of_life_ms = 0;
  /** The time that counted, up to the last event. */
  #counted_ms = 0;
  #last_event_ms = 0;
  #samples: Sample[] = [];
  #bytes = 0;
  #requests = 0;
  /** Where the first sample's time begins, in time that counted. */
  #window_from_ms = 0;
  #latency_ms: number | undefined;

  /** The source is asked for a range. */
  asked(bytes: number, now_ms: number): void {
    this.#advance(now_ms);
    if (this.#isForgotten(now_ms)) this.#forgetAll();
    if (this.#left_requests === 0) this.#sign_of_life_ms = now_ms;
    this.#left_bytes += bytes;
    this.#left_requests++;
  }

  /** Bytes came. */
  sent(bytes: number, now_ms: number): void {
    this.#advance(now_ms);
    // How long it hung says nothing about how fast it is now.
    if (this.isHanging(now_ms)) this.#forgetAll();
    if (this.#isCounting) this.#sample(bytes, 0);
    this.#left_bytes -= bytes;
    this.#sign_of_life_ms = now_ms;
  }

  /** So many bytes are not wanted any more. */
  spared(bytes: number, now_ms: number): void {
    this.#advance(now_ms);
    this.#left_bytes -= bytes;
  }

  /** A range is over, and so many bytes of it did not come. */
  over(missing_bytes: number, now_ms: number): void {
    this.spared(missing_bytes, now_ms);
    if (this.#isCounting && missing_bytes === 0) this.#sample(0, 1);
    if (missing_bytes === 0) this.#sign_of_life_ms = now_ms;
    this.#left_requests--;
  }

  /** The source began to answer a request after this time. */
  answered(latency_ms: number): void {
    // The shortest time says how long the way is; a longer one, how much was on it.
    this.#latency_ms = Math.min(latency_ms, this.#latency_ms ?? latency_ms);
  }

  /** From a request to the beginning of its answer, in milliseconds; 0 while nobody knows. */
  get latency_ms(): number {
    return this.#latency_ms ?? 0;
  }

  get #isCounting(): boolean {
    return this.#left_bytes >= ENOUGH_BYTES;
  }

  #advance(now_ms: number): void {
    if (this.#isCounting) this.#counted_ms += now_ms - this.#last_event_ms;
    this.#last_event_ms = now_ms;
  }

  #sample(bytes: number, requests: number): void {
    const sample = this.#lastSample();
    sample.bytes += bytes;
    sample.requests += requests;
    this.#bytes += bytes;
    this.#requests += requests;
  }

  #lastSample(): Sample {
    const last = this.#samples.at(-1);
    const at_ms = this.#counted_ms;
    if (last && at_ms - last.from_ms < SAMPLE_MS) {
      last.last_ms = at_ms;
      return last;
    }
    const sample = { from_ms: at_ms, last_ms: at_ms, bytes: 0, requests: 0 };
    this.#samples.push(sample);
    this.#forgetBefore(at_ms - WINDOW_MS);
    return sample;
  }

  #forgetBefore(time_ms: number): void {
    while (this.#samples.length > MIN_SAMPLES && (this.#samples[0]?.last_ms ?? time_ms) < time_ms) {
      const oldest = this.#samples.shift();
      if (!oldest) return;
      this.#bytes -= oldest.bytes;
      this.#requests -= oldest.requests;
      this.#window_from_ms = oldest.last_ms;
    }
  }

  /** Bytes a millisecond, less with every moment that brings nothing; `undefined` while nobody can tell. */
  rate(now_ms: number): number | undefined {
    this.#advance(now_ms);
    if (!this.#isKnown || this.#isForgotten(now_ms)) return undefined;
    this.#forgetBefore(this.#counted_ms - WINDOW_MS);
    const window_ms = this.#counted_ms - this.#window_from_ms;
    return this.#bytes / Math.max(window_ms * MIN_BYTES_SHARE, window_ms - this.#requests * REQUEST_MS);
  }

  get #isKnown(): boolean {
    const is_watched = this.#counted_ms >= KNOWN_AFTER_MS && this.#bytes > 0;
    return is_watched || (this.#bytes >= KNOWN_AFTER_BYTES && this.#counted_ms > 0);
  }

  #isForgotten(now_ms: number): boolean {
    const is_idle = this.#left_requests === 0 && now_ms - this.#sign_of_life_ms > FORGOTTEN_AFTER_MS;
    return is_idle && this.#counted_ms < FIRM_AFTER_MS;
  }

  #forgetAll(): void {
    this.#samples = [];
    [this.#bytes, this.#requests, this.#counted_ms, this.#window_from_ms] = [0, 0, 0, 0];
  }

  /** Whether something was asked of the source and nothing comes, for much longer than usual. */
  isHanging(now_ms: number): boolean {
    if (this.#left_requests === 0) return false;
    const last_ms = this.#samples.at(-1)?.last_ms ?? 0;
    const usual_gap_ms = (last_ms - this.#window_from_ms) / Math.max(1, this.#samples.length);
    const patience_ms = Math.min(MAX_HANG_MS, Math.max(MIN_HANG_MS, HANG_GAPS * usual_gap_ms));
    return now_ms - this.#sign_of_life_ms > patience_ms;
  }
}
