/**
 * Hands the peer's events to listeners that may come late, be slow, or come back.
 *
 * A listener first hears what it missed, or, where nobody knows that any more, the whole state; then everything that
 * happens. One that falls behind hears of each state only the newest; one that never reads is given up (see
 * `base/bounded_queue.ts`), and may come back.
 *
 * @module
 */

import { BoundedQueue } from "../base/bounded_queue.ts";
import { LanspreadError } from "../base/errors.ts";
import type { PeerEvent } from "../peer/events.ts";
import { EventRing, type Numbered } from "./event_ring.ts";
import type { Snapshot } from "./answer_schemas.ts";

/** Listeners at a time; a page and a few commands are a handful. */
const MAX_LISTENERS = 32;

/** The events of one running peer, to whoever listens. */
export class EventFeed {
  readonly #ring: EventRing;
  readonly #listeners = new Set<BoundedQueue<Numbered>>();
  readonly #snapshot: () => Snapshot;
  readonly #onEvent: (event: PeerEvent) => void;
  #is_over = false;

  /** `onEvent` hears each event before any listener does. */
  constructor(
    snapshot: () => Snapshot,
    onEvent: (event: PeerEvent) => void = () => {},
    ring = new EventRing(firstNumber()),
  ) {
    this.#snapshot = snapshot;
    this.#onEvent = onEvent;
    this.#ring = ring;
  }

  /** The number of the last event that was passed on. */
  get last(): number {
    return this.#ring.last;
  }

  /** How many listen now. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Passes on all events until they end; then every listener's iteration ends, too. */
  async run(events: AsyncIterable<PeerEvent>): Promise<void> {
    try {
      for await (const event of events) {
        this.#onEvent(event);
        const numbered = this.#ring.add(event);
        for (const listener of this.#listeners) listener.push(numbered);
      }
    } finally {
      this.end();
    }
  }

  /** Ends every listener's iteration when it took what waits; nobody may listen any more. */
  end(): void {
    this.#is_over = true;
    for (const listener of this.#listeners) listener.close();
  }

  /**
   * Everything after event `last_id`; without one, or where that is too long ago, a `snapshot` and everything after it.
   * To be iterated at once, or left by `return()`. Throws `busy` and `shutting_down`; a listener that is too far behind
   * is told so by `onGivenUp` and hears nothing more.
   */
  follow(last_id?: number, onGivenUp = () => {}): AsyncIterableIterator<Numbered> {
    if (this.#is_over) throw new LanspreadError("shutting_down", "the peer is shutting down");
    if (this.#listeners.size >= MAX_LISTENERS) {
      throw new LanspreadError("busy", `${MAX_LISTENERS} listen to the events already; close one of them`);
    }
    const first = (last_id === undefined ? undefined : this.#ring.since(last_id)) ?? [this.#wholeState()];
    const queue: BoundedQueue<Numbered> = new BoundedQueue<Numbered>({
      snapshotKey: ({ key }) => key,
      onOverflow: () => {
        this.#listeners.delete(queue);
        onGivenUp();
      },
    });
    for (const missed of first) queue.push(missed);
    this.#listeners.add(queue);
    return leaving(queue, () => {
      queue.close();
      this.#listeners.delete(queue);
    });
  }

  #wholeState(): Numbered {
    const state = this.#snapshot();
    return { id: this.#ring.last, event: state.event, text: JSON.stringify(state), key: undefined };
  }
}

/** `queue`, calling `leave` when it is over or left, also before it was begun. */
function leaving<T>(queue: AsyncIterable<T>, leave: () => void): AsyncIterableIterator<T> {
  const values = queue[Symbol.asyncIterator]();
  return {
    async next() {
      const result = await values.next();
      if (result.done) leave();
      return result;
    },
    return() {
      leave();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Above every number of an earlier run, as long as it told less than a thousand events a millisecond. */
function firstNumber(): number {
  return Date.now() * 1_000;
}
