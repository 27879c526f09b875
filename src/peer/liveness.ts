/**
 * Which peers are still alive. Pure: times in, decisions out.
 *
 * Any message from a peer is life. After a while of silence it is pinged; two pings without an answer, or a long
 * silence, mean that it is gone. The connection's own time-out usually notices first; this catches a peer whose
 * network stack answers and whose program does not.
 *
 * @module
 */

import type { PeerId } from "../proto/ids.ts";

/** Silence after which a peer is pinged, in milliseconds. */
export const PING_AFTER_MS = 15_000;
/** Silence after which a peer is gone, in milliseconds. */
export const GONE_AFTER_MS = 60_000;
/** Pings in a row without an answer after which a peer is gone. */
const MAX_MISSED = 2;

interface Life {
  last_seen_ms: number;
  missed: number;
  is_pinged: boolean;
}

/** What to do now. */
export interface LivenessActions {
  ping: PeerId[];
  gone: PeerId[];
}

/** When each peer was last heard of. */
export class LivenessTable {
  readonly #lives = new Map<PeerId, Life>();

  /** A message came from the peer, or its handshake. */
  heard(peer_id: PeerId, now_ms: number): void {
    const is_pinged = this.#lives.get(peer_id)?.is_pinged ?? false;
    this.#lives.set(peer_id, { last_seen_ms: now_ms, missed: 0, is_pinged });
  }

  /** The peer is not watched any more. */
  forget(peer_id: PeerId): void {
    this.#lives.delete(peer_id);
  }

  /** A ping that `due` asked for is over. */
  pinged(peer_id: PeerId, answered: boolean, now_ms: number): void {
    const life = this.#lives.get(peer_id);
    if (!life) return;
    life.is_pinged = false;
    if (answered) this.heard(peer_id, now_ms);
    else life.missed++;
  }

  /** Who has to be pinged, and who is gone. Each ping is to be answered by `pinged`. */
  due(now_ms: number): LivenessActions {
    const actions: LivenessActions = { ping: [], gone: [] };
    for (const [peer_id, life] of this.#lives) {
      const silence_ms = now_ms - life.last_seen_ms;
      if (life.missed >= MAX_MISSED || silence_ms >= GONE_AFTER_MS) actions.gone.push(peer_id);
      else if (silence_ms >= PING_AFTER_MS && !life.is_pinged) {
        life.is_pinged = true;
        actions.ping.push(peer_id);
      }
    }
    return actions;
  }
}
