/**
 * Whose turn it is to send: everything large that leaves this peer goes piece by piece, fairly between the peers that
 * receive it and within the upload limit.
 *
 * Participants: `chunk_server.ts` asks for a turn for every block; whatever else sends much to peers asks here, too.
 * `FairQueue` says who is next, `RateLimiter` when.
 *
 * Goals: a peer with many requests gets no more than one with few. Few send at a time, so that a hundred receivers do
 * not flood the network's buffers, the disk is read in long steps, and a ping comes through. A peer whose network is
 * slow or that reads nothing steps aside and holds back only itself. Non-goals: small answers; they go at once.
 *
 * ```ts ignore
 * using turn = await turns.take(peer_id, { bytes, order, signal });
 * await stream.write(await readBlock(file, turn.bytes));
 * ```
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import { type Clock, SYSTEM_CLOCK } from "../base/clock.ts";
import { FairQueue, type Place } from "../base/fair_queue.ts";
import { RateLimiter } from "../base/rate_limit.ts";
import type { PeerId } from "../proto/ids.ts";

/** Bytes for one peer between their turn and the moment when the transport took them. */
export const SEND_WINDOW_BYTES = 256 * 1024;
/** Pieces under way at a time, for all peers together. */
const MAX_ACTIVE = 8;
/** A piece that the transport has not taken after so many milliseconds lets another one go beside it. */
const PATIENCE_MS = 50;

/** What somebody wants to send next. */
export interface TurnWish {
  /** At most the `SendTurns.piece_bytes` of now; the turn may be for fewer. */
  bytes: number;
  /** Lower goes first among what goes to the same peer. */
  order: number;
  signal: AbortSignal;
}

/** To be disposed when the transport took the bytes, or nothing comes of them. */
export interface Turn extends Disposable {
  /** How many may go. */
  readonly bytes: number;
}

interface Waiter {
  signal: AbortSignal;
  resolve(turn: Turn): void;
  reject(reason: unknown): void;
}

/** The turns of one running peer. */
export class SendTurns {
  readonly #limiter: RateLimiter;
  readonly #queue = new FairQueue<PeerId, Waiter>(SEND_WINDOW_BYTES);
  /** When each piece that counts was begun, the oldest first. */
  readonly #active = new Map<Place<PeerId, Waiter>, number>();
  readonly #clock: Clock;
  #is_giving = false;
  /** Ends the wait for the oldest piece. */
  #patience: AbortController | undefined;

  constructor(limiter: RateLimiter = new RateLimiter(undefined), clock: Clock = SYSTEM_CLOCK) {
    this.#limiter = limiter;
    this.#clock = clock;
  }

  /** The most bytes to ask for at a time, as long as the limit is the one of now. */
  get piece_bytes(): number {
    return Math.min(SEND_WINDOW_BYTES, this.#limiter.piece_bytes);
  }

  /**
   * Waits for the turn to read and send one piece to the peer, a smaller one where the limit was lowered meanwhile.
   * Throws the signal's reason; the place in the queue is gone then.
   */
  async take(peer_id: PeerId, { bytes, order, signal }: TurnWish): Promise<Turn> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const place = this.#queue.add(peer_id, { cost: bytes, order, value: { signal, resolve, reject } });
    this.#wake();
    try {
      return await abortable(promise, signal);
    } catch (error) {
      // A turn that comes all the same goes back.
      if (!this.#queue.remove(place)) promise.then((turn) => turn[Symbol.dispose](), () => {});
      throw error;
    }
  }

  /** Later: who gives a turn back may ask for the next one first, and goes on with what it began. */
  #wake(): void {
    if (this.#is_giving) return;
    this.#is_giving = true;
    queueMicrotask(() => this.#giveTurns());
  }

  async #giveTurns(): Promise<void> {
    while (this.#hasRoom()) {
      const place = this.#queue.next();
      if (!place) break;
      await this.#give(place);
    }
    this.#is_giving = false;
  }

  #hasRoom(): boolean {
    if (this.#active.size < MAX_ACTIVE) return true;
    const now = this.#clock.now();
    for (const [place, begun_ms] of this.#active) {
      const left_ms = begun_ms + PATIENCE_MS - now;
      if (left_ms > 0) this.#wakeIn(left_ms);
      else this.#active.delete(place);
      break;
    }
    return this.#active.size < MAX_ACTIVE;
  }

  #wakeIn(ms: number): void {
    if (this.#patience) return;
    const patience = this.#patience = new AbortController();
    const isOver = () => this.#patience = undefined;
    this.#clock.sleep(ms, patience.signal).then(isOver, isOver).then(() => this.#wake());
  }

  async #give(place: Place<PeerId, Waiter>): Promise<void> {
    const { signal, resolve, reject } = place.value;
    try {
      const bytes = await this.#limiter.take(place.cost, signal);
      this.#queue.reduce(place, bytes);
      this.#active.set(place, this.#clock.now());
      resolve({ bytes, [Symbol.dispose]: () => this.#over(place) });
    } catch (error) {
      this.#queue.reduce(place, 0);
      this.#queue.done(place);
      reject(error);
    }
  }

  #over(place: Place<PeerId, Waiter>): void {
    this.#queue.done(place);
    if (this.#active.delete(place)) this.#patience?.abort();
    this.#wake();
  }
}
