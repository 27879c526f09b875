/**
 * Network namespaces that a test makes and removes, and programs that run in one or behind any other command: two
 * hosts with a cable between them on one machine. Linux and root only; `whyNoNamespaces()` says what is missing.
 *
 * ```ts ignore
 * await using cable = await Cable.lay();
 * await using host = new HostProcess([...inNamespace(cable.names[0]), Deno.execPath(), "run", "-A", "main.ts"]);
 * await cable.cut();
 * ```
 *
 * @module
 */

/** Runs `ip`. Throws with what it says. */
export async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args, stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** The command before a program that runs it in a namespace, under the process id that the command had. */
export function inNamespace(name: string): string[] {
  return ["ip", "netns", "exec", name];
}

let cables = 0;

/** Two namespaces with a cable between them; 10.77.0.1 and 10.77.0.2 are its ends. */
export class Cable implements AsyncDisposable {
  readonly names: readonly [string, string];

  private constructor() {
    const id = `lanspread-${Deno.pid}-${cables++}`;
    this.names = [`${id}-a`, `${id}-b`];
  }

  static async lay(): Promise<Cable> {
    await sweepNamespaces();
    await using stack = new AsyncDisposableStack();
    const cable = stack.use(new Cable());
    const [a, b] = cable.names;
    for (const name of cable.names) await ip("netns", "add", name);
    await ip("-n", a, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", b);
    for (const [at, name] of cable.names.entries()) {
      await ip("-n", name, "addr", "add", `10.77.0.${at + 1}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) await ip("-n", name, "link", "set", device, "up");
      await route(name);
    }
    stack.move();
    return cable;
  }

  /** Pulls the cable out of the first host. */
  async cut(): Promise<void> {
    await ip("-n", this.names[0], "link", "set", "eth0", "down");
  }

  /** Plugs it in again; its route went with it. */
  async mend(): Promise<void> {
    await ip("-n", this.names[0], "link", "set", "eth0", "up");
    await route(this.names[0]);
  }

  async [Symbol.asyncDispose]() {
    for (const name of this.names) await ip("netns", "del", name).catch(() => {});
  }
}

/** Removes what processes that were ended left of their namespaces. Harmless where there are none. */
export async function sweepNamespaces(): Promise<void> {
  if (Deno.build.os !== "linux") return;
  const names = await Array.fromAsync(Deno.readDir("/run/netns")).catch(() => []);
  for (const { name } of names) {
    const [, pid] = /^lanspread-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) continue;
    await ip("netns", "del", name).catch(() => {});
  }
}

function route(name: string): Promise<void> {
  return ip("-n", name, "route", "replace", "224.0.0.0/4", "dev", "eth0");
}

/** Why no cable can be laid here; `undefined` where one can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "network namespaces exist on Linux only";
  if (Deno.uid() !== 0) return "making network namespaces needs root";
  try {
    await using _cable = await Cable.lay();
    return undefined;
  } catch (error) {
    return `network namespaces can't be made: ${error}`;
  }
}

/** A program behind any command, read line by line. Disposing it kills it. */
export class HostProcess implements AsyncDisposable {
  /** What it wrote to stdout. */
  readonly lines: string[] = [];
  /** What it wrote to stderr. */
  log = "";
  has_ended = false;
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;

  constructor([program = "", ...args]: readonly string[]) {
    const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(program, { args, ...piped, env: { NO_COLOR: "1" } }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#reading = Promise.all([this.#readLines(), this.#readLog()]).then(() => this.has_ended = true);
  }

  async #readLines(): Promise<void> {
    let rest = "";
    for await (const part of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
    }
  }

  async #readLog(): Promise<void> {
    for await (const part of this.#process.stderr.pipeThrough(new TextDecoderStream())) this.log += part;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Writes one line to its stdin. */
  async write(line: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits until it ended by itself and all it wrote is read. Gives its exit code. */
  async exited(): Promise<number> {
    await this.#reading;
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose]() {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    await this.#stdin.abort().catch(() => {});
    await this.#reading;
  }
}
