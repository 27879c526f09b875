/**
 * Findings for people: a line each, with why it matters and what to do where something is wrong. Pure.
 *
 * @module
 */

import { formatCount } from "../amounts.ts";
import type { Finding } from "./finding.ts";

const MARKS: Record<Finding["verdict"], [mark: string, colour: number]> = {
  good: ["✓", 32],
  warning: ["!", 33],
  bad: ["✗", 31],
};

/** All findings and a last line that sums them up. */
export function renderFindings(findings: readonly Finding[], is_coloured: boolean): string {
  const lines = findings.flatMap((finding) => linesOf(finding, is_coloured));
  return [...lines, "", sumOf(findings)].map((line) => `${line}\n`).join("");
}

function linesOf({ id, verdict, what, why, todo = [] }: Finding, is_coloured: boolean): string[] {
  const [mark, colour] = MARKS[verdict];
  const painted = is_coloured ? `\x1b[${colour}m${mark}\x1b[0m` : mark;
  const reasons = why === undefined ? [] : [`    ${why}.`];
  return [`${painted} ${id}: ${what}`, ...reasons, ...todo.map((step) => `    → ${step}`)];
}

function sumOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding["verdict"]) =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const [bad, warnings] = [count("bad"), count("warning")];
  if (bad + warnings === 0) return "Nothing keeps peers from seeing each other.";
  const parts = [
    ...bad > 0 ? [formatCount(bad, "thing") + " to put right (✗)"] : [],
    ...warnings > 0 ? [formatCount(warnings, "thing") + " that may disturb (!)"] : [],
  ];
  return `${parts.join(", ")}.`;
}
