/**
 * Real peers for tests: one process each, driven over JSON lines, in a party of their own, in folders that are gone
 * afterwards; on loopback, or each on a host of its own where the lab has some (`lab.ts`).
 *
 * ```ts ignore
 * await using swarm = await Swarm.make();
 * const alice = await swarm.start("alice");
 * const bob = await swarm.start("bob");
 * await alice.event("peer-connected", (e) => e.peer_id === bob.peer_id);
 * ```
 *
 * @module
 */

import { V8_FLAGS } from "../../src/base/v8_flags.ts";
import type { GameEntry, PeerEvent } from "../../src/peer/events.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import { until, within } from "./deadline.ts";
import { evidence } from "./evidence.ts";
import { LAB_HOSTS, type PeerHost } from "./lab.ts";
import { swarmEvidence } from "./swarm_evidence.ts";
import { TempDir } from "./temp_dir.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const DEADLINE_MS = 60_000;
const EXIT_MS = 30_000;

/** One line that a peer printed. */
export type Line = PeerEvent | CliStarted | CommandResult;
/** The events of one name; several names may share one shape. */
export type EventOf<N extends Line["event"]> = Named<Line, N>;
type Named<L extends Line, N> = L extends Line ? (N & L["event"] extends never ? never : L) : never;

export interface CliStarted {
  event: "cli-started";
  name: string;
  peer_id: PeerId;
  version: string;
  game_dir: string;
  state_dir: string;
}

export interface CommandResult {
  event: "result";
  id: unknown;
  command: string | null;
  ok: boolean;
  // deno-lint-ignore no-explicit-any -- each command answers data of its own; tests look at what they asked for
  data?: any;
  error?: { code: string; message: string };
}

const DOWNLOAD_ENDS = [
  "download-finished",
  "download-failed",
  "download-cancelled",
  "download-peers-gone",
] as const;
/** How a download ends. */
export type DownloadEnd = typeof DOWNLOAD_ENDS[number];

/** One peer as `list-peers` answers it. */
export interface ListedPeer {
  peer_id: PeerId;
  name: string;
  addr: string;
  library_rev: number;
  game_count: number;
  games: GameSummary[];
}

/** How a peer is started beyond what the swarm gives it. */
export interface StartOptions {
  /** Flags after those of the swarm. */
  args?: readonly string[];
  env?: Record<string, string>;
  /** Another party than the swarm's. */
  party?: string;
  /** The host it runs on; without one the lab gives each name its own, which on loopback is this machine. */
  host?: PeerHost;
  /** Another copy of the program. */
  main?: string;
  /** The program as a command of its own, in place of the runtime with `main`. */
  program?: readonly string[];
}

/** Peers that belong together. Disposing it ends every process that it started and removes every folder. */
export class Swarm implements AsyncDisposable {
  readonly #peers = new Set<PeerProcess>();
  readonly #names: string[] = [];

  private constructor(readonly dir: TempDir, readonly party: string) {}

  static async make(): Promise<Swarm> {
    return new Swarm(await TempDir.make(), `test ${crypto.randomUUID()}`);
  }

