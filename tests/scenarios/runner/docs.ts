/**
 * The made parts of `docs/SCENARIOS.md`, each between two markers: the scenarios, and what the last kept run showed of
 * them. The rest of the file is left as it is.
 *
 * @module
 */

import { basename } from "../../../src/base/std/path.ts";
import type { Scenario } from "../matrix.ts";
import type { Markers } from "../../support/made_part.ts";
import type { Outcome } from "./outcome.ts";
import { resultTable, summary } from "./table.ts";

/** Every scenario, how it can fail, and its tests. */
export const MATRIX: Markers = {
  begin: "<!-- scenarios: made by `deno task scenarios --docs` -->",
  end: "<!-- end of scenarios -->",
};
/** The table of a run, with the evidence. */
export const LAST_RUN: Markers = {
  begin: "<!-- last run: made by `deno task scenarios --docs --json <file of a run>` -->",
  end: "<!-- end of last run -->",
};

/** The table of a run as a terminal shows it. */
export function lastRunText(outcomes: readonly Outcome[]): string {
  const labs = [...new Set(outcomes.map(({ lab }) => lab))];
  return ["```", ...resultTable(outcomes, labs), "", ...summary(outcomes, labs), "```", ""].join("\n");
}

/** The matrix as text: every scenario with what it shows, how it can fail, its tests and its labs. */
export function scenariosText(
  scenarios: readonly Scenario[],
  files: ReadonlyMap<string, readonly string[]>,
): string {
  return scenarios.map((scenario) => {
    const { also = [] } = scenario;
    const paths = [...(files.get(scenario.id) ?? []).map((file) => `scenarios/${file}`), ...also];
    const tests = paths.map((path) => `[${basename(path)}](../tests/${path})`);
    return [
      `- **${scenario.id}** ${scenario.shows}.`,
      `  - Fails when ${scenario.fails_when}.`,
      `  - Tests: ${tests.join(", ")}.`,
      ...Object.entries(scenario.not_in ?? {}).map(([lab, why]) => `  - Not in ${lab}: ${why}.`),
      "",
    ].join("\n");
  }).join("");
}
