/**
 * What a `deno test` process said at its end.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** Numbers of tests. */
export interface Summary {
  passed: number;
  failed: number;
  ignored: number;
}

/** Reads Deno's last line, "ok | 12 passed (3 steps) | 1 failed | 2 ignored (4s)"; `undefined` where there is none. */
export function summaryOf(output: string): Summary | undefined {
  const line = stripVTControlCharacters(output).split("\n").findLast((line) => /^(ok|FAILED) \| /.test(line));
  if (line === undefined) return undefined;
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

/** The names that Deno lists under FAILURES, "name => file:line:column". */
export function failuresOf(output: string): string[] {
  return stripVTControlCharacters(output).split("\n").filter((line) =>
    / => \.\/tests\/\S+:\d+:\d+$/.test(line)
  );
}

/** The same line for all of them together. */
export function lineOf({ passed, failed, ignored }: Summary, seconds: number): string {
  const time = `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
  return `${failed ? "FAILED" : "ok"} | ${passed} passed | ${failed} failed | ${ignored} ignored (${time})`;
}
