/**
 * How many bytes of games went to and came from each peer since the start. Pure.
 *
 * Bounded: peers beyond the first thousand are counted together.
 *
 * @module
 */

import type { PeerId } from "../proto/ids.ts";

const MAX_PEERS = 1_000;

/** What was moved between this peer and others. */
export interface Transferred {
  /** `undefined` for all peers that came too late to be counted alone. */
  readonly peer_id: PeerId | undefined;
  sent_bytes: number;
  received_bytes: number;
}

/** Counts bytes. */
export class TransferTally {
  readonly #by_peer = new Map<PeerId | undefined, Transferred>();

  /** Bytes of a game went to the peer. */
  sent(peer_id: PeerId, bytes: number): void {
    this.#of(peer_id).sent_bytes += bytes;
  }

  /** Bytes of a game came from the peer. */
  received(peer_id: PeerId, bytes: number): void {
    this.#of(peer_id).received_bytes += bytes;
  }

  /** All counts now. */
  list(): readonly Transferred[] {
    return [...this.#by_peer.values()].map((one) => ({ ...one }));
  }

  #of(peer_id: PeerId): Transferred {
    const key = this.#by_peer.has(peer_id) || this.#by_peer.size < MAX_PEERS ? peer_id : undefined;
    const found = this.#by_peer.get(key) ?? { peer_id: key, sent_bytes: 0, received_bytes: 0 };
    this.#by_peer.set(key, found);
    return found;
  }
}
