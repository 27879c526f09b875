/**
 * How the demo ends, whatever happens: its processes are gone, its folder too, and it says so.
 *
 * @module
 */

import process from "node:process";
import type { PeerProcess, Swarm } from "../support/swarm.ts";

// 128 + the number of the signal, as shells do it.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGBREAK: 149 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** The wish to end, from outside or from a failure that nobody waited for. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #stack = new DisposableStack();
  /** What was asked for; `undefined` while nobody asked. */
  exit_code: number | undefined;

  constructor() {
    const signals: StopSignal[] = Deno.build.os === "windows"
      ? ["SIGINT", "SIGBREAK"]
      : ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) this.#onSignal(signal);
    const onRejection = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      this.#controller.abort(event.reason);
    };
    addEventListener("unhandledrejection", onRejection);
    this.#stack.defer(() => removeEventListener("unhandledrejection", onRejection));
  }

  /** Aborts when the demo has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #onSignal(signal: StopSignal): void {
    const stop = () => {
      this.exit_code ??= EXIT_CODES[signal];
      this.#controller.abort(new Error(`stopped by ${signal}`));
    };
    Deno.addSignalListener(signal, stop);
    this.#stack.defer(() => Deno.removeSignalListener(signal, stop));
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** Ends every process of the swarm, removes its folder, and looks whether both are gone. Throws where they are not. */
export async function leaveNothing(
  swarm: Swarm,
  peers: readonly Pick<PeerProcess, "name" | "pid">[],
): Promise<void> {
  const folder = swarm.dir.path;
  await swarm[Symbol.asyncDispose]();
  const alive = peers.filter(({ pid }) => isAlive(pid));
  if (alive.length > 0) {
    throw new Error(`still running: ${alive.map(({ name, pid }) => `${name} (process ${pid})`).join(", ")}`);
  }
  if (isThere(folder)) throw new Error(`${folder} is still there; remove it by hand`);
}

/** Whether the process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process exists.
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
