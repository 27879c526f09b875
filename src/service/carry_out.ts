/**
 * Does what a plan says, step by step, and says in one sentence what keeps it from that.
 *
 * @module
 */

import { lchownSync } from "node:fs";
import { writeFileAtomic } from "../base/atomic_file.ts";
import { SYSTEM_CLOCK } from "../base/clock.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { dirname } from "../base/std/path.ts";
import type { Owner, Plan, Step } from "./plan.ts";

/** Between two tries of a step, in milliseconds. */
export const RETRY_MS = 500;

/** How a program ended. */
export interface Answer {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The system as far as plans touch it, so that tests can stand in for it. */
export interface System {
  /** Throws `Deno.errors.NotFound` where there is no such program. */
  run(program: string, args: readonly string[], signal: AbortSignal): Promise<Answer>;
  write(path: string, bytes: Uint8Array, mode: number, owner: Owner | undefined): Promise<void>;
  makeFolder(path: string, mode: number, owner: Owner | undefined): Promise<void>;
  /** Does nothing where there is none. */
  remove(path: string): Promise<void>;
  /** Resolves after `ms` milliseconds. Throws the signal's reason. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** What is carried out, for sentences: "install the service". */
export interface Task {
  readonly what: string;
  /** What gives the rights that are missing: "run it with sudo". */
  readonly rights: string;
}

/** Carries out a plan. Throws `io` at the first step that fails; what was done until then stays, and may be done again. */
export async function carryOut(plan: Plan, task: Task, system: System, signal: AbortSignal): Promise<void> {
  await ask(plan.probe, task, system, signal);
  for (const step of plan.steps) {
    signal.throwIfAborted();
    await doStep(step, task, system, signal);
  }
}

/** Runs a command whose success matters, and gives its answer. Throws `io`. */
async function ask(
  { program, args }: Plan["probe"],
  task: Task,
  system: System,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await runIt(program, args, task, system, signal);
  if (answer.success) return answer;
  const reason = (answer.stderr || answer.stdout).trim().split("\n")[0] ?? "";
  const advice = /denied|permission|root|privilege|interactive authentication|access/i.test(reason)
    ? `; ${task.rights}`
    : /booted with systemd|connect to bus/i.test(reason)
    ? "; systemd does not run here, or not for this user"
    : "";
  throw new LanspreadError("io", `Cannot ${task.what}: ${[program, ...args].join(" ")}: ${reason}${advice}`);
}

/** Runs a command, whatever comes of it. Throws `io` where there is no such program. */
export async function runIt(
  program: string,
  args: readonly string[],
  { what }: Task,
  system: System,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await system.run(program, args, signal);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new LanspreadError("io", `Cannot ${what}: there is no ${program} on this machine`, { cause });
  }
}

async function doStep(step: Step, task: Task, system: System, signal: AbortSignal): Promise<void> {
  if (step.kind === "run") {
    for (let left = step.tries ?? 1; left > 1; left--) {
      if ((await runIt(step.program, step.args, task, system, signal)).success) return;
      await system.pause(RETRY_MS, signal);
    }
    if (step.may_fail) await runIt(step.program, step.args, task, system, signal);
    else await ask(step, task, system, signal);
    return;
  }
  try {
    if (step.kind === "remove") return await system.remove(step.path);
    if (step.kind === "make_folder") return await system.makeFolder(step.path, step.mode, step.owner);
    await system.write(step.path, bytesOf(step), step.mode, step.owner);
  } catch (cause) {
    const is_refused = cause instanceof Deno.errors.PermissionDenied;
    const reason = is_refused ? `permission denied; ${task.rights}` : messageOf(cause);
    throw new LanspreadError("io", `Cannot ${task.what}: ${step.path}: ${reason}`, { cause });
  }
}

function bytesOf({ text, encoding }: Step & { kind: "write" }): Uint8Array {
  if (encoding !== "utf-16") return new TextEncoder().encode(text);
  const bytes = new DataView(new ArrayBuffer((text.length + 1) * 2));
  bytes.setUint16(0, 0xfeff, true);
  for (let at = 0; at < text.length; at++) bytes.setUint16((at + 1) * 2, text.charCodeAt(at), true);
  return new Uint8Array(bytes.buffer);
}

/** This machine. */
export const THIS_SYSTEM: System = {
  async run(program, args, signal) {
    const command = new Deno.Command(program, { args: [...args], stdin: "null", signal });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  },
  async write(path, bytes, mode, owner) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, bytes, { mode });
    own(path, owner);
  },
  async makeFolder(path, mode, owner) {
    // The folders above it are not its owner's alone: whoever runs the service has to get through them.
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.mkdir(path, { recursive: true, mode });
    // What is given away below it would lie wherever its owner lets the link lead.
    if (owner && (await Deno.lstat(path)).isSymlink) {
      throw new LanspreadError("io", "it is a link; name the folder itself");
    }
    own(path, owner);
  },
  async remove(path) {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  },
  pause: (ms, signal) => SYSTEM_CLOCK.sleep(ms, signal),
};

/** Never through a link: the folder belongs to somebody who has fewer rights than this process. */
function own(path: string, owner: Owner | undefined): void {
  if (owner) lchownSync(path, owner.uid, owner.gid);
}
