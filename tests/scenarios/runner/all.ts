/**
 * Runs many scenarios in several labs, a few at a time; those that look at times, memory or disks run alone.
 *
 * @module
 */

import { join } from "../../../src/base/std/path.ts";
import { atInterrupt } from "../../bench/interrupt.ts";
import { print } from "../../support/print.ts";
import type { LabName, Scenario } from "../matrix.ts";
import { scenarioFiles } from "./found.ts";
import { type Lab, LABS } from "./labs.ts";
import { notRun, type Outcome } from "./outcome.ts";
import { runScenario } from "./run_scenario.ts";

/** What is to be run. */
export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly labs: readonly LabName[];
  /** Scenarios at a time. */
  readonly jobs: number;
  readonly folder: string;
}

interface Unit {
  readonly scenario: Scenario;
  readonly lab: Lab;
}

/** Runs the plan. `log_dir` holds what failed ones printed; it is gone where nothing failed. */
export async function runAll(plan: Plan): Promise<{ outcomes: Outcome[]; log_dir: string }> {
  const files = await scenarioFiles(plan.folder);
  const log_dir = await Deno.makeTempDir({ prefix: "lanspread_scenarios_" });
  // Empty unless something failed; then it is not removed.
  atInterrupt({ [Symbol.asyncDispose]: () => Deno.remove(log_dir) });
  const outcomes: Outcome[] = [];
  const units: Unit[] = [];
  for (const lab of plan.labs.map((name) => LABS[name])) {
    const reason = await lab.whyNot();
    for (const scenario of plan.scenarios) {
      const why = scenario.not_in?.[lab.name] ?? reason;
      if (!files.has(scenario.id)) outcomes.push(notRun(scenario, lab.name, "failed", "it has no test"));
      else if (why !== undefined) outcomes.push(notRun(scenario, lab.name, "not here", why));
      else units.push({ scenario, lab });
    }
  }
  const run = async (unit: Unit, signal: AbortSignal) => {
    const names = (files.get(unit.scenario.id) ?? []).map((name) => join(plan.folder, name));
    const outcome = await runScenario({ ...unit, files: names, log_dir }, signal);
    print(`${outcome.status}: ${unit.scenario.id} in ${unit.lab.name}, ${outcome.seconds.toFixed(1)} s`);
    outcomes.push(outcome);
  };
  await inTurns(units.filter(({ scenario }) => !scenario.alone), plan.jobs, run);
  await inTurns(units.filter(({ scenario }) => scenario.alone), 1, run);
  if (outcomes.every(({ log }) => log === undefined)) await Deno.remove(log_dir);
  return { outcomes, log_dir };
}

/** Calls `work` for every item, `jobs` at a time. At Ctrl-C what runs is ended and awaited. */
async function inTurns<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const stop = new AbortController();
  const takeAll = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, stop.signal);
  };
  const working = Promise.all(Array.from({ length: jobs }, takeAll));
  atInterrupt({
    async [Symbol.asyncDispose]() {
      queue.length = 0;
      stop.abort();
      await working.catch(() => {});
    },
  });
  await working;
}
