/**
 * Peers on hosts of their own behind a switch: one target, and sources that all hold the same game. Downloads are
 * measured one after another; `fetch` removes the game between them.
 *
 * @module
 */

import { type Files, makeGame } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { type Fetched, fetchGame, type Meanwhile, removeGame } from "./fetched.ts";
import { MIB } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { untilQuiet } from "./process_figures.ts";
import { measureTcp } from "./tcp_stream.ts";

const GAME = "bench";
const QUIET = ["--log", "warning"];
const TCP_SECONDS = 2;

/** A download over links. */
export interface LinkFetched extends Fetched {
  /** Everything that came to the target's host meanwhile, headers included. */
  wire_bytes: number;
}

/** The first host has the target, the others a source each. */
export class LanParty implements AsyncDisposable {
  readonly #lan: Lan;
  readonly #swarm: Swarm;
  readonly #target: PeerProcess;
  readonly #sources: PeerProcess[] = [];

  private constructor(lan: Lan, swarm: Swarm, target: PeerProcess) {
    this.#lan = lan;
    this.#swarm = swarm;
    this.#target = target;
  }

  /** A source for each speed in `mbit_per_s`; all hold one game of `files`. */
  static async start(mbit_per_s: readonly number[], files: Files): Promise<LanParty> {
    return await LanParty.startWith(mbit_per_s, { [GAME]: files });
  }

  /** The same with several games, by their ids. */
  static async startWith(mbit_per_s: readonly number[], games: Record<string, Files>): Promise<LanParty> {
    await using stack = new AsyncDisposableStack();
    const lan = stack.use(atInterrupt(await Lan.lay(1 + mbit_per_s.length)));
    const swarm = stack.use(atInterrupt(await Swarm.make()));
    const target = await swarm.start("target", { args: QUIET, host: lan.host(0) });
    const party = new LanParty(lan, swarm, target);
    for (const [n, speed] of mbit_per_s.entries()) await party.#addSource(n, speed, games);
    stack.move();
    return party;
  }

  async #addSource(n: number, speed: number, games: Record<string, Files>): Promise<void> {
    const first_dir = this.#swarm.gameDir("source0");
    for (const [id, files] of Object.entries(games)) {
      if (n === 0) await makeGame(first_dir, id, { version: "1.0", files });
      else await linkGame(`${first_dir}/${id}`, `${this.#swarm.gameDir(`source${n}`)}/${id}`);
    }
    await this.#hostOf(n).limit(speed);
    await this.startSource(n);
  }

  #hostOf(source: number): LanHost {
    return this.#lan.host(source + 1);
  }

  /** Starts a source, for the first time or again. */
  async startSource(n: number): Promise<void> {
    this.#sources[n] = await this.#swarm.start(`source${n}`, { args: QUIET, host: this.#hostOf(n) });
  }

  /** Kills a source without a word. */
  async killSource(n: number): Promise<void> {
    await this.#sources[n]?.kill();
  }

  /** Waits until the sources have done what they do in the background. */
  async quiet(): Promise<void> {
    for (const { pid } of this.#sources) await untilQuiet(pid);
  }

  /** What plain TCP moves from the first source's host to the target's, in bytes a second. */
  async tcp(mbit_per_s: number): Promise<number> {
    return await measureTcp(this.#hostOf(0), this.#lan.host(0), mbit_per_s * 1e6 / 8 * TCP_SECONDS);
  }

  /** All bytes that came to the target's host so far, headers included. */
  async receivedBytes(): Promise<number> {
    return await this.#lan.host(0).receivedBytes();
  }

  /** Downloads the one game and removes it again; `meanwhile` runs beside the download. */
  async fetch(meanwhile?: Meanwhile): Promise<LinkFetched> {
    const fetched = await this.fetchOnce(GAME, meanwhile);
    await removeGame(this.#target, GAME);
    return fetched;
  }

  /** Downloads a game, and leaves it there. */
  async fetchOnce(game_id: string, meanwhile?: Meanwhile): Promise<LinkFetched> {
    const wire_before = await this.receivedBytes();
    const peers = { target: this.#target, sources: this.#sources };
    const fetched = await fetchGame(game_id, { ...peers, ...meanwhile && { meanwhile } });
    return { ...fetched, wire_bytes: await this.receivedBytes() - wire_before };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#swarm[Symbol.asyncDispose]();
    await this.#lan[Symbol.asyncDispose]();
  }
}

/** The same files under another root, without a second copy on the disk. */
async function linkGame(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await Deno.link(`${from}/${name}`, `${to}/${name}`);
}

/** A game of one file. */
export function oneFile(size_mib: number): Files {
  return { "data.bin": size_mib * MIB };
}
