/**
 * Which test files run in one process: those that start whole programs one by one, the others a folder at a time.
 *
 * @module
 */

/** Folders whose files take long each. */
const SLOW = ["tests/scenarios", "tests/compliance", "tests/simulation"];

/** The batches of `paths`, the slow ones first. Each path is in exactly one. */
export function batchesOf(paths: readonly string[]): string[][] {
  const batches = new Map<string, string[]>();
  for (const path of [...paths].sort()) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const key = SLOW.includes(folder) ? path : folder;
    batches.set(key, [...batches.get(key) ?? [], path]);
  }
  const isSlow = ([first = ""]: string[]) => SLOW.some((folder) => first.startsWith(`${folder}/`));
  const all = [...batches.values()];
  return [...all.filter(isSlow), ...all.filter((batch) => !isSlow(batch))];
}
