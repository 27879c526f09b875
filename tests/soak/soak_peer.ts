/**
 * One machine of a soak: its folders and canaries, its cable, its small disk, and one life of its peer after another.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import type { PeerHost } from "../support/lab.ts";
import { LanHost } from "../support/lan.ts";
import type { SmallDisk } from "../support/mounts.ts";
import type { CommandResult, Line, PeerProcess, Swarm } from "../support/swarm.ts";
import { Canary } from "./canary.ts";
import { DiskLook } from "./disk_look.ts";
import { GAME_IDS } from "./games.ts";
import { type Figures, figuresOf } from "./process_look.ts";
import { idFor } from "./told_rules.ts";

/** As slow as a busy cable, so that what happens meanwhile really happens meanwhile. */
const FLAGS = ["--limit-up", "16M", "--log", "debug"];
const STOP_MS = 30_000;

/** From one start to the end of the process. */
export interface Life {
  readonly process: PeerProcess;
  /** Why it ends or has ended; `running` where nobody wanted it to. */
  end: "running" | "killed" | "stopped";
  /** At its first quiet. */
  first_figures?: Figures | undefined;
}

/** What a machine is made of. */
export interface SoakPeerParts {
  readonly name: string;
  readonly host: PeerHost;
  readonly disk: SmallDisk | undefined;
  readonly canary: Canary;
}

/** One machine. */
export class SoakPeer {
  readonly look = new DiskLook();
  readonly lives: Life[] = [];
  /** Games whose files are changed by hand now. */
  readonly by_hand = new Set<number>();
  peak_bytes = 0;
  /** Ended without being told to: what is wrong about it. */
  readonly problems: string[] = [];
  #is_cut = false;
  #is_full = false;
  #filled: AsyncDisposable | undefined;
  #next_id = 1;

  constructor(readonly swarm: Swarm, readonly parts: SoakPeerParts) {}

  get name(): string {
    return this.parts.name;
  }

  get dir(): string {
    return this.swarm.dir.join(this.name);
  }

  get game_dir(): string {
    return join(this.dir, "games");
  }

  get temp_dir(): string {
    return join(this.dir, "tmp");
  }

  get life(): Life | undefined {
    const last = this.lives.at(-1);
    return last?.end === "running" ? last : undefined;
  }

  get is_cut(): boolean {
    return this.#is_cut;
  }

  root(game: number): string {
    return join(this.game_dir, GAME_IDS[game] ?? "");
  }

  /** Starts the peer's next life and waits until it is ready. */
  async start(): Promise<void> {
    await Deno.mkdir(this.temp_dir, { recursive: true });
    const { host } = this.parts;
    const process = this.swarm.spawn(this.name, { host, args: FLAGS, env: { TMPDIR: this.temp_dir } });
    const life: Life = { process, end: "running" };
    this.lives.push(life);
    this.#watchEnd(life);
    await process.ready.catch((error) => {
      // It was killed or stopped while it started.
      if (life.end === "running") throw error;
    });
  }

  #watchEnd(life: Life): void {
    life.process.exited(2 ** 31 - 1).then((code) => {
      if (life.end === "running") this.problems.push(`${this.name} ended by itself with ${code}`);
      if (life.end === "stopped" && code !== 0) this.problems.push(`${this.name} stopped with ${code}`);
    }, () => {});
  }

  /** Kills the peer without a word. */
  async kill(): Promise<void> {
    const { life } = this;
    if (!life) return;
    life.end = "killed";
    await life.process.kill();
  }

  /** Stops the peer as a person would. */
  async stop(): Promise<void> {
    const { life } = this;
    if (!life) return;
    life.end = "stopped";
    await life.process.stop(STOP_MS);
  }

  /** Sends a command about a game; `undefined` where the peer is down or ends meanwhile. */
  async command(
    command: string,
    game_id: string,
    fields: Record<string, unknown> = {},
  ): Promise<CommandResult | undefined> {
    const { life } = this;
    if (!life) return undefined;
    const id = idFor(game_id, this.#next_id++);
    const from = life.process.lines.length;
    try {
      await life.process.write(JSON.stringify({ id, command, ...fields }));
      return await life.process.event("result", (result) => result.id === id, { from });
    } catch (error) {
      if (life.end !== "running") return undefined;
      throw error;
    }
  }

  /** What a command answers that can't be refused; `undefined` where the peer is down. */
  async ask(command: string): Promise<CommandResult["data"]> {
    return (await this.command(command, "nothing"))?.data;
  }

  /** The operations that run. */
  async operations(): Promise<{ game_id: string; operation: string }[]> {
    return (await this.ask("status"))?.operations ?? [];
  }

  /** Pulls or plugs in its cable; whether it has one. */
  async plug(is_in: boolean): Promise<boolean> {
    const { host } = this.parts;
    if (!(host instanceof LanHost) || this.#is_cut === !is_in) return false;
    this.#is_cut = !is_in;
    await (is_in ? host.heal() : host.cut());
    return true;
  }

  /** Takes all space of its small disk; whether it has one. */
  async fill(): Promise<boolean> {
    if (!this.parts.disk || this.#is_full) return false;
    this.#is_full = true;
    this.#filled = await this.parts.disk.fill();
    return true;
  }

  /** Gives the space back. */
  async free(): Promise<void> {
    const filled = this.#filled;
    this.#filled = undefined;
    await filled?.[Symbol.asyncDispose]();
    this.#is_full = this.#filled !== undefined;
  }

  /** Notes how much memory it has taken. Gives the figures of now. */
  measure(): Figures | undefined {
    const figures = this.life && figuresOf(this.life.process.pid);
    this.peak_bytes = Math.max(this.peak_bytes, figures?.peak_bytes ?? 0);
    return figures;
  }

  /** All lines of all lives. */
  get told(): Line[] {
    return this.lives.flatMap(({ process }) => process.lines);
  }
}
