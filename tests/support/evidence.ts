/**
 * What a scenario saw, for the table of `deno task scenarios`: facts, one JSON line a call, in the file that the
 * environment names. Nothing happens without it.
 *
 * ```ts
 * evidence({ "chunks from the survivor": 3 });
 * ```
 *
 * @module
 */

/** The file that takes the facts of one scenario. */
export const EVIDENCE_VARIABLE = "LANSPREAD_EVIDENCE";

/** Facts by what they say, in words or figures with units. */
export type Facts = Record<string, string | number>;

/** Notes facts. */
export function evidence(facts: Facts): void {
  const file = Deno.env.get(EVIDENCE_VARIABLE);
  if (file === undefined || Object.keys(facts).length === 0) return;
  Deno.writeTextFileSync(file, `${JSON.stringify(facts)}\n`, { append: true });
}
