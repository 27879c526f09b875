/**
 * `lanspread doctor`: says what keeps peers from seeing each other, and what to do about it. With a running peer or
 * without; it changes nothing.
 *
 * @module
 */

import { messageOf } from "../base/errors.ts";
import { parseArgs } from "../base/std/cli.ts";
import { resolve } from "../base/std/path.ts";
import { configureLogging } from "./logging.ts";
import { examine, isWell } from "./doctor/examine.ts";
import { gatherFacts, type Wanted } from "./doctor/gather.ts";
import { renderFindings } from "./doctor/render.ts";
import { print } from "./output.ts";
import { readSettings, type Settings } from "./settings.ts";
import { defaultStateDir } from "./state_dir.ts";

/** A folder that is not there, and not among the games, wherever doctor is called from. */
const NOWHERE = "/lanspread has no state folder";

type Env = (name: string) => string | undefined;

/** Gives the exit code: 0 where nothing is bad. Throws `usage`. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const is_json = args.includes("--json");
  const wanted = await readWanted(args.filter((arg) => arg !== "--json"), (name) => Deno.env.get(name));
  // On the error output in any case: the file of the settings is the running peer's.
  await using _ = await configureLogging({ log: wanted.settings.log });
  const findings = examine(await gatherFacts(wanted, new AbortController().signal));
  const ok = isWell(findings);
  const is_coloured = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
  await print(is_json ? JSON.stringify({ ok, findings }) + "\n" : renderFindings(findings, is_coloured));
  return ok ? 0 : 1;
}

/** The settings of a start. What is wrong outside of the flags is a finding; a wrong flag throws `usage`. */
export async function readWanted(args: readonly string[], env: Env): Promise<Wanted> {
  const read = (more: readonly string[], env: Env): Promise<Settings> =>
    readSettings({ args: [...args, ...more], env, has_control: true, has_page: true });
  const all = await read([], env).catch((error: unknown) => messageOf(error));
  if (typeof all !== "string") {
    return { settings: all, problem: undefined, has_game_dir: all.is_game_dir_missing !== true };
  }
  const flags_alone = await read(["--state-dir", NOWHERE], withoutSettings(env));
  const settings = { ...flags_alone, state_dir: stateDir(args, env) };
  return { settings, problem: all, has_game_dir: flags_alone.is_game_dir_missing !== true };
}

function stateDir(args: readonly string[], env: Env): string {
  const given = parseArgs([...args], { string: ["state-dir"] })["state-dir"];
  return resolve(typeof given === "string" ? given : env("LANSPREAD_STATE_DIR") || defaultStateDir(env));
}

function withoutSettings(env: Env): Env {
  return (name) => name.startsWith("LANSPREAD_") ? undefined : env(name);
}
