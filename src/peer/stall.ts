/**
 * Gives up a transfer that stands still.
 *
 * Chunks of one connection go one after another, so a chunk that waits its turn is not stalled: what counts is whether
 * the connection moves anything at all. Nor is it stalled while this peer itself holds it back.
 *
 * @module
 */

import type { ByteStream, Connection } from "./transport/port.ts";

/** A source that sends nothing for this long is given up, in milliseconds: there may be others. */
export const RECEIVING_STALL_MS = 15_000;
/**
 * A receiver that takes nothing for this long is given up, in milliseconds. One that limits its downloads tells that
 * it took something only every 150 KiB or so; it holds no one else's place.
 */
export const SENDING_STALL_MS = 120_000;

const MOVED_BYTES = new WeakMap<object, number>();

/** Bytes of a chunk went over the connection, either way. */
export function moved(connection: Connection, bytes: number): void {
  MOVED_BYTES.set(connection, (MOVED_BYTES.get(connection) ?? 0) + bytes);
}

/** Watches one stream until it is disposed. */
export interface StallWatch extends Disposable {
  /** Settles like `waiting`; meanwhile it is this peer that keeps the stream waiting. */
  excuse<T>(waiting: Promise<T>): Promise<T>;
}

/** Resets the stream when its connection moved no chunk's byte between two looks, `stall_ms` apart. */
export function watchForStall(stream: ByteStream, connection: Connection, stall_ms: number): StallWatch {
  let last: number | undefined;
  let excuses = 0;
  const timer = setInterval(() => {
    const count = MOVED_BYTES.get(connection) ?? 0;
    if (count === last) stream.reset();
    last = excuses > 0 ? undefined : count;
  }, stall_ms);
  return {
    excuse: (waiting) => {
      excuses++;
      last = undefined;
      return waiting.finally(() => excuses--);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
