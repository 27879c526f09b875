/**
 * The scenarios' part of `docs/SCENARIOS.md`, between two markers; the rest of the file is left as it is.
 *
 * @module
 */

import { basename } from "../../../src/base/std/path.ts";
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
