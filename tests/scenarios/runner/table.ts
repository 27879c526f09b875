/**
 * The results as a table for a terminal: a row a scenario, its evidence below. Pure.
 *
 * @module
 */

import type { Facts } from "../../support/evidence.ts";
import type { LabName } from "../matrix.ts";
import type { Outcome } from "./outcome.ts";

const STATUSES = ["passed", "failed", "left out", "not here"] as const;

/** The lines of the table; `labs` are its columns. */
export function resultTable(outcomes: readonly Outcome[], labs: readonly LabName[]): string[] {
  const ids = [...new Set(outcomes.map(({ scenario }) => scenario.id))].toSorted((a, b) =>
    numberOf(a) - numberOf(b)
  );
  const head = ["S  ", ...labs.map((lab) => lab.padEnd(14)), "shows"].join("  ");
  return [head, ...ids.flatMap((id) => rows(outcomes.filter(({ scenario }) => scenario.id === id), labs))];
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}

function rows(outcomes: readonly Outcome[], labs: readonly LabName[]): string[] {
  const [first] = outcomes;
  if (!first) return [];
  const cells = labs.map((lab) => cell(outcomes.find((outcome) => outcome.lab === lab)).padEnd(14));
  const row = [first.scenario.id.padEnd(3), ...cells, first.scenario.shows].join("  ");
  return [row, ...outcomes.flatMap(details)];
}

function cell(outcome: Outcome | undefined): string {
  if (!outcome) return "-";
  const { status, seconds } = outcome;
  return status === "passed" || status === "failed" ? `${status} ${seconds.toFixed(1)} s` : status;
}

function details({ lab, reason, log, evidence }: Outcome): string[] {
  const facts = evidence.map((fact) => `     ${lab}: ${factText(fact)}`);
  const why = reason === undefined ? [] : [`     ${lab}: ${reason}`];
  return [...facts, ...why, ...log === undefined ? [] : [`     log: ${log}`]];
}

function factText(facts: Facts): string {
  return Object.entries(facts).map(([what, value]) => `${what} ${value}`).join(" | ");
}

/** "loopback: 46 passed, 1 not here", a line a lab. */
export function summary(outcomes: readonly Outcome[], labs: readonly LabName[]): string[] {
  return labs.map((lab) => {
    const counts = STATUSES.map((status) => {
      const count = outcomes.filter((outcome) => outcome.lab === lab && outcome.status === status).length;
      return count === 0 ? [] : [`${count} ${status}`];
    });
    return `${lab}: ${counts.flat().join(", ")}`;
  });
}

/** Tests that took longer than `seconds`, the slowest first. */
export function slowTests(outcomes: readonly Outcome[], seconds: number): string[] {
  const slow = outcomes.flatMap(({ lab, tests }) => tests.map((test) => ({ lab, test })))
    .filter(({ test }) => test.seconds > seconds)
    .toSorted((a, b) => b.test.seconds - a.test.seconds);
  return slow.map(({ lab, test }) => `${test.seconds.toFixed(1)} s  ${lab}  ${test.name}`);
}
