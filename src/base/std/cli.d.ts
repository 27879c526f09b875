/** Types for the part of `@std/cli` that this program uses. */
export interface ParseArgsOptions {
  alias?: Record<string, string | string[]>;
  boolean?: string[];
  collect?: string[];
  negatable?: string[];
  stopEarly?: boolean;
  string?: string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export function parseArgs(
  args: string[],
  options?: ParseArgsOptions,
): { _: Array<string | number>; [flag: string]: unknown };
