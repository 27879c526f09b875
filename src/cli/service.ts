/**
 * `lanspread service install|uninstall|status`: the peer as a service of this user, or of the machine.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { fromFileUrl, join } from "../base/std/path.ts";
import { V8_FLAGS } from "../base/v8_flags.ts";
import { carryOut, runIt, type System, type Task, THIS_SYSTEM } from "../service/carry_out.ts";
import { managerOf } from "../service/managers.ts";
import { renderPlan } from "../service/plan.ts";
import type { Scope, ServiceManager, ServiceSetup } from "../service/setup.ts";
import { RUN_FLAGS } from "./command_table.ts";
import { complain, print } from "./output.ts";
import { configText } from "./service_config.ts";
import { configFile, ownerOf, requireLogFolder, systemStateDir } from "./service_folders.ts";
import { CONFIG_FILE, readSettings } from "./settings.ts";

const ACTIONS = ["install", "uninstall", "status"] as const;
type Action = typeof ACTIONS[number];
const OWN_FLAGS = ["--system", "--dry-run", "--json"];

/** What the command works on, so that tests can hand it in. */
export interface ServiceContext {
  readonly manager: ServiceManager;
  readonly system: System;
  /** The command that starts this program. */
  readonly program: readonly string[];
  readonly os: typeof Deno.build.os;
  readonly env: (name: string) => string | undefined;
}

interface Asked {
  readonly action: Action;
  readonly scope: Scope;
  readonly is_dry: boolean;
  readonly is_json: boolean;
  /** The flags that are settings. */
  readonly settings: readonly string[];
}

/** Gives the exit code. Throws `usage`. */
export async function runService(args: readonly string[], given?: ServiceContext): Promise<number> {
  const asked = readArgs(args);
  const { signal } = new AbortController();
  try {
    const context = given ?? thisMachine();
    if (asked.action === "status") return await tellStatus(asked, context, signal);
    return await change(asked, context, signal);
  } catch (error) {
    if (error instanceof LanspreadError && error.code === "usage") throw error;
    await complain(messageOf(error));
    return 1;
  }
}

function thisMachine(): ServiceContext {
  const env = (name: string) => Deno.env.get(name);
  const { os } = Deno.build;
  return {
    manager: managerOf({ os, env, uid: Deno.uid() }),
    system: THIS_SYSTEM,
    program: ownProgram(),
    os,
    env,
  };
}

/** The binary, or the runtime with the source it runs. */
function ownProgram(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "--unstable-net", V8_FLAGS, fromFileUrl(Deno.mainModule)];
}

function readArgs(args: readonly string[]): Asked {
  const [first = "", ...others] = args;
  const action = ACTIONS.find((action) => action === first);
  if (!action) {
    throw usage(`service is used as: lanspread service ${ACTIONS.join("|")}; try lanspread service --help`);
  }
  const settings = others.filter((arg) => !OWN_FLAGS.includes(arg));
  if (action !== "install" && settings.length > 0) {
    throw usage(
      `${JSON.stringify(settings[0])} is not a flag of service ${action}; try lanspread service --help`,
    );
  }
  return {
    action,
    scope: others.includes("--system") ? "system" : "user",
    is_dry: others.includes("--dry-run"),
    is_json: others.includes("--json"),
    settings,
  };
}

async function change(asked: Asked, context: ServiceContext, signal: AbortSignal): Promise<number> {
  const { manager, system, os } = context;
  const { action, scope, is_dry } = asked;
  const setup = action === "install" ? await readSetup(asked, context) : undefined;
  const plan = setup ? manager.install(setup) : manager.uninstall(scope);
  if (is_dry) {
    await print(renderPlan(plan));
    return 0;
  }
  await carryOut(plan, taskOf(action, os), system, signal);
  const done = setup
    ? `lanspread is a service of ${manager.name} and was started; its log: ${
      manager.logs(scope, setup.log_file)
    }`
    : `lanspread is no service of ${manager.name} any more`;
  await print([done, ...plan.notes].map((line) => `${line}\n`).join(""));
  return 0;
}

/** Reads everything that an installation needs to know, and checks it as `lanspread run` would. */
async function readSetup({ scope, settings }: Asked, context: ServiceContext): Promise<ServiceSetup> {
  const { manager, program, os, env } = context;
  const args = [...settings, ...scope === "system" ? systemStateDir(settings, os, env) : []];
  const { state_dir, game_dir, log_file } = await readSettings({
    args,
    env: withoutOwn(env),
    has_control: true,
  });
  const folder = await Deno.stat(game_dir).catch(() => undefined);
  if (!folder?.isDirectory) throw usage(`--game-dir ${game_dir} is not a folder; make it first`);
  if (log_file !== undefined) await requireLogFolder(log_file, { scope, state_dir, game_dir });
  const owner = scope === "system" && os !== "windows" ? ownerOf(folder, game_dir) : undefined;
  const config_file = await configFile(join(state_dir, CONFIG_FILE), owner);
  const present_config = await textOf(config_file);
  const config = configText(args, RUN_FLAGS, present_config);
  const present = await textOf(manager.file(scope));
  return {
    scope,
    program,
    state_dir,
    game_dir,
    log_file,
    config_file,
    config,
    owner,
    present,
    present_config,
  };
}

/** What stands in this environment will not stand in the service's. */
function withoutOwn(env: ServiceContext["env"]): ServiceContext["env"] {
  return (name) => name.startsWith("LANSPREAD_") ? undefined : env(name);
}

async function tellStatus(
  { scope, is_json }: Asked,
  { manager, system, os, env }: ServiceContext,
  signal: AbortSignal,
): Promise<number> {
  const logs = manager.logs(scope, await chosenLog(manager, scope, env));
  const { program, args } = manager.query(scope);
  const state = manager.readState(await runIt(program, args, taskOf("status", os), system, signal));
  const facts = {
    manager: manager.name,
    scope,
    file: manager.file(scope),
    logs,
    ...state,
  };
  const { is_installed, is_running, pid, restarts = 0 } = state;
  const details = [
    `by ${manager.name}`,
    ...pid ? [`pid ${pid}`] : [],
    ...restarts ? [`restarts: ${restarts}`] : [],
  ];
  const text = !is_installed
    ? "lanspread is not installed as a service"
    : is_running
    ? `lanspread runs (${details.join(", ")}); its log: ${logs}`
    : `lanspread is installed and does not run: ${state.state}; its log: ${logs}`;
  await print(`${is_json ? JSON.stringify(facts) : text}\n`);
  return is_running ? 0 : 1;
}

/** Which file the service's flags and settings name for its log, as far as this user may know. */
async function chosenLog(
  manager: ServiceManager,
  scope: Scope,
  env: ServiceContext["env"],
): Promise<string | undefined> {
  try {
    const text = await textOf(manager.file(scope));
    if (text === undefined) return undefined;
    const args = manager.flags(text);
    return (await readSettings({ args, env: withoutOwn(env), has_control: true, has_page: true })).log_file;
  } catch {
    return undefined;
  }
}

function taskOf(action: Action, os: string): Task {
  const what = action === "status" ? "ask for the service" : `${action} the service`;
  return { what, rights: os === "windows" ? "run it as administrator" : "run it with sudo" };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const bytes = await Deno.readFile(path);
    return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8").decode(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function usage(message: string): LanspreadError {
  return new LanspreadError("usage", message);
}
