/**
 * Reads the arguments of a command that talks to the running peer, by the table of commands.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { parseArgs } from "../base/std/cli.ts";
import { resolve } from "../base/std/path.ts";
import { commandInfo } from "./command_table.ts";
import { defaultStateDir } from "./state_dir.ts";

/** What was asked for. */
export interface ClientOptions {
  operands: readonly string[];
  /** Switches that were given. */
  flags: ReadonlySet<string>;
  /** The values of the other flags that were given, but for `--state-dir`. */
  values: ReadonlyMap<string, string>;
  state_dir: string;
}

/** Reads `args` of the command `name`. Throws `usage`. */
export function readClientOptions(
  name: string,
  args: readonly string[],
  env: (name: string) => string | undefined,
): ClientOptions {
  const info = commandInfo(name);
  const flags = info?.flags ?? [];
  const wanted = info?.operands ?? [];
  const valued = flags.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const switches = flags.filter(({ value }) => value === undefined).map(({ name }) => name);
  const parsed = parseArgs([...args], {
    // An operand such as 1942 is a text, too.
    string: ["_", ...valued],
    boolean: switches,
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      throw usage(`${JSON.stringify(arg)} is not a flag of ${name}; try lanspread ${name} --help`);
    },
  });
  const operands = parsed._.map(String);
  if (operands.length !== wanted.length) {
    const shown = ["lanspread", name, ...wanted.map((operand) => `<${operand}>`)].join(" ");
    throw usage(`${name} is used as: ${shown}; try lanspread ${name} --help`);
  }
  const values = new Map<string, string>();
  for (const flag of valued) {
    const given = parsed[flag];
    if (given === "") throw usage(`--${flag} needs a value; try --help`);
    if (typeof given === "string") values.set(flag, given);
  }
  const state_dir = values.get("state-dir") ?? (env("LANSPREAD_STATE_DIR") || defaultStateDir(env));
  values.delete("state-dir");
  return {
    operands,
    flags: new Set(switches.filter((flag) => parsed[flag] === true)),
    values,
    state_dir: resolve(state_dir),
  };
}

function usage(message: string): LanspreadError {
  return new LanspreadError("usage", message);
}
