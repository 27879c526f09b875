/**
 * Bounded concurrency: some workers share one queue.
 *
 * @module
 */

/**
 * Calls `work` on every item, at most `limit` at a time. The signal is looked at between items. After a
 * failure or an abort nothing new is begun; what runs is waited for, then the first failure is thrown.
 */
export async function forEachPooled<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    try {
      for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
        signal.throwIfAborted();
        await work(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
}
