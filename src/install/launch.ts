/**
 * Starts an installed game: `game_setup` once, then `game_start`, or `server_start` in a window of its own.
 *
 * Participants: `launch_plan.ts` chooses script and command, `setup_done.ts` remembers the setup. Goals: only regular
 * files directly in `local/` are run, never links; what is started outlives the peer, holds none of its streams and none
 * of its files. Non-goals: knowing when a game ends; that no operation changes the install meanwhile, which is the
 * caller's care.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { isAbsolute, join } from "../base/std/path.ts";
import { requireInstalled } from "./checks.ts";
import {
  byHand,
  commandFor,
  findScripts,
  folderProblem,
  type LaunchCommand,
  type Part,
  scriptName,
  type System,
  type Terminal,
  TERMINALS,
} from "./launch_plan.ts";
import { lstat } from "./look.ts";
import { isSetUp, markSetUp, type SetupOf } from "./setup_done.ts";
import { INSTALL_NAME } from "./state.ts";

/** What is started. */
export interface LaunchOptions extends SetupOf {
  what: "game" | "server";
  /** Ends the wait for a setup; what runs already is left alone. */
  signal: AbortSignal;
}

/** What was started. */
export interface Launched {
  /** Whether the setup ran now. */
  setup: boolean;
  /** The name of the script that runs. */
  started: string;
}

/** A script to run, where it lies. */
interface Script {
  system: System;
  part: Part;
  folder: string;
  script: string;
}

/**
 * Runs the setup to its end where this install has one that was not done yet, then starts the game or its server and
 * does not wait for it.
 *
 * Throws `LanspreadError`: `not_installed`, `launch_failed`, `io`, and the signal's reason.
 */
export async function launchGame(options: LaunchOptions): Promise<Launched> {
  const { game_id, game_root, what } = options;
  try {
    if (!(await lstat(game_root))?.isDirectory) throw new LanspreadError("not_installed", "it is not here");
    await requireInstalled(game_root);
    const folder = join(game_root, INSTALL_NAME);
    const system = thisSystem();
    const problem = folderProblem(system, folder);
    if (problem !== undefined) throw failed(problem);
    const names = await filesIn(folder);
    const start = { system, part: what, folder, script: requireScript(system, what, names) };
    // Looked for before the setup runs: what can't be started needs none.
    const terminal = what === "server" && system === "linux" ? await requireTerminal(start) : undefined;
    const setup = await runSetup(options, folder, findScripts(system, "setup", names).here);
    options.signal.throwIfAborted();
    spawn(start.script, await commandOf(start, terminal)).unref();
    return { setup, started: start.script };
  } catch (error) {
    if (options.signal.aborted && error === options.signal.reason) throw error;
    const { code, message } = error instanceof LanspreadError
      ? error
      : { code: "io" as const, message: messageOf(error) };
    throw new LanspreadError(code, `Cannot launch ${game_id}: ${message}`, { cause: error });
  }
}

function thisSystem(): System {
  const { os } = Deno.build;
  return os === "windows" || os === "darwin" ? os : "linux";
}

/** The names of the regular files directly in `folder`. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name);
}

function requireScript(system: System, part: Part, names: readonly string[]): string {
  const { here, elsewhere } = findScripts(system, part, names);
  if (here !== undefined) return here;
  const wanted = scriptName(system, part);
  const why = elsewhere === undefined
    ? `it has no ${wanted} in ${INSTALL_NAME}/; ask whoever made the game's archive`
    : `it has ${elsewhere} only, which this system can't run; write a ${wanted} for it in ${INSTALL_NAME}/`;
  throw failed(why);
}

/** Gives whether a setup ran. Throws where it failed; it runs again the next time then. */
async function runSetup(
  options: LaunchOptions,
  folder: string,
  script: string | undefined,
): Promise<boolean> {
  if (script === undefined || await isSetUp(options)) return false;
  const setup: Script = { system: thisSystem(), part: "setup", folder, script };
  options.signal.throwIfAborted();
  const child = spawn(script, await commandOf(setup));
  const { success, code, signal } = await abortable(child.status, options.signal).finally(() =>
    child.unref()
  );
  if (!success) {
    const end = signal === null ? `with code ${code}` : `by ${signal}`;
    const hint = setup.system === "windows" ? `run it in ${folder} to see why` : `see why: ${byHand(setup)}`;
    throw failed(`its ${script} ended ${end}, so it was not started; ${hint}`);
  }
  await markSetUp(options);
  return true;
}

async function commandOf(script: Script, terminal?: Terminal): Promise<LaunchCommand> {
  const is_program = script.system !== "windows" && await isProgram(join(script.folder, script.script));
  return commandFor({ ...script, is_program, terminal, windows_dir: Deno.env.get("SystemRoot") });
}

/** Whether the system itself can run the file: it may be executed and says by what. */
async function isProgram(path: string): Promise<boolean> {
  const info = await lstat(path);
  if (!info?.isFile) throw failed(`${path} is not a regular file`);
  if (((info.mode ?? 0) & 0o111) === 0) return false;
  using file = await Deno.open(path);
  const head = new Uint8Array(2);
  return await file.read(head) === 2 && head[0] === 0x23 && head[1] === 0x21;
}

/** A terminal with its absolute path. Throws `launch_failed` where there is none, or no screen to show it on. */
async function requireTerminal(script: Script): Promise<Terminal> {
  if (!Deno.env.get("DISPLAY") && !Deno.env.get("WAYLAND_DISPLAY")) {
    throw failed(`there is no desktop to open the server's window on; run it by hand: ${byHand(script)}`);
  }
  for (const terminal of TERMINALS) {
    const path = await findProgram(terminal.name);
    if (path !== undefined) return { ...terminal, name: path };
  }
  throw failed(
    `there is no terminal program for the server's window; install xterm, or run it by hand: ${
      byHand(script)
    }`,
  );
}

/** The first executable file of this name in `PATH`. */
async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":").filter(isAbsolute)) {
    const path = join(folder, name);
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
  }
  return undefined;
}

/** Starts a process that is on its own from here on. */
function spawn(script: string, { program, args, cwd, raw }: LaunchCommand): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args,
      cwd,
      windowsRawArguments: raw,
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (cause) {
    throw failed(`${script} can't be started by ${program}: ${messageOf(cause)}`, cause);
  }
}

function failed(message: string, cause?: unknown): LanspreadError {
  return new LanspreadError("launch_failed", message, { cause });
}
