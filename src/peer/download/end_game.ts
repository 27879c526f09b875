/**
 * What a source without work takes over from another one, so that all are done at the same time. Pure.
 *
 * No byte is fetched twice: the slower source keeps what it has sent and what it will have sent in time, the other one
 * takes the end of its last range. A range of which too little would be left is taken over as a whole. What would
 * gain less than a quarter of a second is left as it is, so that jitter cuts no chunks.
 *
 * @module
 */

import type { Forecast } from "./forecast.ts";
import type { Running, Source } from "./source.ts";

/** A change has to end the work this much earlier, in milliseconds. */
const MIN_GAIN_MS = 250;
/** And by this share of the time that the other source needs for it. */
const MIN_GAIN_SHARE = 0.2;
/** Cuts are multiples of this many bytes. */
const CUT_BYTES = 64 * 1024;
/**
 * A source that goes on keeps at least this much ahead of what is in the file: a block that is being written must not
 * reach behind the cut.
 */
export const MIN_KEPT_BYTES = 256 * 1024;

/** A source that hung or failed of late takes over this much at first. */
const TRIAL_BYTES = 256 * 1024;

/** What is taken from a source: the end of one range, or all that is missing of it. */
export interface Cut {
  readonly victim: Source;
  readonly range: Running;
  /** Bytes of the range that are still wanted of its source, from its beginning; 0 where nothing more is wanted. */
  readonly keep: number;
}

interface Plan {
  readonly cuts: readonly Cut[];
  readonly gain_ms: number;
}

/** What `thief` should take over from the source that gains most by it; nothing where all are done soon enough. */
export function findTakeOver(
  thief: Source,
  forecast: Forecast,
  mayTake: (range: Running, victim: Source) => boolean,
): readonly Cut[] {
  let best: Plan = { cuts: [], gain_ms: MIN_GAIN_MS };
  for (const victim of forecast.sources) {
    if (victim === thief || victim.running.length === 0 || !forecast.isKnown(victim)) continue;
    const share = fairShare(victim, thief, forecast);
    const plan = planTakeOver(victim, thief, forecast, mayTake, share);
    if (plan.gain_ms <= best.gain_ms) continue;
    const { cuts } = thief.troubles > 0
      ? planTakeOver(victim, thief, forecast, mayTake, Math.min(share, TRIAL_BYTES))
      : plan;
    best = { cuts, gain_ms: plan.gain_ms };
  }
  return best.cuts;
}

/** What the thief has to send so that both are done at the same time, in bytes. */
function fairShare(victim: Source, thief: Source, forecast: Forecast): number {
  const [slow, fast] = [forecast.rateOf(victim), forecast.rateOf(thief)];
  const head_start_ms = forecast.endOf(victim) - thief.meter.latency_ms;
  return Math.max(0, head_start_ms * slow * fast / (slow + fast));
}

/** Takes this many bytes from the end of the victim's work, as far as that makes the end come earlier. */
function planTakeOver(
  victim: Source,
  thief: Source,
  forecast: Forecast,
  mayTake: (range: Running, victim: Source) => boolean,
  share: number,
): Plan {
  const end_ms = forecast.endOf(victim);
  let [bytes, victim_ms, thief_ms] = [share, end_ms, thief.meter.latency_ms];
  const cuts: Cut[] = [];
  for (const range of victim.running.toReversed()) {
    if (bytes <= 0) break;
    if (range.is_cancelled || !mayTake(range, victim)) continue;
    const { keep, taken, fetched } = cut(range, bytes, thief.is_suspect);
    const less_ms = keep === 0 ? forecast.durationOf(victim, taken) : taken / forecast.rateOf(victim);
    const more_ms = forecast.durationOf(thief, fetched);
    if (Math.max(victim_ms - less_ms, thief_ms + more_ms) > Math.max(victim_ms, thief_ms)) break;
    cuts.push({ victim, range, keep });
    [bytes, victim_ms, thief_ms] = [bytes - taken, victim_ms - less_ms, thief_ms + more_ms];
  }
  const gain_ms = end_ms - Math.max(victim_ms, thief_ms);
  return { cuts, gain_ms: gain_ms < MIN_GAIN_SHARE * thief_ms ? 0 : gain_ms };
}

/** Takes up to `share` bytes from the end of a range, or all of it where too little would be left. */
function cut({ is_whole: was_whole, length, received }: Running, share: number, is_suspect: boolean) {
  const missing = length - received;
  const kept = Math.ceil((missing - share) / CUT_BYTES) * CUT_BYTES;
  const is_whole = was_whole || is_suspect;
  const goes_on = kept >= MIN_KEPT_BYTES && kept < missing && !is_whole;
  if (goes_on) return { keep: received + kept, taken: missing - kept, fetched: missing - kept };
  // Half of what has to come from one source is of no use to another one.
  return { keep: 0, taken: missing, fetched: is_whole ? length : missing };
}
