/**
 * One range on its way from one source: started, shortened, cancelled.
 *
 * @module
 */

import type { RateLimiter } from "../../base/rate_limit.ts";
import type { PeerId } from "../../proto/ids.ts";
import type { Manifest } from "../../proto/manifest.ts";
import type { Connection } from "../transport/port.ts";
import { type Demand, fetchRange } from "./fetch.ts";
import type { Assignment } from "./schedule.ts";
import type { RangeSink } from "./sinks.ts";

/** What a range needs of its download. */
export interface RangePorts {
  readonly manifest: Manifest;
  connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection>;
  /** The download limit, shared by all downloads. */
  readonly limiter?: RateLimiter | undefined;
  openSink(assignment: Assignment): Promise<RangeSink>;
  onHeader(): void;
  onWritten(count: number): void;
}

/** A running request. */
export class RangeTask implements Demand {
  readonly #stop = new AbortController();
  /** How many bytes are wanted, from the beginning of the range. */
  wanted: number;

  constructor(readonly assignment: Assignment, readonly ports: RangePorts) {
    this.wanted = assignment.length;
  }

  /** Whether nothing more of it is wanted. */
  get isCancelled(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Only the first `length` bytes are wanted still. */
  shorten(length: number): void {
    this.wanted = length;
  }

  /** Ends it at once; `run` rejects when nothing is written any more. */
  cancel(reason: string): void {
    this.#stop.abort(new DOMException(reason, "AbortError"));
  }

  onHeader(): void {
    this.ports.onHeader();
  }

  onWritten(count: number): void {
    this.ports.onWritten(count);
  }

  /** Fetches the range into its place. Throws what `fetchRange` throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { manifest, connectionTo, openSink, limiter } = this.ports;
    const { game_id, manifest_hash } = manifest;
    const either = AbortSignal.any([signal, this.#stop.signal]);
    const connection = await connectionTo(this.assignment.peer_id, either);
    using sink = await openSink(this.assignment);
    await fetchRange(
      connection,
      { game_id, manifest_hash, range: this.assignment },
      sink,
      this,
      either,
      limiter,
    );
  }
}
