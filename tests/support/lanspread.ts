/**
 * `lanspread` as a person runs it: a peer with its control API in a process of its own, and commands beside it.
 *
 * ```ts ignore
 * await using bob = await Lanspread.start(swarm, "bob");
 * await bob.cli("get", "alienswarm");
 * ```
 *
 * @module
 */

import { Status } from "../../src/web/answer_schemas.ts";
import { readControl } from "../../src/web/control_file.ts";
import { until, within } from "./deadline.ts";
import type { Swarm } from "./swarm.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** What starts the program; a command follows. */
export const LANSPREAD: readonly string[] = [Deno.execPath(), "run", "-A", "--unstable-net", MAIN];
/** A loaded machine takes many seconds to start a process. */
const DEADLINE_MS = 60_000;

/** What a command printed. */
export interface Printed {
  code: number;
  out: string;
  err: string;
}

/** Runs a command of the program to its end. */
export async function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Printed> {
  const [program = "", ...start] = LANSPREAD;
  const command = new Deno.Command(program, { args: [...start, ...args], env });
  const { code, stdout, stderr } = await within(args.join(" "), command.output(), DEADLINE_MS);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A running `lanspread`. */
export class Lanspread implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(readonly state_dir: string, flags: readonly string[]) {
    const [program = "", ...start] = LANSPREAD;
    const std = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#child = new Deno.Command(program, { args: [...start, ...flags], ...std }).spawn();
  }

  /** Starts it in the swarm's folders for `name`, on loopback, and waits for its control API. */
  static async start(swarm: Swarm, name: string, flags: readonly string[] = []): Promise<Lanspread> {
    const folders = ["--game-dir", swarm.gameDir(name), "--state-dir", swarm.stateDir(name), "--name", name];
    const net = ["--interface", "127.0.0.1", "--party", swarm.party, "--port", "0", "--http-port", "0"];
    const running = new Lanspread(swarm.stateDir(name), [...folders, ...net, ...flags]);
    try {
      await until("control.json", () => readControl(running.state_dir), DEADLINE_MS);
      return running;
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The environment in which commands find it. */
  get env(): Record<string, string> {
    return { LANSPREAD_STATE_DIR: this.state_dir };
  }

  /** Runs a command beside it. */
  async cli(...args: string[]): Promise<Printed> {
    return await runCli(args, this.env);
  }

  /** What it says of itself. */
  async status() {
    return Status.parse(JSON.parse((await this.cli("status", "--json")).out));
  }

  /** Asks it to end and gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await within("the end", this.#child.status, DEADLINE_MS)).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }
}
