/**
 * How long a simulated download may take: what the sources could send together, and what nobody can help.
 *
 * @module
 */

import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import type { Result } from "./sim_download.ts";
import type { Nature, Span } from "./sim_source.ts";
import type { World } from "./world.ts";

/** What a good download takes, to what the sum of the speeds allows. */
const RATIO = 1.15;
/** Until a source that changed shows what it can, and what a source that stops had begun is with another one. */
const REACTION_MS = 1_000;
/** A source that hung is tried again after a pause that grew with the time that it hung, up to this. */
const MAX_HANG_PAUSE_MS = 8_000;
/** Until the first shares are right, and until the last ones are. */
const CALM_MS = 2_000;
const STORM_MS = 3_200;
const MAX_MS = 1e9;

/** The longest time that is allowed, in milliseconds. */
export function longestTime(world: World, { ledger }: Result): number {
  const honest = world.natures.filter(({ lies, fails }) => lies === 0 && !fails);
  const usable = honest.map((nature) => ({ rate: nature.rate, spans: unusable(nature) }));
  const bytes = world.chunks.reduce((sum, chunk) => world.done.has(chunk) ? sum : sum + chunk.length, 0);
  const ideal_ms = timeFor(
    bytes,
    (until_ms) => usable.reduce((sum, { rate, spans }) => sum + rate * msOutside(spans, until_ms), 0),
  );
  const is_calm = world.natures.every(isCalm);
  // Whose bytes were wrong is found out by asking one source for all of a chunk, and that may be the slowest one.
  const liars = world.natures.filter(({ lies }) => lies > 0).length;
  const chunkTime = (rate: number) => CHUNK_BYTES / rate;
  const rates = honest.map(({ rate }) => rate);
  const found_ms = 2 * liars * chunkTime(Math.max(...rates)) + chunkTime(Math.min(...rates));
  const lies_ms = ledger.corrupt_bytes > 0 ? found_ms : 0;
  return RATIO * ideal_ms + (is_calm ? CALM_MS : STORM_MS) + lies_ms;
}

/** The time until `bytes` have come, by bisection. */
function timeFor(bytes: number, bytesUntil: (ms: number) => number): number {
  let [from, to] = [0, MAX_MS];
  while (to - from > 0.1) {
    const middle = (from + to) / 2;
    if (bytesUntil(middle) < bytes) from = middle;
    else to = middle;
  }
  return to;
}

/** When nobody can expect anything of a source. */
function unusable({ joins_ms, dies_ms, stalls, busy, breaks_ms }: Nature): Span[] {
  const before = (ms: number) => ms - REACTION_MS;
  const after = (ms: number) => ms + REACTION_MS;
  return [
    { from_ms: -Infinity, to_ms: joins_ms > 0 ? after(joins_ms) : 0 },
    { from_ms: before(dies_ms), to_ms: Infinity },
    ...stalls.map(({ from_ms, to_ms }) => ({
      from_ms: before(from_ms),
      to_ms: after(to_ms + Math.min(MAX_HANG_PAUSE_MS, to_ms - from_ms)),
    })),
    { from_ms: before(busy.from_ms), to_ms: after(busy.to_ms) },
    ...breaks_ms.map((ms) => ({ from_ms: before(ms), to_ms: after(ms) })),
  ];
}

/** How many milliseconds up to a moment lie in none of the spans. */
function msOutside(spans: readonly Span[], until_ms: number): number {
  let [at_ms, sum_ms] = [0, 0];
  for (const { from_ms, to_ms } of spans.toSorted((a, b) => a.from_ms - b.from_ms)) {
    sum_ms += Math.max(0, Math.min(from_ms, until_ms) - at_ms);
    at_ms = Math.max(at_ms, to_ms);
    if (at_ms >= until_ms) return sum_ms;
  }
  return sum_ms + Math.max(0, until_ms - at_ms);
}

function isCalm({ joins_ms, dies_ms, stalls, busy, breaks_ms, fails, lies }: Nature): boolean {
  const is_steady = joins_ms === 0 && dies_ms === Infinity && stalls.length === 0 && breaks_ms.length === 0;
  return is_steady && busy.from_ms === Infinity && !fails && lies === 0;
}
