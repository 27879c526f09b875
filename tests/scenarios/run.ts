/**
 * `deno task scenarios [S18 S22 …]`: the scenarios as whole-program tests, each peer a process of its own, all of them
 * without a name; a table of results with the evidence of each; exit code 1 when one failed or has no test.
 *
 * Flags: `--lab loopback|namespaces` (default: both, where they can be had); `--jobs N` (default 2) scenarios at a
 * time; `--folder` other tests; `--json <file>` keeps the outcomes; `--docs` writes the matrix to
 * `docs/SCENARIOS.md`, and with `--json <file>` the kept outcomes too, and runs nothing; `--mutants` breaks the program on purpose instead (`tests/mutants`).
 *
 * @module
 */

import { z } from "zod";
import { parseArgs } from "../../src/base/std/cli.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { endOnInterrupt, interrupted } from "../bench/interrupt.ts";
import { formatted, withPart } from "../support/made_part.ts";
import { print } from "../support/print.ts";
import { SCENARIOS } from "./matrix.ts";
import { runAll } from "./runner/all.ts";
import { LAST_RUN, lastRunText, MATRIX, scenariosText } from "./runner/docs.ts";
import { scenarioFiles } from "./runner/found.ts";
import { resultTable, slowTests, summary } from "./runner/table.ts";

const HERE = fromFileUrl(new URL("./", import.meta.url));
const ROOT = fromFileUrl(new URL("../../", import.meta.url));
/** A test that takes longer is named below the table. */
const SLOW_S = 8;

const Flags = z.object({
  _: z.array(z.coerce.string().toUpperCase()),
  lab: z.enum(["loopback", "namespaces"]).optional(),
  jobs: z.coerce.number().int().positive().default(2),
  folder: z.string().default(HERE),
  json: z.string().optional(),
  docs: z.boolean().default(false),
  mutants: z.boolean().default(false),
});

async function writeDocs(json: string | undefined): Promise<void> {
  const file = join(ROOT, "docs", "SCENARIOS.md");
  let doc = await Deno.readTextFile(file);
  doc = withPart(doc, MATRIX, scenariosText(SCENARIOS, await scenarioFiles(HERE)));
  if (json !== undefined) {
    doc = withPart(doc, LAST_RUN, lastRunText(JSON.parse(await Deno.readTextFile(json))));
  }
  await Deno.writeTextFile(file, await formatted(doc, ROOT));
}

async function run({ _: ids, lab, jobs, folder, json }: z.infer<typeof Flags>): Promise<number> {
  const unknown = ids.find((id) => SCENARIOS.every((scenario) => scenario.id !== id));
  if (unknown !== undefined) {
    print(`"${unknown}" is no scenario; there are S1 to S${SCENARIOS.length}`);
    return 2;
  }
  endOnInterrupt();
  const scenarios = SCENARIOS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const labs = lab ? [lab] : ["loopback", "namespaces"] as const;
  const { outcomes, log_dir } = await runAll({ scenarios, labs, jobs, folder }).finally(interrupted);
  for (const line of resultTable(outcomes, labs)) print(line);
  for (const line of slowTests(outcomes, SLOW_S)) print(`slow: ${line}`);
  for (const line of summary(outcomes, labs)) print(line);
  if (json !== undefined) await Deno.writeTextFile(json, JSON.stringify(outcomes, null, 2));
  const has_failed = outcomes.some(({ status }) => status === "failed");
  if (has_failed) print(`the logs of what failed are kept in ${log_dir}`);
  return has_failed ? 1 : 0;
}

/** The deliberate defects have a program of their own. */
async function runMutants(): Promise<number> {
  const mutants = new URL("../mutants/run.ts", import.meta.url).href;
  return (await new Deno.Command(Deno.execPath(), { args: ["run", "-A", mutants] }).spawn().status).code;
}

const options = { string: ["_", "lab", "jobs", "folder", "json"], boolean: ["docs", "mutants"] };
const parsed = Flags.safeParse(parseArgs(Deno.args, options));
if (!parsed.success) {
  print(`wrong flags:\n${z.prettifyError(parsed.error)}`);
  Deno.exit(2);
}
if (parsed.data.docs) await writeDocs(parsed.data.json);
else if (parsed.data.mutants) Deno.exit(await runMutants());
else Deno.exit(await run(parsed.data));
