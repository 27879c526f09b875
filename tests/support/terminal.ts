/**
 * A program on a real terminal of its own, which `script` of util-linux makes: its keys are typed, its size is changed,
 * and everything that it draws is read.
 *
 * @module
 */

import { until, within } from "./deadline.ts";

/** A loaded machine takes many seconds to start a process. */
const DEADLINE_MS = 60_000;
/** Why there is no such terminal here. */
export const no_terminal = Deno.build.os === "linux" ? undefined : "the program script differs here";

/** A terminal in which one program runs. */
export class Terminal implements AsyncDisposable {
  readonly #script: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  /** All that the program wrote, with its escape codes. */
  text = "";

  /** Starts `command` on a terminal that is `columns` wide; `env` is beside TERM. */
  constructor(command: readonly string[], columns: number, env: Record<string, string>) {
    // exec: no shell may stand between the terminal's Ctrl-C and the program.
    const line = `stty cols ${columns} rows 24; tty; exec ${command.map(quoted).join(" ")}`;
    this.#script = new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      env: { SHELL: "/bin/sh", TERM: "xterm", NO_COLOR: "", ...env },
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    this.#keys = this.#script.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** The whole lines and the last one so far, without what the shell said before. */
  get shown(): string {
    return this.text.slice(this.text.indexOf("\n") + 1);
  }

  /** Waits until the program has written `part`, from the place `since` on. */
  async seen(part: string, since = 0): Promise<void> {
    const what = () => `${JSON.stringify(part)} on the terminal, which shows ${JSON.stringify(this.shown)}`;
    await until("", () => this.shown.includes(part, since), DEADLINE_MS).catch(() => {
      throw new Error(what());
    });
  }

  /** Types. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Makes it wider or narrower, as a window does. */
  async resize(columns: number): Promise<void> {
    const device = this.text.slice(0, this.text.indexOf("\n")).trim();
    const stty = new Deno.Command("stty", { args: ["-F", device, "cols", `${columns}`] });
    const { success } = await within("stty", stty.output());
    if (!success) throw new Error(`stty cannot change ${device}`);
  }

  /** The exit code of the program, when it has ended and all of its output is read. */
  async ended(): Promise<number> {
    const { code } = await within("the end on the terminal", this.#script.status, DEADLINE_MS);
    await this.#reading;
    return code;
  }

  async #read(): Promise<void> {
    for await (const part of this.#script.stdout.pipeThrough(new TextDecoderStream())) this.text += part;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#script.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#keys.close().catch(() => {});
    await this.#script.status;
    await this.#reading;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
