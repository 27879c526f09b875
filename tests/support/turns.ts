/**
 * Whether long work lets others have their turn: counted, not timed.
 *
 * ```ts ignore
 * const [result, turns] = await countTurns(() => journal.chunks(never));
 * ```
 *
 * @module
 */

/** Runs `work`; gives its result, and how often something else could run meanwhile. */
export async function countTurns<T>(work: () => Promise<T>): Promise<[T, number]> {
  let turns = 0;
  let timer: ReturnType<typeof setTimeout>;
  const turn = () => {
    turns++;
    timer = setTimeout(turn);
  };
  timer = setTimeout(turn);
  try {
    const result = await work();
    return [result, turns];
  } finally {
    clearTimeout(timer);
  }
}
