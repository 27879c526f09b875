/**
 * A peer behind another command, where a test changes what surrounds the whole process: its network, its limits, or
 * the runtime itself. Otherwise use `swarm.ts`.
 *
 * @module
 */

import type { PeerEvent } from "../../src/peer/events.ts";
import { until } from "./deadline.ts";
import { HostProcess } from "./namespaces.ts";
import type { CliStarted, CommandResult, EventOf, Line } from "./swarm.ts";
import type { TempDir } from "./temp_dir.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const DEADLINE_MS = 60_000;

/** What surrounds the peer. */
export interface WrappedOptions {
  /** The command that starts the program behind it. */
  wrapper?: readonly string[];
  /** Flags of the runtime. */
  runtime?: readonly string[];
  /** Flags of the peer. */
  args?: readonly string[];
  party: string;
}

/** One peer; its folders lie below `dir`, under its name. */
export class WrappedPeer implements AsyncDisposable {
  readonly #host: HostProcess;
  #next_id = 1;

  constructor(readonly dir: TempDir, readonly name: string, options: WrappedOptions) {
    const { wrapper = [], runtime = [], args = [], party } = options;
    Deno.mkdirSync(this.game_dir, { recursive: true });
    this.#host = new HostProcess([
      ...[...wrapper, Deno.execPath(), "run", "-A", "--unstable-net", ...runtime, MAIN, "peer", "--jsonl"],
      ...["--game-dir", this.game_dir, "--state-dir", this.dir.join(name, "state"), "--name", name],
      ...["--party", party, "--port", "0", "--log", "debug", ...args],
    ]);
  }

  get game_dir(): string {
    return this.dir.join(this.name, "games");
  }

  get log(): string {
    return this.#host.log;
  }

  /** Everything it printed, in order. */
  get lines(): Line[] {
    return this.#host.lines.map((line): Line => JSON.parse(line));
  }

  get peer_id(): string {
    const started = this.lines.find((line): line is CliStarted => line.event === "cli-started");
    if (!started) throw new Error(`${this.name} has not started`);
    return started.peer_id;
  }

  /** Waits for an event, also one that came before; from line `from` on where given. */
  async event<N extends PeerEvent["event"]>(
    name: N,
    matches: (event: EventOf<N>) => boolean = () => true,
    from = 0,
  ): Promise<EventOf<N>> {
    const isWanted = (line: Line): line is EventOf<N> => line.event === name;
    return await this.#until(name, () => this.lines.slice(from).filter(isWanted).find(matches));
  }

  async #until<T>(what: string, probe: () => T | undefined): Promise<T> {
    return await until(`${this.name}: ${what}`, probe, DEADLINE_MS).catch((error) => {
      const lines = this.#host.lines.slice(-10).map((line) => line.slice(0, 300)).join("\n");
      throw new Error(`${error.message}\nlast lines:\n${lines}\nlog:\n${this.log.slice(-3_000)}`);
    });
  }

  /** Sends a command and gives its answer, accepted or not. */
  async command(command: string, fields: Record<string, unknown> = {}): Promise<CommandResult> {
    const id = this.#next_id++;
    await this.#host.write(JSON.stringify({ id, command, ...fields }));
    const isAnswer = (line: Line): line is CommandResult => line.event === "result" && line.id === id;
    return await this.#until(command, () => this.lines.find(isAnswer));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#host.signal(signal);
  }

  /** Waits until it ended by itself. Gives its exit code. */
  exited(): Promise<number> {
    return this.#host.exited();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }
}
