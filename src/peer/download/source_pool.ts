/**
 * Finds the sources that turn up while a download runs: new ones, and those that were lost and are back.
 *
 * A new one is asked for its file list first; only the very same one will do.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Scope } from "../../base/scope.ts";
import type { PeerId } from "../../proto/ids.ts";
import type { Manifest } from "../../proto/manifest.ts";
import type { PlanPorts } from "./offers.ts";
import { planDownload } from "./plan.ts";

/** How often it is looked who is there, in milliseconds. */
const LOOK_MS = 1_000;
/** A peer that was no use is asked again after this, twice as late every time, in milliseconds. */
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60_000;

/** What the pool needs of the rest of the peer. */
export interface SourcePoolPorts extends Pick<PlanPorts, "askDetails"> {
  clock: Clock;
  /** The peers that announce the game in this version now, ready to serve it. */
  sourcesOf(manifest: Manifest): readonly PeerId[];
}

/** Who uses what is found. */
export interface SourceUser {
  isUsed(peer_id: PeerId): boolean;
  onFound(peer_id: PeerId): void;
}

/** Looks out for sources of one manifest, and remembers who is of no use for as long as the download runs. */
export class SourcePool {
  readonly #asking = new Set<PeerId>();
  readonly #pauses = new Map<PeerId, { until_ms: number; next_ms: number }>();
  readonly #banned = new Set<PeerId>();
  /** Sources that were used, now or before. */
  readonly #used = new Set<PeerId>();

  constructor(readonly manifest: Manifest, readonly ports: SourcePoolPorts) {}

  /** A source is used from now on. */
  used(peer_id: PeerId): void {
    this.#used.add(peer_id);
  }

  /** A source was dropped: it may join again after a while, or never. */
  dropped(peer_id: PeerId, for_good: boolean): void {
    if (for_good) this.#banned.add(peer_id);
    this.#pause(peer_id);
  }

  #pause(peer_id: PeerId): void {
    const pause_ms = this.#pauses.get(peer_id)?.next_ms ?? FIRST_PAUSE_MS;
    this.#pauses.set(peer_id, {
      until_ms: this.ports.clock.now() + pause_ms,
      next_ms: Math.min(MAX_PAUSE_MS, 2 * pause_ms),
    });
  }

  /** Looks until the signal aborts. */
  async watch(user: SourceUser, signal: AbortSignal): Promise<void> {
    await using scope = new Scope({ parent: signal });
    while (true) {
      await this.ports.clock.sleep(LOOK_MS, signal);
      for (const peer_id of this.ports.sourcesOf(this.manifest)) {
        if (user.isUsed(peer_id) || !this.#isWorthAsking(peer_id)) continue;
        // Asking for the list would make the source forget that its files may have changed since it was lost.
        if (this.#used.has(peer_id)) user.onFound(peer_id);
        else scope.spawn("new source", (inner) => this.#ask(peer_id, user, inner));
      }
    }
  }

  #isWorthAsking(peer_id: PeerId): boolean {
    if (this.#asking.has(peer_id) || this.#banned.has(peer_id)) return false;
    return this.ports.clock.now() >= (this.#pauses.get(peer_id)?.until_ms ?? -Infinity);
  }

  async #ask(peer_id: PeerId, user: SourceUser, signal: AbortSignal): Promise<void> {
    const { game_id, version, manifest_hash } = this.manifest;
    this.#asking.add(peer_id);
    try {
      const details = await this.ports.askDetails(peer_id, game_id, signal);
      const plan = details.game_id === game_id && planDownload([{ peer_id, details }], version);
      if (plan && plan.manifest.manifest_hash === manifest_hash) user.onFound(peer_id);
      else this.#pause(peer_id);
    } catch {
      signal.throwIfAborted();
      this.#pause(peer_id);
    } finally {
      this.#asking.delete(peer_id);
    }
  }
}
