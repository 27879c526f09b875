/**
 * Tells how far a download is, at most ten times a second, and at least once a second while nothing arrives.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { GameId, PeerId } from "../../proto/ids.ts";
import type { PeerEvent } from "../events.ts";
import { Progress } from "./progress.ts";

/** Nine times a second: with the last one, which waits for nothing, there are never more than ten. */
const INTERVAL_MS = 112;
const STANDSTILL_MS = 1_000;

/** What the teller needs of the rest of the peer. */
export interface ProgressPorts {
  clock: Clock;
  emit(event: PeerEvent): void;
}

/** Tells of one download. Disposing it ends that. */
export class ProgressTeller implements Disposable {
  readonly #progress: Progress;
  readonly #timer: ReturnType<typeof setInterval>;
  #last_ms = -Infinity;

  constructor(
    readonly game_id: GameId,
    readonly total_bytes: number,
    readonly ports: ProgressPorts,
    /** Bytes that need not come again. */
    readonly doneBytes: () => number,
  ) {
    this.#progress = new Progress(total_bytes, ports.clock.now());
    this.#timer = setInterval(() => this.#tellInTime(), STANDSTILL_MS);
  }

  /** Bytes arrived from a peer. */
  received(peer_id: PeerId, bytes: number): void {
    this.#progress.received(peer_id, bytes, this.ports.clock.now());
    this.#tellInTime();
  }

  #tellInTime(): void {
    if (this.ports.clock.now() - this.#last_ms >= INTERVAL_MS) this.tell();
  }

  /** Tells the figures now. */
  tell(): void {
    this.#last_ms = this.ports.clock.now();
    const figures = this.#progress.figures(this.doneBytes(), this.#last_ms);
    this.ports.emit({ event: "download-progress", game_id: this.game_id, ...figures });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
