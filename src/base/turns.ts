/**
 * Long work in short turns: between them whatever else waits is done.
 *
 * ```ts
 * import { inTurns } from "./turns.ts";
 *
 * let sum = 0;
 * for await (const some of inTurns([1, 2, 3], 2, new AbortController().signal)) {
 *   for (const one of some) sum += one;
 * }
 * console.assert(sum === 6);
 * ```
 *
 * @module
 */

/** Resolves when what waited has had its turn. Throws the signal's reason. */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}

/** Gives the items, so many at a time, each but the first in a turn of their own. Throws the signal's reason. */
export async function* inTurns<T>(
  items: readonly T[],
  at_once: number,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  for (let from = 0; from < items.length; from += at_once) {
    if (from > 0) await nextTurn(signal);
    yield items.slice(from, from + at_once);
  }
}
