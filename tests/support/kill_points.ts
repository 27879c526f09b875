/**
 * Operations on an install in a process of their own, ended by SIGKILL: at a named step, or from outside.
 *
 * As a program: `kill_points.ts <operation> <game_root> <state_dir> <step>` does the operation and kills itself at the
 * step, when it comes for the first time. What is installed has version 2.0; a streamed install has its source in
 * `SOURCE` as seen from the game root.
 *
 * @module
 */

import { IntentLog } from "../../src/install/intent.ts";
import { recoverGame } from "../../src/install/recovery.ts";
import { removeGame } from "../../src/install/remove.ts";
import type { StepName } from "../../src/install/state.ts";
import { installGame, uninstallGame, updateGame } from "../../src/install/transaction.ts";
import { streamGame } from "../../src/install/stream.ts";
import { basename, fromFileUrl, join } from "../../src/base/std/path.ts";
import { GameVersion, parseGameId } from "../../src/proto/ids.ts";
import { within } from "./deadline.ts";
import { StreamLink } from "./stream_link.ts";

const THIS = fromFileUrl(import.meta.url);
const NEVER = new AbortController().signal;

/** The game directory of the source, from the game root of the receiver. */
export const SOURCE = "../../../source";

/** What can be killed. `alternate` updates for ever, from each of two archives in turn. */
export type KillableOperation =
  | "install"
  | "update"
  | "stream"
  | "uninstall"
  | "remove"
  | "recover"
  | "alternate";

/** Starts the operation in a process of its own; without a step it is never killed from inside. */
export function spawnOperation(
  operation: KillableOperation,
  game_root: string,
  state_dir: string,
  step = "",
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", THIS, operation, game_root, state_dir, step],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** Does the operation in a process that dies at `step`. Gives whether it was killed there. */
export async function killedAt(
  step: StepName,
  operation: KillableOperation,
  game_root: string,
  state_dir: string,
): Promise<boolean> {
  const child = spawnOperation(operation, game_root, state_dir, step);
  try {
    const { signal, success } = await within(`${operation} up to ${step}`, child.status, 60_000);
    return signal === "SIGKILL" || Deno.build.os === "windows" && !success;
  } finally {
    await endChild(child);
  }
}

/** Ends a child that may have ended. */
export async function endChild(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
}

async function run([operation, game_root = "", state_dir = "", last_step]: string[]): Promise<void> {
  const steps = (step: StepName) => {
    if (step !== last_step) return;
    Deno.kill(Deno.pid, "SIGKILL");
    for (;;); // Nothing may happen while the signal is on its way.
  };
  const game_id = parseGameId(basename(game_root));
  const version = GameVersion.parse("2.0");
  const options = { game_id, game_root, intents: new IntentLog(state_dir), version, signal: NEVER, steps };
  if (operation === "install") await installGame(options);
  else if (operation === "update") await updateGame(options);
  else if (operation === "stream") {
    await using link = await StreamLink.open(join(game_root, SOURCE));
    using tree = await link.stream(game_id);
    await streamGame({ ...options, tree });
  } else if (operation === "uninstall") await uninstallGame(options);
  else if (operation === "remove") await removeGame(options);
  else if (operation === "recover") await recoverGame(options);
  else {
    for (let turn = 0;; turn++) {
      await Deno.copyFile(`${state_dir}/${turn % 2}.eti`, `${state_dir}/next`);
      await Deno.rename(`${state_dir}/next`, `${game_root}/game.eti`);
      await updateGame(options);
    }
  }
}

if (import.meta.main) await run(Deno.args);
