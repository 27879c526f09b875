/**
 * Gives up a stream that stands still.
 *
 * @module
 */

import type { ByteStream } from "./transport/port.ts";

/** A transfer without a byte for this long is given up, in milliseconds. */
const STALL_MS = 15_000;

/** Resets the stream when `count` is the same at two looks in a row; until it is disposed. */
export function watchForStall(stream: ByteStream, count: () => number): Disposable {
  let last = -1;
  const timer = setInterval(() => {
    if (count() === last) stream.reset();
    last = count();
  }, STALL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
