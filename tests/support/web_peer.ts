/**
 * A running `lanspread` with its page, one process, in a party of a swarm's.
 *
 * ```ts ignore
 * await using peer = await WebPeer.start(swarm, "bob");
 * await page.goto(peer.url);
 * ```
 *
 * @module
 */

import type { z } from "zod";
import { Settings } from "../../src/web/answer_schemas.ts";
import { type Control, readControl } from "../../src/web/control_file.ts";
import { until, within } from "./deadline.ts";
import type { Swarm } from "./swarm.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const START_MS = 60_000;
const STOP_MS = 20_000;

/** How it is started beyond what every one is given. */
export interface WebPeerOptions {
  args?: readonly string[];
  /** Leaves out `--game-dir`. */
  has_no_folder?: boolean;
  /** The TCP port of an earlier one, so that its page finds the next one. */
  port?: number;
  env?: Record<string, string>;
}

/** One process; disposing it ends it. */
export class WebPeer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #control: Control | undefined;
  /** What it printed. */
  output = "";

  private constructor(readonly state_dir: string, args: readonly string[], env: Record<string, string>) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-net", MAIN, "run", ...args],
      env: { NO_COLOR: "1", LANSPREAD_CATALOG: "", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
  }

  /** Starts it in the folders that the swarm has for `name`; resolves when its page can be had. */
  static async start(swarm: Swarm, name: string, options: WebPeerOptions = {}): Promise<WebPeer> {
    const { args = [], has_no_folder = false, port = 0, env = {} } = options;
    const state_dir = swarm.stateDir(name);
    const folder = has_no_folder ? [] : ["--game-dir", swarm.gameDir(name)];
    const place = ["--state-dir", state_dir, "--name", name, "--interface", "127.0.0.1", "--port", "0"];
    const all = [...folder, ...place, "--party", swarm.party, "--http-port", `${port}`, ...args];
    const peer = new WebPeer(state_dir, all, env);
    try {
      await peer.#ready();
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw new Error(`${name} does not start:\n${peer.output}`, { cause: error });
    }
    return peer;
  }

  async #ready(): Promise<void> {
    const isReady = async () => this.output.includes("in a browser") && await readControl(this.state_dir);
    this.#control = await until("a page", isReady, START_MS);
  }

  get port(): number {
    return Number(this.#control?.address.split(":")[1]);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Gives it a command, as a program does. Gives the HTTP status and the answer. */
  async command(command: Record<string, unknown>): Promise<[status: number, body: string]> {
    const authorization = `Bearer ${this.#control?.token}`;
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify(command);
    const answer = await fetch(`${this.url}api/v1/commands`, { method: "POST", headers, body });
    return [answer.status, await answer.text()];
  }

  /** How it is set now. */
  async settings(): Promise<z.infer<typeof Settings>> {
    return Settings.parse(await (await fetch(`${this.url}api/v1/settings`)).json());
  }

  /** Asks it to end, as Ctrl-C does. Gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGINT");
    const { code } = await within("the end of lanspread", this.#child.status, STOP_MS);
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#reading;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
  }
}
