/**
 * Who goes next, fairly between keys: start-time fair queuing (Goyal, Vin and Cheng, 1996). Pure: no I/O, no clock.
 *
 * Every key has a lane. Of the lanes that wait, the one that was served least goes next, however many entries each
 * has waiting; a lane that had nothing waiting has saved up nothing. What a lane has under way at a time is bounded
 * by the window, so that no key holds more than that.
 *
 * ```ts
 * import { FairQueue } from "./fair_queue.ts";
 *
 * const queue = new FairQueue<string, string>(10);
 * for (const value of ["a1", "a2", "a3"]) queue.add("a", { value, cost: 10 });
 * queue.add("b", { value: "b1", cost: 10 });
 * console.assert(queue.next()?.value === "a1");
 * console.assert(queue.next()?.value === "b1");
 * console.assert(queue.next() === undefined); // both lanes have their window under way
 * ```
 *
 * @module
 */

/** What is to be queued. */
export interface Wish<T> {
  readonly value: T;
  /** In the unit of the window. */
  readonly cost: number;
  /** Lower goes first inside a lane; equal ones in the order they came. 0 where it is left out. */
  readonly order?: number;
}

/** An entry that waits or is under way. */
export interface Place<K, T> extends Wish<T> {
  readonly key: K;
  cost: number;
}

interface Lane<K, T> {
  readonly waiting: Place<K, T>[];
  under_way: number;
  /** Cost that the lane was served, counted from where the others stood when it came. */
  served: number;
}

/** Entries by key. */
export class FairQueue<K, T> {
  readonly #window: number;
  readonly #lanes = new Map<K, Lane<K, T>>();
  /** What the lane that was served last had been served before. */
  #round = 0;

  /** `window` bounds what a key has under way; a single larger entry still passes alone. */
  constructor(window: number) {
    this.#window = window;
  }

  /** Lets something wait. */
  add(key: K, wish: Wish<T>): Place<K, T> {
    const place = { ...wish, key };
    const lane = this.#lanes.get(key) ?? { waiting: [], under_way: 0, served: 0 };
    this.#lanes.set(key, lane);
    if (lane.waiting.length === 0) this.#catchUp(lane);
    const behind = lane.waiting.findIndex((other) => (other.order ?? 0) > (wish.order ?? 0));
    lane.waiting.splice(behind < 0 ? lane.waiting.length : behind, 0, place);
    return place;
  }

  /** Takes back what waits; `false` when it does not wait any more. */
  remove(place: Place<K, T>): boolean {
    const waiting = this.#lanes.get(place.key)?.waiting ?? [];
    const at = waiting.indexOf(place);
    if (at >= 0) waiting.splice(at, 1);
    return at >= 0;
  }

  /** The next entry, which is under way from now on and to be given back with `done`; `undefined` for none. */
  next(): Place<K, T> | undefined {
    let least: Lane<K, T> | undefined;
    for (const [key, lane] of this.#lanes) {
      if (this.#mayStart(lane)) least = least && least.served <= lane.served ? least : lane;
      else if (this.#isForgettable(lane)) this.#lanes.delete(key);
    }
    const place = least?.waiting.shift();
    if (!least || !place) return undefined;
    this.#round = least.served;
    least.served += place.cost;
    least.under_way += place.cost;
    return place;
  }

  /** What is under way costs less than it was added with. */
  reduce(place: Place<K, T>, cost: number): void {
    const lane = this.#lanes.get(place.key);
    if (lane) {
      lane.under_way -= place.cost - cost;
      lane.served -= place.cost - cost;
    }
    place.cost = cost;
  }

  /** An entry is not under way any more. */
  done(place: Place<K, T>): void {
    const lane = this.#lanes.get(place.key);
    if (!lane) return;
    lane.under_way -= place.cost;
    // A lane whose window was full has saved up nothing either.
    this.#catchUp(lane);
  }

  #catchUp(lane: Lane<K, T>): void {
    lane.served = Math.max(lane.served, this.#round);
  }

  #mayStart({ waiting: [first], under_way }: Lane<K, T>): boolean {
    return first !== undefined && (under_way === 0 || under_way + first.cost <= this.#window);
  }

  /** Whether the lane would be the same if it came anew. */
  #isForgettable({ waiting, under_way, served }: Lane<K, T>): boolean {
    return waiting.length === 0 && under_way === 0 && served <= this.#round;
  }
}
