/**
 * What became of one scenario in one lab. Pure.
 *
 * @module
 */

import type { Facts } from "../../support/evidence.ts";
import type { LabName, Scenario } from "../matrix.ts";
import { isTestOf } from "./found.ts";
import type { TestResult } from "./junit.ts";

export interface Outcome {
  readonly scenario: Scenario;
  readonly lab: LabName;
  /** `left out` and `not here` have a reason and are no failures. */
  readonly status: "passed" | "failed" | "left out" | "not here";
  readonly reason?: string;
  readonly seconds: number;
  readonly tests: readonly TestResult[];
  readonly evidence: readonly Facts[];
  /** Where everything that a failed one printed is kept. */
  readonly log?: string;
}

/** How one run of the tests ended. */
export interface Run {
  readonly code: number;
  readonly seconds: number;
  /** Of all tests in the files, also those of other scenarios. */
  readonly results: readonly TestResult[];
  readonly evidence: readonly Facts[];
  /** What was printed. */
  readonly text: string;
  readonly timed_out: boolean;
}

/** A scenario that is not run. */
export function notRun(scenario: Scenario, lab: LabName, status: Outcome["status"], reason: string): Outcome {
  return { scenario, lab, status, reason, seconds: 0, tests: [], evidence: [] };
}

/** The verdict over a run: what did not show that it passed has failed. */
export function judge(scenario: Scenario, lab: LabName, run: Run): Outcome {
  const tests = run.results.filter(({ name }) => isTestOf(scenario.id, name));
  const { seconds, evidence } = run;
  const outcome = { scenario, lab, seconds, tests, evidence };
  if (run.timed_out) return { ...outcome, status: "failed", reason: "it did not end in time" };
  if (run.code !== 0) return { ...outcome, status: "failed", reason: failures(tests) };
  if (tests.length === 0) return { ...outcome, status: "failed", reason: "no test of it ran" };
  if (tests.every(({ state }) => state === "left out")) {
    return { ...outcome, status: "left out", reason: reasonIn(run.text) };
  }
  return { ...outcome, status: "passed" };
}

function failures(tests: readonly TestResult[]): string {
  const failed = tests.filter(({ state }) => state === "failed");
  return failed.length === 0 ? "the tests did not run to the end" : failed.map(({ name }) => name).join("; ");
}

function reasonIn(text: string): string {
  const told = [...text.matchAll(/^left out: (.*)$/gm)].map(([, reason = ""]) => reason);
  return told.length === 0 ? "its tests are left out here" : [...new Set(told)].join("; ");
}