  /** The game directory of the peer with this name; made when it is missing. */
  gameDir(name: string): string {
    const path = this.dir.join(name, "games");
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  stateDir(name: string): string {
    return this.dir.join(name, "state");
  }

  /** Gives a peer that has not started yet this peer_id, where a test is about the order of the ids. */
  async presetPeerId(name: string, peer_id: string): Promise<void> {
    await this.dir.write(`${name}/state/peer.json`, JSON.stringify({ peer_id }));
  }

  /** The host of the peer with this name: the same in each of its lives. */
  host(name: string): PeerHost {
    if (!this.#names.includes(name)) this.#names.push(name);
    const host = LAB_HOSTS[this.#names.indexOf(name) % LAB_HOSTS.length];
    return host ?? fail("the lab has no host");
  }

  /** Starts a peer and waits until it is ready. A name that was used before keeps its folders. */
  async start(name: string, options: StartOptions = {}): Promise<PeerProcess> {
    const peer = this.spawn(name, options);
    await peer.ready;
    return peer;
  }

  /** Starts a peer without waiting. */
  spawn(name: string, options: StartOptions = {}): PeerProcess {
    const { args = [], env = {}, party = this.party, host = this.host(name), main = MAIN } = options;
    const peer = new PeerProcess(name, {
      program: options.program ?? [Deno.execPath(), "run", "-A", "--unstable-net", V8_FLAGS, main],
      wrapper: host.wrapper,
      args: [
        ...["--game-dir", this.gameDir(name), "--state-dir", this.stateDir(name), "--name", name],
        ...["--interface", host.address, "--party", party, "--port", "0", "--log", "debug", ...args],
      ],
      env,
    });
    this.#peers.add(peer);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.kill()));
    evidence(swarmEvidence([...this.#peers]));
    await this.dir[Symbol.asyncDispose]();
  }
}

/** One peer in a process of its own. */
export class PeerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  #next_id = 1;
  #is_over = false;
  /** Every line so far, in order. */
  readonly lines: Line[] = [];
  /** What it logged. */
  log = "";
  /** Resolves when the peer is ready; rejects with its log when it ends before. */
  readonly ready: Promise<void>;

  constructor(
    readonly name: string,
    { program: run, args, env, wrapper }: {
      program: readonly string[];
      args: readonly string[];
      env: Record<string, string>;
      wrapper: readonly string[];
    },
  ) {
    const [program = "", ...rest] = [...wrapper, ...run, "peer", "--jsonl", ...args];
    this.#child = new Deno.Command(program, {
      args: rest,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#readLines(), this.#readLog(), this.#child.status]).finally(() => {
      this.#is_over = true;
    });
    this.ready = this.event("local-peer-ready").then(() => {});
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid;
  }

  get peer_id(): PeerId {
    return this.eventsOf("cli-started")[0]?.peer_id ?? fail("the peer has not started");
  }

  /** Where it listens. */
  get addr(): string {
    return this.eventsOf("local-peer-ready")[0]?.listen_addr ?? fail("the peer is not ready");
  }

  /** All events of one name so far, or of those from line `from` on. */
  eventsOf<N extends Line["event"]>(name: N, from = 0): EventOf<N>[] {
    return this.lines.slice(from).filter((line): line is EventOf<N> => line.event === name);
  }

  /** Waits for an event, also one that came before; from line `from` on where given. */
  event<N extends Line["event"]>(
    name: N,
    matches: (event: EventOf<N>) => boolean = () => true,
    { from = 0, ms = DEADLINE_MS }: { from?: number; ms?: number } = {},
  ): Promise<EventOf<N>> {
    return this.#until(`${this.name}: ${name}`, () => this.eventsOf(name, from).find(matches), ms);
  }

  /** Waits until one of several events came, and gives it. */
  anyEvent<N extends Line["event"]>(
    names: readonly N[],
    matches: (event: EventOf<N>) => boolean = () => true,
    { from = 0, ms = DEADLINE_MS }: { from?: number; ms?: number } = {},
  ): Promise<EventOf<N>> {
    const isWanted = (line: Line): line is EventOf<N> => names.some((name) => name === line.event);
    const what = `${this.name}: ${names.join(" or ")}`;
    return this.#until(what, () => this.lines.slice(from).filter(isWanted).find(matches), ms);
  }

  #until<T>(what: string, probe: () => T | undefined, ms: number): Promise<T> {
    return until(what, () => {
      const found = probe();
      if (found === undefined && this.#is_over) throw new Error(`${what}: the peer has ended\n${this.log}`);
      return found;
    }, ms).catch((error) => {
      throw new Error(`${error.message}\nlast lines:\n${this.#tail()}\nlog:\n${this.log.slice(-4_000)}`, {
        cause: error,
      });
    });
  }

  #tail(): string {
    return this.lines.slice(-15).map((line) => JSON.stringify(line).slice(0, 300)).join("\n");
  }

  /** Sends a command and gives its answer, accepted or not. */
  async command(command: string, fields: Record<string, unknown> = {}): Promise<CommandResult> {
    const id = this.#next_id++;
    await this.write(JSON.stringify({ id, command, ...fields }));
    return await this.event("result", (result) => result.id === id);
  }

  /** Sends a command that has to be accepted, and gives its data. */
  async ok(command: string, fields: Record<string, unknown> = {}): Promise<CommandResult["data"]> {
    const result = await this.command(command, fields);
    if (!result.ok) {
      throw new Error(`${this.name} refused ${command}: ${JSON.stringify(result.error)}\n${this.log}`);
    }
    return result.data;
  }

  /** Starts a download and gives the event that ended it, whichever that was. */
  async downloadEnd(game_id: string, fields: Record<string, unknown> = {}): Promise<EventOf<DownloadEnd>> {
    const from = this.lines.length;
    await this.ok("download", { game_id, ...fields });
    return await this.anyEvent(DOWNLOAD_ENDS, (event) => event.game_id === game_id, { from });
  }

  /** Downloads a game, which has to succeed. */
  async download(
    game_id: string,
    fields: Record<string, unknown> = {},
  ): Promise<EventOf<"download-finished">> {
    const end = await this.downloadEnd(game_id, fields);
    if (end.event === "download-finished") return end;
    throw new Error(`${this.name}: ${JSON.stringify(end)}\n${this.log}`);
  }

  /** Writes one line to its stdin. */
  async write(line: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
  }

  /** What the peer knows of the others, by their id. */
  async knownPeers(): Promise<Map<string, ListedPeer>> {
    const { peers } = await this.ok("list-peers");
    return new Map(peers.map((peer: ListedPeer) => [peer.peer_id, peer]));
  }

  /** One game of its list, or `undefined`. */
  async game(game_id: string): Promise<GameEntry | undefined> {
    const { games } = await this.ok("list-games");
    return games.find((game: GameEntry) => game.id === game_id);
  }

  /** Waits until the peer lists `count` ready sources of a game. */
  async sources(game_id: string, count: number): Promise<void> {
    await until(
      `${this.name}: ${count} sources of ${game_id}`,
      async () => (await this.game(game_id))?.peer_count === count,
      DEADLINE_MS,
    );
  }

  /** Waits until the peer knows exactly `count` others. */
  async peers(count: number): Promise<void> {
    await until(
      `${this.name}: ${count} peers`,
      async () => (await this.ok("peer-count")).count === count,
      DEADLINE_MS,
    );
  }

  /** Ends stdin, and waits until the process has ended by itself. Gives its exit code. */
  async stop(ms = EXIT_MS): Promise<number> {
    await this.closeInput();
    return await this.exited(ms);
  }

  /** Ends stdin and does not wait for what follows. */
  async closeInput(): Promise<void> {
    await this.#stdin.close().catch(() => {});
  }

  /** Waits until the process has ended by itself and everything it printed is read. Gives its exit code. */
  async exited(ms = EXIT_MS): Promise<number> {
    const { code } = await within(`the end of ${this.name}`, this.#child.status, ms);
    await this.#reading;
    return code;
  }

  /** Resident memory in bytes; 0 where the system has no /proc. */
  async residentBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.pid}/status`).catch(() => "");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Kills the process without a word and waits until it is gone. Harmless when it is. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#stdin.abort().catch(() => {});
    await this.#reading.catch(() => {});
  }

  async #readLines(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.push(JSON.parse(line));
    }
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.log += text;
  }
}

function fail(message: string): never {
  throw new Error(message);
}
