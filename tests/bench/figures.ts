/**
 * How a benchmark tells what it measured: medians, units, and rows with the figure that is to be reached beside. What
 * was printed is kept, for a file of results and a plot.
 *
 * Non-goal: a verdict. A figure that is missed is printed like any other, and nothing fails.
 *
 * @module
 */

import { z } from "zod";
import { print } from "../support/print.ts";

/** Bytes in a MiB. */
export const MIB = 1024 * 1024;

/** One printed row, as a file of results holds it. */
export const Row = z.object({
  /** What the rows around it are about. */
  heading: z.string(),
  what: z.string(),
  text: z.string(),
  /** The figure to reach, in words. */
  goal: z.string().optional(),
  /** A rate or a ratio as a number; other rows are words only. */
  mib_per_s: z.number().optional(),
  ratio: z.number().optional(),
  /** Bounds of the ratio. */
  at_least: z.number().optional(),
  at_most: z.number().optional(),
});
export type Row = z.infer<typeof Row>;

/** A bound for a ratio. */
export interface Goal {
  at_least?: number;
  at_most?: number;
}

const printed: Row[] = [];
let current_heading = "";

/** The rows since the last call, in order. */
export function takeRows(): Row[] {
  return printed.splice(0);
}

/** Prints what the rows that follow are about. */
export function heading(text: string): void {
  current_heading = text;
  print(`\n${text}`);
}

/** Prints one row; `goal` is the figure to reach, in words. */
export function row(what: string, text: string, goal = ""): void {
  tell({ heading: current_heading, what, text, ...goal && { goal } });
}

/** Prints a rate, given in bytes a second. */
export function rateRow(what: string, bytes_per_s: number): void {
  const text = `${mib(bytes_per_s)} MiB/s`;
  tell({ heading: current_heading, what, text, mib_per_s: bytes_per_s / MIB });
}

/** Prints a ratio and the bound that it is to keep. */
export function ratioRow(what: string, ratio: number, goal: Goal = {}): void {
  const words = [
    goal.at_least === undefined ? [] : `at least ${goal.at_least}`,
    goal.at_most === undefined ? [] : `at most ${goal.at_most}`,
  ].flat().join(", ");
  const text = ratio.toFixed(3);
  tell({ heading: current_heading, what, text, ...words && { goal: words }, ratio, ...goal });
}

function tell(one: Row): void {
  printed.push(one);
  print(`${one.what.padEnd(62)}${one.text.padStart(12)}${one.goal ? `   (${one.goal})` : ""}`);
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

/** Bytes as MiB, without the unit; small figures with one digit after the point. */
export function mib(bytes: number): string {
  return (bytes / MIB).toFixed(bytes < 100 * MIB ? 1 : 0);
}

/** Bytes as MiB with the unit, for a figure that the system may not tell. */
export function mibOrUntold(bytes: number | undefined): string {
  return bytes === undefined ? "not told" : `${(bytes / MIB).toFixed(0)} MiB`;
}

/** The largest of some figures that the system may not tell. */
export function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Milliseconds with the unit. */
export function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/** The median of some milliseconds, with the unit. */
export function medianMs(values: readonly number[]): string {
  return ms(median(values));
}

/** Calls `measure` `count` times, one after another. */
export async function rounds<T>(count: number, measure: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < count; round++) results.push(await measure(round));
  return results;
}
