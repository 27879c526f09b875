/**
 * A simulated source: it sends ranges one after another at its rate, and stalls, breaks, dies, is busy, fails or lies as
 * it was told.
 *
 * @module
 */

import type { Assignment } from "../../../src/peer/download/schedule.ts";
import type { PeerId } from "../../../src/proto/ids.ts";

/** A span of virtual time in milliseconds. */
export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** How a source behaves. Rates in bytes a millisecond. */
export interface Nature {
  readonly peer_id: PeerId;
  readonly rate: number;
  /** One way. */
  readonly latency_ms: number;
  readonly joins_ms: number;
  /** From here on nothing comes of it. */
  readonly dies_ms: number;
  /** It sends nothing meanwhile, without a word. */
  readonly stalls: readonly Span[];
  /** It answers `busy` meanwhile. */
  readonly busy: Span;
  /** Its connection breaks here, and the next one works. */
  readonly breaks_ms: readonly number[];
  /** It answers every request with an error. */
  readonly fails: boolean;
  /** The share of the chunks of which it sends wrong bytes. */
  readonly lies: number;
}

/** One range on its way. */
export interface Transfer {
  readonly assignment: Assignment;
  /** How much is wanted. */
  limit: number;
  sent: number;
  received: number;
  /** The source hears of it later. */
  is_over: boolean;
}

/** When a source that stalls now goes on; `now_ms` where it does not stall. */
export function awakeAt({ stalls }: Nature, now_ms: number): number {
  const stall = stalls.find(({ from_ms, to_ms }) => from_ms <= now_ms && now_ms < to_ms);
  return stall ? stall.to_ms : now_ms;
}
