/**
 * Which peers are here, by what the packets showed and by time. It has no clock and no sockets: it takes
 * sightings with the time and returns what to tell.
 *
 * A peer may be heard on several interfaces, under another address on each. The address that was told first stays
 * while its record lives, so that the peer does not flap between two good addresses. On the same interface the
 * newest announcement counts.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import type { SeenPeer } from "./port.ts";
import type { Sighting } from "./sightings.ts";

/** What changed. */
export type SeenEvent = { type: "seen"; peer: SeenPeer } | { type: "gone"; peer_id: PeerId };

/** Peers beyond this number are not taken in. */
export const MAX_SEEN_PEERS = 4_096;
/** When to ask again, in parts of the lifetime (RFC 6762, section 5.2). */
const REFRESH_AT = [0.8, 0.85, 0.9, 0.95];
/** A record that said goodbye lives on for a second (RFC 6762, section 10.1). */
const GOODBYE_MS = 1_000;

interface Heard {
  readonly sighting: Sighting;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly leaving: boolean;
  /** How many times it was asked for again. */
  asked: number;
}

interface Entry {
  /** By the own interface that heard it. */
  readonly heard: Map<string, Heard>;
  /** The interface whose address was told. */
  current: string;
  told: SeenPeer | undefined;
}

/** The peers that are heard now. Times in milliseconds. */
export class SeenCache {
  readonly #entries = new Map<PeerId, Entry>();

  /** Takes in what `interface_ip` heard. */
  see(interface_ip: string, sighting: Sighting, now: number): SeenEvent[] {
    const { peer_id } = sighting.peer;
    if (sighting.ttl_s === 0) return this.#leave(interface_ip, peer_id, now);
    const entry = this.#entries.get(peer_id) ?? { heard: new Map(), current: interface_ip, told: undefined };
    if (!entry.told && this.#entries.size >= MAX_SEEN_PEERS) return [];
    this.#entries.set(peer_id, entry);
    const expires_at = now + sighting.ttl_s * 1_000;
    entry.heard.set(interface_ip, { sighting, seen_at: now, expires_at, leaving: false, asked: 0 });
    return this.#tell(peer_id, entry, sighting.peer);
  }

  /**
   * An own interface is no more: peers that are heard on another one are reached there. The others may come back
   * with the interface, or expire.
   */
  leaveInterface(interface_ip: string): SeenEvent[] {
    return this.#drop((_heard, heard_by, entry) => heard_by === interface_ip && entry.heard.size > 1);
  }

  /** Forgets what is too old. */
  expire(now: number): SeenEvent[] {
    return this.#drop((heard) => heard.expires_at <= now);
  }

  /** The instances to ask for again, by interface. Each is returned once for each step of its lifetime. */
  takeRefreshes(now: number): Map<string, string[]> {
    const due = new Map<string, string[]>();
    for (const [interface_ip, heard] of this.#all()) {
      if (refreshTime(heard) > now) continue;
      heard.asked++;
      due.set(interface_ip, [...due.get(interface_ip) ?? [], heard.sighting.instance]);
    }
    return due;
  }

  /** When `expire` or `takeRefreshes` has something to do next; `Infinity` where nothing is known. */
  nextDeadline(): number {
    let next = Infinity;
    for (const [, heard] of this.#all()) next = Math.min(next, refreshTime(heard), heard.expires_at);
    return next;
  }

  /** The instances that `interface_ip` knows, with their age in seconds. */
  known(interface_ip: string, now: number): { instance: string; age_s: number }[] {
    const own = [...this.#all()].filter(([heard_by, heard]) => heard_by === interface_ip && !heard.leaving);
    return own.map(([, { sighting, seen_at }]) => ({
      instance: sighting.instance,
      age_s: Math.floor((now - seen_at) / 1_000),
    }));
  }

  /** How many peers are known. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A peer that leaves says so on each interface, one after the other. Its address changes only when the goodbye
   * was not followed by others within the second.
   */
  #leave(interface_ip: string, peer_id: PeerId, now: number): SeenEvent[] {
    const entry = this.#entries.get(peer_id);
    const heard = entry?.heard.get(interface_ip);
    if (!entry || !heard) return [];
    entry.heard.set(interface_ip, { ...heard, leaving: true, expires_at: now + GOODBYE_MS });
    if (![...entry.heard.values()].every((one) => one.leaving)) return [];
    this.#entries.delete(peer_id);
    return [{ type: "gone", peer_id }];
  }

  #drop(unwanted: (heard: Heard, interface_ip: string, entry: Entry) => boolean): SeenEvent[] {
    const events: SeenEvent[] = [];
    for (const [peer_id, entry] of this.#entries) {
      const before = entry.heard.size;
      for (const [interface_ip, heard] of entry.heard) {
        if (unwanted(heard, interface_ip, entry)) entry.heard.delete(interface_ip);
      }
      if (entry.heard.size < before) events.push(...this.#settle(peer_id, entry));
    }
    return events;
  }

  #settle(peer_id: PeerId, entry: Entry): SeenEvent[] {
    const [other] = entry.heard.keys();
    if (other === undefined) {
      this.#entries.delete(peer_id);
      return [{ type: "gone", peer_id }];
    }
    if (!entry.heard.has(entry.current)) entry.current = other;
    return entry.told ? this.#tell(peer_id, entry, entry.told) : [];
  }

  /** Joins the newest data with the current address, and reports it where it is news. */
  #tell(peer_id: PeerId, entry: Entry, newest: SeenPeer): SeenEvent[] {
    const addr = entry.heard.get(entry.current)?.sighting.peer.addr ?? newest.addr;
    const peer = { ...newest, peer_id, addr };
    if (entry.told && isSame(entry.told, peer)) return [];
    entry.told = peer;
    return [{ type: "seen", peer }];
  }

  *#all(): Generator<[string, Heard]> {
    for (const entry of this.#entries.values()) yield* entry.heard;
  }
}

function refreshTime({ seen_at, expires_at, asked, leaving }: Heard): number {
  const part = REFRESH_AT[asked];
  return leaving || part === undefined ? Infinity : seen_at + (expires_at - seen_at) * part;
}

function isSame(a: SeenPeer, b: SeenPeer): boolean {
  return a.addr === b.addr && a.name === b.name && a.proto_ver === b.proto_ver &&
    a.library_rev === b.library_rev;
}
