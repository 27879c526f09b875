/**
 * Simulated discovery: records that come late, twice, in the wrong order or not at all, and in the end as they are.
 *
 * Like the real one it reports a peer only when its record is new or different.
 *
 * @module
 */

import type { SeenPeer } from "../../src/peer/discovery/port.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import type { SimNetwork } from "./sim_network.ts";
import type { SimPeer } from "./sim_peer.ts";

const DELAYS_MS = [0, 20, 300, 2_000, 9_000];

/** Everybody's discovery. */
export class SimDiscovery {
  readonly #network: SimNetwork;
  readonly #peers: readonly SimPeer[];
  /** Whether records carry the current revision, or always the same one: then a lost push shows. */
  readonly #has_hints: boolean;
  #flights = new AbortController();

  constructor(network: SimNetwork, peers: readonly SimPeer[], has_hints: boolean) {
    this.#network = network;
    this.#peers = peers;
    this.#has_hints = has_hints;
  }

  /** A peer announces itself, at start or because it changed. */
  publish(from: SimPeer): void {
    const record = this.#recordOf(from);
    for (const to of this.#peers) if (to !== from) this.#send(record, from, to);
  }

  /** A peer that starts asks who is there. */
  ask(from: SimPeer): void {
    for (const other of this.#peers) {
      if (other !== from && other.is_running) this.#send(this.#recordOf(other), other, from);
    }
  }

  /** A peer's records are withdrawn; not everybody hears it. */
  withdraw(from: SimPeer): void {
    for (const to of this.#peers) {
      const { random, weather } = this.#network;
      if (to !== from && !random.chance(weather.lost * 3)) this.forget(to, from.peer_id);
    }
  }

  /** The record of a peer ran out at another one. */
  forget(at: SimPeer, peer_id: PeerId): void {
    if (at.is_running && at.seen.delete(peer_id)) at.network.gone(peer_id);
  }

  /** Shows a peer who is there. */
  refresh(at: SimPeer): void {
    if (!at.is_running) return;
    for (const other of this.#peers) {
      if (other !== at && other.is_running) this.#deliver(this.#recordOf(other), at);
    }
  }

  /** The records of all who are not there any more run out. */
  expire(at: SimPeer): void {
    for (const other of this.#peers) if (!other.is_running) this.forget(at, other.peer_id);
  }

  /** What is on its way does not arrive any more. */
  drop(): void {
    this.#flights.abort();
    this.#flights = new AbortController();
  }

  #recordOf(peer: SimPeer): SeenPeer {
    return this.#has_hints ? peer.record() : peer.record(0);
  }

  #send(record: SeenPeer, from: SimPeer, to: SimPeer): void {
    const { random, weather, clock, scope } = this.#network;
    const { signal } = this.#flights;
    for (let copies = random.chance(weather.late) ? 2 : 1; copies > 0; copies--) {
      if (random.chance(weather.lost * 3)) continue;
      const ms = random.chance(weather.late) ? random.pick(DELAYS_MS) : 0;
      scope.spawn("record", async (stop) => {
        await clock.sleep(ms, AbortSignal.any([signal, stop])).catch(() => {});
        const arrives = !signal.aborted && !stop.aborted && this.#network.isUp(from.host, to.host);
        if (arrives) this.#deliver(record, to);
      });
    }
  }

  #deliver(record: SeenPeer, to: SimPeer): void {
    if (!to.is_running) return;
    const known = to.seen.get(record.peer_id);
    if (known?.addr === record.addr && known.library_rev === record.library_rev) return;
    to.seen.set(record.peer_id, record);
    to.network.seen(record);
  }
}
