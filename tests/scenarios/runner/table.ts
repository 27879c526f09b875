/**
 * The results as a table for a terminal: a row a scenario, its evidence below. Pure.
 *
 * @module
 */

import type { Facts } from "../../support/evidence.ts";
import type { LabName } from "../matrix.ts";
import type { Outcome } from "./outcome.ts";

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

/** "45 passed, 1 failed in loopback" for each lab. */
export function summary(outcomes: readonly Outcome[], labs: readonly LabName[]): string[] {
  return labs.map((lab) => {
    const counts = new Map<string, number>();
    for (const outcome of outcomes) {
      if (outcome.lab === lab) counts.set(outcome.status, (counts.get(outcome.status) ?? 0) + 1);
    }
    return `${lab}: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}`;
  });
}

/** Tests that took longer than `seconds`, the slowest first. */
export function slowTests(outcomes: readonly Outcome[], seconds: number): string[] {
  const slow = outcomes.flatMap(({ lab, tests }) => tests.map((test) => ({ lab, test })))
    .filter(({ test }) => test.seconds > seconds)
    .toSorted((a, b) => b.test.seconds - a.test.seconds);
  return slow.map(({ lab, test }) => `${test.seconds.toFixed(1)} s  ${lab}  ${test.name}`);
}
