/**
 * The flags of `lanspread service install` as the text of `config.json`. Pure.
 *
 * @module
 */

import { parseArgs } from "../base/std/cli.ts";
import { resolve } from "../base/std/path.ts";
import type { Flag } from "./command_table.ts";

/** Flags that say where the settings are, and not what they are. */
const NO_SETTING = ["state-dir"];
const PATHS = ["game-dir", "catalog", "log-file"];

/**
 * `present`, the text of the file as it is, with what the flags say in place of what it said. Both were read by
 * `readSettings()` before, so that they are known to be right.
 */
export function configText(
  args: readonly string[],
  flags: readonly Flag[],
  present: string | undefined,
): string {
  const values = flags.filter(({ value, name }) => value !== undefined && !NO_SETTING.includes(name));
  const parsed = parseArgs([...args], {
    string: [...values.map(({ name }) => name), ...NO_SETTING],
    boolean: ["no-install"],
    collect: ["interface"],
  });
  const given = new Map<string, unknown>();
  for (const { name } of values) {
    const value = parsed[name];
    if (typeof value === "string") given.set(keyOf(name), PATHS.includes(name) ? resolve(value) : value);
    if (Array.isArray(value) && value.length > 0) given.set(keyOf(name), value);
  }
  if (parsed["no-install"] === true) given.set("install", false);
  const before: unknown = JSON.parse(present?.replace(/^\ufeff/, "") ?? "{}");
  return `${JSON.stringify({ ...before as object, ...Object.fromEntries(given) }, null, 2)}\n`;
}

function keyOf(name: string): string {
  return name.replaceAll("-", "_");
}
