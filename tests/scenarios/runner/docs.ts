/**
 * The made parts of `docs/SCENARIOS.md`, each between two markers: the scenarios, and what the last kept run showed of
 * them. The rest of the file is left as it is.
 *
 * @module
 */

import { basename } from "../../../src/base/std/path.ts";
import type { Scenario } from "../matrix.ts";
import type { Outcome } from "./outcome.ts";
import { resultTable, summary } from "./table.ts";

/** A part of the file: its first and its last line. */
export interface Markers {
  readonly begin: string;
  readonly end: string;
}

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

/** `doc` with its part replaced; appended where it has none. */
export function withPart(doc: string, { begin, end }: Markers, part: string): string {
  const [from, to] = [doc.indexOf(begin), doc.indexOf(end)];
  const block = `${begin}\n\n${part}\n${end}`;
  if (from < 0 || to < from) return `${doc}${doc === "" ? "" : "\n"}${block}\n`;
  return doc.slice(0, from) + block + doc.slice(to + end.length);
}

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

/** Markdown as `deno fmt` writes it. */
export async function formatted(markdown: string, root: string): Promise<string> {
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = fmt.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout } = await fmt.output();
  if (!success) throw new Error("deno fmt does not take docs/SCENARIOS.md");
  return new TextDecoder().decode(stdout);
}
