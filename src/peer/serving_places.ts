/**
 * How many chunks are served at a time, and to whom.
 *
 * Goals: every peer that asks has a place, so that none has to be lucky to come after another's chunk; many requests of
 * one leave room for those of the others; memory and open files are bounded. Non-goals: the order of sending, which is
 * that of `send_turns.ts`: a place costs nothing until its turn comes.
 *
 * @module
 */

import type { BufferBudget } from "../base/buffer_budget.ts";
import { LanspreadError } from "../base/errors.ts";
import type { PeerId } from "../proto/ids.ts";
import { BUFFERS } from "./buffers.ts";
import { SEND_WINDOW_BYTES } from "./send_turns.ts";

/** Peers that are served at a time. */
const MAX_PEERS = 128;
/** Chunks for one peer. */
const MAX_CHUNKS_PER_PEER = 32;
/** Chunks for all peers, shared evenly; one for each is always there. */
const MAX_CHUNKS = 256;
/** What the transport keeps of a stream at most until the other side has it: QUIC's usual window of a stream. */
export const TRANSPORT_BYTES = 1_250_000;

interface Guest {
  chunks: number;
  readonly memory: Disposable;
}

/** The places of one server. */
export class ServingPlaces {
  readonly #guests = new Map<PeerId, Guest>();
  readonly #budget: BufferBudget;

  constructor(budget: BufferBudget = BUFFERS) {
    this.#budget = budget;
  }

  /** Whether nobody is served. */
  get are_free(): boolean {
    return this.#guests.size === 0;
  }

  /** A place for one chunk, until it is disposed. Throws `busy`. */
  take(peer_id: PeerId): Disposable {
    const guest = this.#guests.get(peer_id) ?? this.#welcome(peer_id);
    if (guest.chunks >= this.#share()) throw busy();
    guest.chunks++;
    return { [Symbol.dispose]: () => this.#release(peer_id, guest) };
  }

  #welcome(peer_id: PeerId): Guest {
    if (this.#guests.size >= MAX_PEERS) throw busy();
    // A peer's chunks go one after another, so what counts are peers and not chunks.
    const guest = { chunks: 0, memory: this.#budget.take(SEND_WINDOW_BYTES + TRANSPORT_BYTES) };
    this.#guests.set(peer_id, guest);
    return guest;
  }

  #share(): number {
    return Math.min(MAX_CHUNKS_PER_PEER, Math.floor(MAX_CHUNKS / this.#guests.size));
  }

  #release(peer_id: PeerId, guest: Guest): void {
    guest.chunks--;
    if (guest.chunks > 0) return;
    guest.memory[Symbol.dispose]();
    this.#guests.delete(peer_id);
  }
}

function busy(): LanspreadError {
  return new LanspreadError("busy", "too many chunks at once; try again");
}
