/**
 * The newest events with their numbers, so that a listener that comes back hears what it missed. Pure.
 *
 * Bounded in number and bytes. Of what only tells a state (see `snapshotKey`) just the newest is held: it says all that
 * the older ones said. Numbers go up by one; those of an earlier run of the program lie below the first one.
 *
 * ```ts
 * import { EventRing } from "./event_ring.ts";
 *
 * const ring = new EventRing(100);
 * ring.add({ event: "peer-count", count: 1 });
 * ring.add({ event: "peer-count", count: 2 });
 * console.assert(ring.since(100)?.map(({ id }) => id).join() === "102");
 * console.assert(ring.since(7) === undefined); // nobody knows what was in between
 * ```
 *
 * @module
 */

import { type PeerEvent, snapshotKey } from "../peer/events.ts";

/** An event on its way to listeners, made into text once for all of them. */
export interface Numbered {
  readonly id: number;
  readonly event: string;
  /** The event as JSON. */
  readonly text: string;
  /** What state it tells; `undefined` for one that must not be lost. */
  readonly key: string | undefined;
}

const MAX_EVENTS = 1_000;
const MAX_CHARS = 4 * 1024 * 1024;

/** The events from a number on. */
export class EventRing {
  readonly #held = new Map<number, Numbered>();
  readonly #newest = new Map<string, number>();
  #chars = 0;
  #last: number;
  /** Everything after this number is held, or said by something that is. */
  #complete_after: number;

  /** `last` is the number before the first event. */
  constructor(last: number, readonly limits = { events: MAX_EVENTS, chars: MAX_CHARS }) {
    this.#last = last;
    this.#complete_after = last;
  }

  /** The number of the last event. */
  get last(): number {
    return this.#last;
  }

  /** How many events are held, and their characters. */
  get size(): { events: number; chars: number } {
    return { events: this.#held.size, chars: this.#chars };
  }

  /** Takes an event in and gives its number. */
  add(event: PeerEvent): Numbered {
    const added = {
      id: ++this.#last,
      event: event.event,
      text: JSON.stringify(event),
      key: snapshotKey(event),
    };
    if (added.key !== undefined) {
      this.#drop(this.#newest.get(added.key));
      this.#newest.set(added.key, added.id);
    }
    this.#held.set(added.id, added);
    this.#chars += added.text.length;
    this.#makeRoom();
    return added;
  }

  #makeRoom(): void {
    for (const { id, key } of this.#held.values()) {
      if (this.#held.size <= this.limits.events && this.#chars <= this.limits.chars) return;
      this.#drop(id);
      if (key !== undefined) this.#newest.delete(key);
      this.#complete_after = id;
    }
  }

  #drop(id: number | undefined): void {
    const dropped = id === undefined ? undefined : this.#held.get(id);
    if (!dropped) return;
    this.#held.delete(dropped.id);
    this.#chars -= dropped.text.length;
  }

  /** What came after event `id`; `undefined` where that is not known any more, or `id` is from elsewhere. */
  since(id: number): Numbered[] | undefined {
    if (!(id >= this.#complete_after && id <= this.#last)) return undefined;
    return [...this.#held.values()].filter((held) => held.id > id);
  }
}
