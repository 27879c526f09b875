/**
 * The scenarios' part of `docs/SCENARIOS.md`, between two markers; the rest of the file is left as it is. Pure.
 *
 * @module
 */

import type { Scenario } from "../matrix.ts";

const BEGIN = "<!-- scenarios: made by `deno task scenarios --docs` -->";
const END = "<!-- end of scenarios -->";

/** `doc` with its part replaced; appended where it has none. */
export function withScenarios(doc: string, part: string): string {
  const [from, to] = [doc.indexOf(BEGIN), doc.indexOf(END)];
  const block = `${BEGIN}\n\n${part}\n${END}`;
  if (from < 0 || to < from) return `${doc}${doc === "" ? "" : "\n"}${block}\n`;
  return doc.slice(0, from) + block + doc.slice(to + END.length);
}

/** The matrix as text: every scenario with what it shows, how it can fail, its tests and its labs. */
export function scenariosText(
  scenarios: readonly Scenario[],
  files: ReadonlyMap<string, readonly string[]>,
): string {
  return scenarios.map((scenario) => {
    const tests = (files.get(scenario.id) ?? []).map((file) => `[${file}](../tests/scenarios/${file})`);
    return [
      `- **${scenario.id}** ${scenario.shows}.`,
      `  - Fails when ${scenario.fails_when}.`,
      `  - Tests: ${tests.join(", ")}. Labs: ${labsText(scenario)}.`,
      "",
    ].join("\n");
  }).join("");
}

function labsText({ not_in = {} }: Scenario): string {
  const labs = (["loopback", "namespaces"] as const).map((lab) =>
    not_in[lab] === undefined ? lab : `not ${lab} (${not_in[lab]})`
  );
  return labs.join(", ");
}
