/**
 * How a benchmark tells what it measured: medians, units, and rows with the figure that is to be reached beside.
 *
 * Non-goal: a verdict. A figure that is missed is printed like any other, and nothing fails.
 *
 * @module
 */

import { print } from "../support/print.ts";

/** Bytes in a MiB. */
export const MIB = 1024 * 1024;

/** Prints what the rows that follow are about. */
export function heading(text: string): void {
  print(`\n${text}`);
}

/** Prints one row; `goal` is the figure to reach, in words. */
export function row(what: string, figure: string, goal = ""): void {
  print(`${what.padEnd(62)}${figure.padStart(12)}${goal && `   (${goal})`}`);
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

/** Bytes as whole MiB, without the unit. */
export function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

/** Bytes as MiB with the unit, for a figure that the system may not tell. */
export function mibOrUntold(bytes: number | undefined): string {
  return bytes === undefined ? "not told" : `${mib(bytes)} MiB`;
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
