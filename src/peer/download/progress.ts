/**
 * Figures of a running download. Pure: times and what is done are handed in.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";

/** The rate is that of the last this many milliseconds. */
const WINDOW_MS = 2_000;
/** A peer that sent something in this time is really sending. */
const ACTIVE_MS = 1_000;
const SAMPLE_MS = 100;

/** What is told about a download; rates in bytes a second. */
export interface ProgressFigures {
  done_bytes: number;
  total_bytes: number;
  bytes_per_s: number;
  active_peers: number;
  eta_s: number | null;
}

/** Counts what arrives, wanted again later or not: that is what the network does. */
export class Progress {
  #arrived_bytes = 0;
  #samples: { at_ms: number; arrived_bytes: number }[];
  readonly #last_sent = new Map<PeerId, number>();

  constructor(readonly total_bytes: number, now_ms: number) {
    this.#samples = [{ at_ms: now_ms, arrived_bytes: 0 }];
  }

  /** Bytes arrived from a peer. */
  received(peer_id: PeerId, bytes: number, now_ms: number): void {
    this.#arrived_bytes += bytes;
    this.#last_sent.set(peer_id, now_ms);
    this.#sample(now_ms);
  }

  /** The figures now that `done_bytes` need not come again. */
  figures(done_bytes: number, now_ms: number): ProgressFigures {
    const bytes_per_s = this.#rate(now_ms);
    const left = this.total_bytes - done_bytes;
    const active_peers = [...this.#last_sent.values()].filter((at) => now_ms - at <= ACTIVE_MS).length;
    const eta_s = left === 0 ? 0 : bytes_per_s > 0 ? Math.ceil(left / bytes_per_s) : null;
    return { done_bytes, total_bytes: this.total_bytes, bytes_per_s, active_peers, eta_s };
  }

  #rate(now_ms: number): number {
    const last_ms = Math.max(...this.#last_sent.values());
    // Nothing arrives any more: what came before says nothing of when the rest will.
    if (now_ms - last_ms > WINDOW_MS) return 0;
    const first = this.#samples.find((sample) => sample.at_ms >= now_ms - WINDOW_MS) ?? this.#samples.at(-1);
    if (!first || now_ms <= first.at_ms) return 0;
    return Math.round((this.#arrived_bytes - first.arrived_bytes) / ((now_ms - first.at_ms) / 1_000));
  }

  #sample(now_ms: number): void {
    const last = this.#samples.at(-1);
    if (last && now_ms - last.at_ms < SAMPLE_MS) return;
    this.#samples.push({ at_ms: now_ms, arrived_bytes: this.#arrived_bytes });
    while ((this.#samples[0]?.at_ms ?? now_ms) < now_ms - WINDOW_MS) this.#samples.shift();
  }
}
