/**
 * Sees to it that every peer that discovery sees is connected.
 *
 * Of two peers that see each other the one with the smaller id dials at once and the other one a moment later, so
 * that one handshake usually does. A dial that fails is tried again, ever more seldom; strangers cost little.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import type { Scope } from "../base/scope.ts";
import type { PeerId, SocketAddress } from "../proto/ids.ts";

/** How long the peer with the larger id leaves the dialling to the other. */
const YIELD_MS = 300;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** Failed dials after which a peer that was connected counts as lost. */
const LOST_AFTER_FAILURES = 2;

/** What the connector needs of the rest of the peer. */
export interface ConnectorOptions {
  own_id: PeerId;
  clock: Clock;
  scope: Scope;
  isConnected(peer_id: PeerId): boolean;
  dial(peer_id: PeerId, addr: SocketAddress, signal: AbortSignal): Promise<unknown>;
  /** A peer can't be reached any more; it is still dialled while discovery sees it. */
  onLost(peer_id: PeerId): void;
  /** Says why a dial failed. */
  onProblem(peer_id: PeerId, addr: SocketAddress, error: unknown): void;
}

interface Candidate {
  addr: SocketAddress;
  failures: number;
  /** Whether discovery sees it, rather than a handshake only. */
  seen: boolean;
  dialling: boolean;
}

/** Dials, and dials again. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #candidates = new Map<PeerId, Candidate>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** Discovery sees a peer at an address; `true` where it did not see it there before. */
  seen(peer_id: PeerId, addr: SocketAddress): boolean {
    const before = this.#candidates.get(peer_id);
    const is_news = !before?.seen || before.addr !== addr;
    const candidate = this.#note(peer_id, addr);
    candidate.seen = true;
    if (is_news) candidate.failures = 0;
    this.#dial(peer_id, candidate, this.#yieldMs(peer_id));
    return is_news;
  }

  /** A handshake told where a peer listens. */
  acquainted(peer_id: PeerId, addr: SocketAddress): void {
    this.#note(peer_id, addr).failures = 0;
  }

  /** A peer said goodbye or its records ran out: it is not dialled any more. */
  gone(peer_id: PeerId): void {
    this.#candidates.delete(peer_id);
  }

  /** The last connection to a peer broke: it is dialled at once. */
  disconnected(peer_id: PeerId): void {
    const candidate = this.#candidates.get(peer_id);
    if (candidate) this.#dial(peer_id, candidate, this.#yieldMs(peer_id));
  }

  #note(peer_id: PeerId, addr: SocketAddress): Candidate {
    const known = this.#candidates.get(peer_id);
    if (known) {
      known.addr = addr;
      return known;
    }
    const candidate = { addr, failures: 0, seen: false, dialling: false };
    this.#candidates.set(peer_id, candidate);
    return candidate;
  }

  #yieldMs(peer_id: PeerId): number {
    return this.#options.own_id < peer_id ? 0 : YIELD_MS;
  }

  #dial(peer_id: PeerId, candidate: Candidate, delay_ms: number): void {
    if (candidate.dialling) return;
    candidate.dialling = true;
    this.#options.scope.spawn("dial", async (signal) => {
      try {
        await this.#dialUntilConnected(peer_id, candidate, delay_ms, signal);
      } finally {
        candidate.dialling = false;
      }
    });
  }

  async #dialUntilConnected(
    peer_id: PeerId,
    candidate: Candidate,
    delay_ms: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, isConnected, dial } = this.#options;
    for (let wait_ms = delay_ms;; wait_ms = retryMs(candidate.failures)) {
      await clock.sleep(wait_ms, signal);
      if (this.#candidates.get(peer_id) !== candidate || isConnected(peer_id)) return;
      try {
        return void await dial(peer_id, candidate.addr, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (this.#failed(peer_id, candidate, error)) return;
      }
    }
  }

  /** Whether to give up. */
  #failed(peer_id: PeerId, candidate: Candidate, error: unknown): boolean {
    const { onLost, onProblem } = this.#options;
    candidate.failures++;
    onProblem(peer_id, candidate.addr, error);
    if (candidate.failures === LOST_AFTER_FAILURES) onLost(peer_id);
    const is_useless = error instanceof LanspreadError && error.code === "incompatible";
    const gives_up = is_useless || (!candidate.seen && candidate.failures >= LOST_AFTER_FAILURES);
    if (gives_up && !candidate.seen) this.#candidates.delete(peer_id);
    return gives_up;
  }
}

function retryMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
}
