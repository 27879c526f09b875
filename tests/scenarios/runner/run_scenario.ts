/**
 * Runs the tests of one scenario in one lab, in a process of their own, and keeps what a failed one printed.
 *
 * @module
 */

import { z } from "zod";
import { join } from "../../../src/base/std/path.ts";
import { until } from "../../support/deadline.ts";
import { EVIDENCE_VARIABLE, type Facts } from "../../support/evidence.ts";
import { sweepNamespaces } from "../../support/namespaces.ts";
import { TempDir } from "../../support/temp_dir.ts";
import type { Scenario } from "../matrix.ts";
import { filterFor } from "./found.ts";
import { parseJunit } from "./junit.ts";
import type { Lab, Place } from "./labs.ts";
import { judge, type Outcome, type Run } from "./outcome.ts";

/** No scenario needs a tenth of it on a machine of its own. */
const DEADLINE_MS = 600_000;
const REMOVAL_MS = 30_000;
const ROOT = new URL("../../../", import.meta.url);
const FactLine = z.record(z.string(), z.union([z.string(), z.number()]));

/** What is run and where its logs go. */
export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly lab: Lab;
  /** The test files, with their folder. */
  readonly files: readonly string[];
  readonly log_dir: string;
}

/** Runs one scenario; never throws for a test that fails, only when `signal` ended it. */
export async function runScenario(what: ScenarioRun, signal: AbortSignal): Promise<Outcome> {
  const { scenario, lab, log_dir } = what;
  await using place = await lab.open();
  const run = await runTests(what, place, signal);
  signal.throwIfAborted();
  const outcome = judge(scenario, lab.name, run);
  if (outcome.status !== "failed") return outcome;
  const log = join(log_dir, `${scenario.id}_${lab.name}.log`);
  await Deno.writeTextFile(log, run.text);
  return { ...outcome, log };
}

async function runTests({ scenario, files }: ScenarioRun, place: Place, signal: AbortSignal): Promise<Run> {
  await using scratch = new Scratch(await TempDir.make());
  const [junit, facts, temp] = [scratch.join("junit.xml"), scratch.join("facts"), await scratch.mkdir("tmp")];
  const test = [Deno.execPath(), "test", "-A", "--no-check", "--junit-path", junit];
  const [program = "", ...args] = [...place.wrapper, ...test, "--filter", filterFor(scenario.id), ...files];
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const began = performance.now();
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1", TMPDIR: temp, [EVIDENCE_VARIABLE]: facts, ...place.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.any([deadline, signal]),
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  await sweepNamespaces();
  const decoder = new TextDecoder();
  return {
    code,
    seconds: (performance.now() - began) / 1_000,
    results: parseJunit(await textOf(junit)),
    evidence: parseFacts(await textOf(facts)),
    text: decoder.decode(stdout) + decoder.decode(stderr),
    timed_out: deadline.aborted,
  };
}

/** A folder that goes as soon as nobody writes into it: peers of a test that was ended need a moment to follow it. */
class Scratch implements AsyncDisposable {
  constructor(readonly dir: TempDir) {}

  join(name: string): string {
    return this.dir.join(name);
  }

  mkdir(name: string): Promise<string> {
    return this.dir.mkdir(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const remove = () => this.dir[Symbol.asyncDispose]().then(() => true, () => false);
    await until(`the removal of ${this.dir.path}`, remove, REMOVAL_MS);
  }
}

/** A file that was not written is empty. */
async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function parseFacts(text: string): Facts[] {
  return text.split("\n").filter((line) => line !== "").map((line) => FactLine.parse(JSON.parse(line)));
}
