/**
 * Joins the cache of peers with time and with those who want to know.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { DiscoveryHandlers } from "./port.ts";
import type { KnownInstance } from "./queries.ts";
import { SeenCache, type SeenEvent } from "./seen_cache.ts";
import type { Sighting } from "./sightings.ts";

/** A peer is asked for again after this part of its lifetime, and a goodbye is final after a second. */
const FIRST_REFRESH = 0.8;
const GOODBYE_LIFE_MS = 1_000;

/** Who is here, told to the handlers. What a handler throws goes to the caller. */
export class Roster {
  readonly #clock: Clock;
  readonly #handlers: DiscoveryHandlers;
  readonly #cache = new SeenCache();

  constructor(clock: Clock, handlers: DiscoveryHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Takes in what an interface heard. Returns when to call `age()`, in milliseconds of the clock. */
  see(interface_ip: string, sightings: readonly Sighting[]): number {
    const now = this.#clock.now();
    let deadline = Infinity;
    for (const sighting of sightings) {
      this.#tell(this.#cache.see(interface_ip, sighting, now));
      const life_ms = sighting.ttl_s === 0 ? GOODBYE_LIFE_MS : sighting.ttl_s * 1_000 * FIRST_REFRESH;
      deadline = Math.min(deadline, now + life_ms);
    }
    return deadline;
  }

  /** Forgets who is too old. Returns whom to ask for again, by interface, and when to come back. */
  age(): { refreshes: Map<string, string[]>; deadline: number } {
    const now = this.#clock.now();
    this.#tell(this.#cache.expire(now));
    return { refreshes: this.#cache.takeRefreshes(now), deadline: this.#cache.nextDeadline() };
  }

  /** An own interface is no more. */
  leaveInterface(interface_ip: string): void {
    this.#tell(this.#cache.leaveInterface(interface_ip));
  }

  /** Whom an interface knows. */
  known(interface_ip: string): KnownInstance[] {
    return this.#cache.known(interface_ip, this.#clock.now());
  }

  #tell(events: readonly SeenEvent[]): void {
    for (const event of events) {
      if (event.type === "seen") this.#handlers.onSeen(event.peer);
      else this.#handlers.onGone(event.peer_id);
    }
  }
}
