/**
 * Property tests that can be run again. A property runs over random values; when it fails, the message ends
 * with the seed and the command that replays it. A value that once failed is kept as an example of its
 * property and is tried first, ever after.
 *
 * Goal: no failure is lost. Non-goal: the same values on every run; new ones find new faults.
 *
 * ```ts
 * import fc from "fast-check";
 * import { holds } from "./seeds.ts";
 *
 * const doubled = fc.property(fc.nat(), (n) => n + n === 2 * n);
 * await holds(doubled, { examples: [[0]] });
 * ```
 *
 * @module
 */

import fc from "fast-check";

/** The environment variable that replays one failure: `<seed>` or `<seed>/<path>`. */
export const SEED_VARIABLE = "LANSPREAD_TEST_SEED";

/** How a property is run. */
export interface HoldsOptions<Values> {
  /** How many values are tried; default 100. */
  runs?: number;
  /** Values that failed once, or that must never be missed. */
  examples?: Values[];
  /** Stop at the first failing value instead of looking for a smaller one; for slow properties. */
  keep_first_failure?: boolean;
  /** What to replay; default the environment variable. */
  seed?: string | undefined;
}

/** Throws an `Error` that says the smallest failing value, why it fails and how to run it again. */
export async function holds<Values>(
  property: fc.IRawProperty<Values>,
  options: HoldsOptions<Values> = {},
): Promise<void> {
  const details = await fc.check(property, {
    numRuns: options.runs ?? 100,
    examples: options.examples ?? [],
    endOnFailure: options.keep_first_failure ?? false,
    ...replayOf(options.seed ?? Deno.env.get(SEED_VARIABLE)),
  });
  if (details.failed) throw new Error(failureText(details), { cause: details.errorInstance });
}

function replayOf(seed: string | undefined): { seed?: number; path?: string } {
  if (!seed) return {};
  const [number, path] = seed.split("/");
  if (!/^-?\d+$/.test(number ?? "")) throw new TypeError(`${SEED_VARIABLE}=${seed} is not <seed>/<path>`);
  return { seed: Number(number), ...(path ? { path } : {}) };
}

function failureText<Values>(details: fc.RunDetails<Values>): string {
  const seed = `${details.seed}/${details.counterexamplePath ?? ""}`;
  return `${fc.defaultReportMessage(details)}\n\nRun it again: ${SEED_VARIABLE}="${seed}" ` +
    `deno test -A --filter "<this test>"\nThen keep the value as an example of the property.`;
}
