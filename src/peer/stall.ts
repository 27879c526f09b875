/**
 * Gives up a transfer that stands still.
 *
 * Chunks of one connection go one after another, so a chunk that waits its turn is not stalled: what counts is whether
 * the connection moves anything at all.
 *
 * @module
 */

import type { ByteStream, Connection } from "./transport/port.ts";

/** A connection that moves nothing for this long loses the streams that wait for it, in milliseconds. */
const STALL_MS = 15_000;

const MOVED_BYTES = new WeakMap<object, number>();

/** Bytes of a chunk went over the connection, either way. */
export function moved(connection: Connection, bytes: number): void {
  MOVED_BYTES.set(connection, (MOVED_BYTES.get(connection) ?? 0) + bytes);
}

/** Resets the stream when its connection moved no chunk's byte between two looks; until it is disposed. */
export function watchForStall(stream: ByteStream, connection: Connection): Disposable {
  let last: number | undefined;
  const timer = setInterval(() => {
    const count = MOVED_BYTES.get(connection) ?? 0;
    if (count === last) stream.reset();
    last = count;
  }, STALL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
