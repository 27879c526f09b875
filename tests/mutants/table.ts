/**
 * The mutants as tables: one for the page of the scenarios, and a line for each result.
 *
 * @module
 */

import type { Mutant, MutantResult } from "./mutant.ts";

/** One row: name, defect, and the tests that catch it. */
export function cellsOf({ name, defect, caught_by: { file, filter } }: Mutant): string[] {
  const tests = `\`${file.replace(/^tests\//, "")}\``;
  return [`\`${name}\``, defect, filter === undefined ? tests : `${tests} “${filter}”`];
}

/** The table of docs/SCENARIOS.md; `deno fmt` aligns it. */
export function markdownTable(mutants: readonly Mutant[]): string {
  const rows = [["mutant", "defect", "caught by"], ["---", "---", "---"], ...mutants.map(cellsOf)];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What a person reads while it runs. */
export function resultLine({ mutant, is_caught, what, seconds }: MutantResult): string {
  const verdict = is_caught ? "caught  " : "SURVIVED";
  return `${verdict} ${seconds.toFixed(1).padStart(5)} s  ${mutant.name.padEnd(36)} ${what}`;
}
