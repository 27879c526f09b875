/**
 * Sees to it that every peer that discovery sees is connected.
 *
 * A peer that is seen at a new address is dialled there, connected or not: the handshake proves that it is the same
 * one. Of two peers that see each other the one with the smaller id dials at once and the other one a moment later, so
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
  /** Where discovery sees it; `undefined` where only a handshake told of it. */
  seen_addr: SocketAddress | undefined;
  dialling: boolean;
  /** Where the last handshake found it. */
  proven_addr: SocketAddress | undefined;
  /** Aborts when a pause before the next dial makes no sense any more. */
  news: AbortController;
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
    const is_news = before?.seen_addr !== addr;
    // What discovery said before is no reason to leave the address that a handshake has proven since.
    const candidate = is_news || !before ? this.#note(peer_id, addr) : before;
    candidate.seen_addr = addr;
    if (is_news) restart(candidate);
    this.#dial(peer_id, candidate, this.#yieldMs(peer_id));
    return is_news;
  }

  /** A handshake told where a peer listens. */
  acquainted(peer_id: PeerId, addr: SocketAddress): void {
    const candidate = this.#note(peer_id, addr);
    candidate.failures = 0;
    candidate.proven_addr = addr;
  }

  /** A peer said goodbye or its records ran out: it is not dialled any more, and lost where it is not connected. */
  gone(peer_id: PeerId): void {
    const candidate = this.#candidates.get(peer_id);
    this.#candidates.delete(peer_id);
    candidate?.news.abort();
    if (!this.#options.isConnected(peer_id)) this.#options.onLost(peer_id);
  }

  /** The last connection to a peer broke: it is dialled at once, or lost where it is gone already. */
  disconnected(peer_id: PeerId): void {
    const candidate = this.#candidates.get(peer_id);
    if (candidate) this.#dial(peer_id, candidate, this.#yieldMs(peer_id));
    else this.#options.onLost(peer_id);
  }

  #note(peer_id: PeerId, addr: SocketAddress): Candidate {
    const known = this.#candidates.get(peer_id);
    if (known) {
      known.addr = addr;
      return known;
    }
    const candidate: Candidate = {
      addr,
      failures: 0,
      seen_addr: undefined,
      dialling: false,
      proven_addr: undefined,
      news: new AbortController(),
    };
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
    let wait_ms = delay_ms;
    while (true) {
      const is_due = await this.#pause(wait_ms, candidate, signal);
      if (this.#candidates.get(peer_id) !== candidate || this.#isReached(peer_id, candidate)) return;
      if (is_due && await this.#dialOnce(peer_id, candidate, signal)) return;
      wait_ms = is_due ? retryMs(candidate.failures) : this.#yieldMs(peer_id);
    }
  }

  /** Whether it is connected where it says it is; a connection to its old address may be to another machine. */
  #isReached(peer_id: PeerId, candidate: Candidate): boolean {
    return this.#options.isConnected(peer_id) && candidate.proven_addr === candidate.addr;
  }

  /** Whether there is nothing more to do: it is connected, or of no use. */
  async #dialOnce(peer_id: PeerId, candidate: Candidate, signal: AbortSignal): Promise<boolean> {
    const { isConnected, dial } = this.#options;
    try {
      await dial(peer_id, candidate.addr, signal);
      if (isConnected(peer_id)) return true;
      throw new LanspreadError("connection_lost", `The connection to ${candidate.addr} broke at once`);
    } catch (error) {
      signal.throwIfAborted();
      return this.#failed(peer_id, candidate, error);
    }
  }

  /** Waits; `false` when news came before the time was over. */
  async #pause(ms: number, { news }: Candidate, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, AbortSignal.any([signal, news.signal]));
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (news.signal.aborted) return false;
      throw error;
    }
  }

  /** Whether to give up. */
  #failed(peer_id: PeerId, candidate: Candidate, error: unknown): boolean {
    const { onLost, onProblem, isConnected } = this.#options;
    candidate.failures++;
    onProblem(peer_id, candidate.addr, error);
    const is_useless = error instanceof LanspreadError && error.code === "incompatible";
    const is_hopeless = is_useless || candidate.failures >= LOST_AFTER_FAILURES;
    if (isConnected(peer_id)) {
      // The address was wrong, or somebody else's: the connection to the proven one goes on.
      if (is_hopeless) candidate.addr = candidate.proven_addr ?? candidate.addr;
      return is_hopeless;
    }
    if (is_useless || candidate.failures === LOST_AFTER_FAILURES) onLost(peer_id);
    const gives_up = is_useless ||
      (candidate.seen_addr === undefined && candidate.failures >= LOST_AFTER_FAILURES);
    if (gives_up && candidate.seen_addr === undefined) this.#candidates.delete(peer_id);
    return gives_up;
  }
}

/** Forgets the failures, and ends the pause before the next dial. */
function restart(candidate: Candidate): void {
  candidate.failures = 0;
  candidate.news.abort();
  candidate.news = new AbortController();
}

function retryMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
}
