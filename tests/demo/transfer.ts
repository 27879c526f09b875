/**
 * One game on its way to a peer: the download from all sources, then the install, shown while they run.
 *
 * What is shown comes from the peer's events and from a look at its disk; nothing is guessed.
 *
 * @module
 */

import { abortable } from "../../src/base/abort.ts";
import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import type { EventOf } from "../support/swarm.ts";
import { firstLine } from "./failure.ts";
import type { Game } from "./games.ts";
import type { LiveLine } from "./live_line.ts";
import { type Member, type Party, type PeerName, PEERS } from "./party.ts";
import { barLine, type BarState } from "./progress_bar.ts";
import type { Screen } from "./screen.ts";
import { SentinelWatch } from "./sentinel_watch.ts";

const DEADLINE_MS = 180_000;
const LOOK_MS = 25;
const FAILURES = [
  "no-peers-have-game",
  "download-failed",
  "download-cancelled",
  "download-peers-gone",
  "install-failed",
] as const;
type Failure = typeof FAILURES[number];
type Success = "download-finished" | "install-begin" | "install-finished";
type Progress = "download-progress" | "download-chunk-finished" | "install-progress";

/** What came from one source. */
export interface Share {
  name: PeerName;
  chunks: number;
  bytes: number;
}

/** A finished download. */
export interface Download {
  bytes: number;
  seconds: number;
  shares: Share[];
  /** Who sent each chunk of the archive, in the order of the file. */
  archive_chunks: PeerName[];
  /** How often `version.ini` was looked for before it was there. */
  looks: number;
  /** From the last write to the archive to the one of `version.ini`, in milliseconds. */
  lag_ms: number;
}

/** A finished install. */
export interface Install {
  bytes: number;
  seconds: number;
}

/** Watches one game on one peer, from the moment it is made. */
export class Transfer {
  readonly #from: number;

  constructor(
    readonly receiver: Member,
    readonly game: Game,
    readonly party: Party,
    readonly screen: Screen,
  ) {
    this.#from = receiver.peer.lines.length;
  }

  /** Has the game downloaded and shows how it comes. Throws where the peer says that it failed. */
  async download(signal: AbortSignal): Promise<Download> {
    const sentinel = new SentinelWatch(this.party.gameRoot(this.receiver.name, this.game.id), this.game.id);
    const live = this.screen.live();
    await abortable(this.receiver.peer.ok("download", { game_id: this.game.id }), signal);
    const { bytes, seconds } = await this.#follow("download-finished", signal, async () => {
      await sentinel.look();
      const progress = this.#all("download-progress").at(-1);
      if (progress) live.show(this.#bar({ ...progress, parts: this.#parts() }));
    });
    const end = { done_bytes: bytes, total_bytes: bytes, bytes_per_s: bytes / seconds, eta_s: null };
    live.end(this.#bar({ ...end, parts: this.#parts() }));
    const shares = this.#shares();
    return { bytes, seconds, shares, archive_chunks: this.#archiveChunks(), ...await sentinel.verdict() };
  }

  /** Waits for the install that follows by itself, shown on `live`. Throws where the peer says that it failed. */
  async install(signal: AbortSignal, live?: LiveLine): Promise<Install> {
    await this.#follow("install-begin", signal, () => {});
    const started_ms = performance.now();
    const seconds = () => (performance.now() - started_ms) / 1_000;
    await this.#follow("install-finished", signal, () => {
      const state = this.#installState(seconds());
      if (state.done_bytes > 0) live?.show(this.#bar(state));
    });
    const end = { ...this.#installState(seconds()), seconds: seconds() };
    live?.end(this.#bar(end));
    return { bytes: end.done_bytes, seconds: end.seconds };
  }

  /** Waits for an event of this game and looks around meanwhile. Throws where a failure comes instead. */
  async #follow<N extends Success>(
    wanted: N,
    signal: AbortSignal,
    look: () => void | Promise<void>,
  ): Promise<EventOf<N>> {
    const { peer, name } = this.receiver;
    const isOurs = (event: EventOf<N | Failure>) => event.game_id === this.game.id;
    let end: EventOf<N | Failure> | undefined;
    const waiting = peer.anyEvent<N | Failure>([wanted, ...FAILURES], isOurs, {
      from: this.#from,
      ms: DEADLINE_MS,
    }).then((event) => end = event, (cause) => {
      // "carol: this or that: the peer has ended" says in its last words what happened.
      throw new Error(`${name} did not come to ${wanted}: ${firstLine(cause).split(": ").at(-1)}`, { cause });
    });
    while (!end) {
      await look();
      await Promise.race([waiting, SYSTEM_CLOCK.sleep(LOOK_MS, signal)]);
    }
    if (isEvent(end, wanted)) return end;
    throw new Error("message" in end ? end.message : `${name} says ${end.event}`);
  }

  #all<N extends Progress>(name: N): EventOf<N>[] {
    return this.receiver.peer.eventsOf(name, this.#from).filter(({ game_id }) => game_id === this.game.id);
  }

  #installState(seconds: number): BarState {
    const { done_bytes, total_bytes } = this.#all("install-progress").at(-1) ??
      { done_bytes: 0, total_bytes: 0 };
    const bytes_per_s = done_bytes / seconds;
    return { done_bytes, total_bytes, bytes_per_s, eta_s: (total_bytes - done_bytes) / bytes_per_s };
  }

  #shares(): Share[] {
    const shares = new Map<PeerName, Share>();
    for (const { name } of this.party.members) {
      if (this.game.holders.includes(name)) shares.set(name, { name, chunks: 0, bytes: 0 });
    }
    for (const { peer_id, length } of this.#all("download-chunk-finished")) {
      const share = shares.get(this.#nameOf(peer_id));
      if (!share) {
        throw new Error(`${this.#nameOf(peer_id)} sent a chunk of ${this.game.id} that it does not hold`);
      }
      share.chunks++;
      share.bytes += length;
    }
    return [...shares.values()];
  }

  #parts(): NonNullable<BarState["parts"]> {
    return this.#shares().map(({ name, bytes }) => ({ name, bytes, style: PEERS[name] }));
  }

  #archiveChunks(): PeerName[] {
    const chunks = this.#all("download-chunk-finished").filter(({ path }) => path.endsWith(".eti"));
    return chunks.toSorted((a, b) => a.offset - b.offset).map(({ peer_id }) => this.#nameOf(peer_id));
  }

  #nameOf(peer_id: string): PeerName {
    const name = this.party.nameOf(peer_id);
    if (!name) throw new Error(`a chunk came from ${peer_id}, which is none of the peers of this demo`);
    return name;
  }

  #bar(state: BarState): string {
    return barLine(state, this.screen.width, this.screen.paint);
  }
}

function isEvent<N extends Success>(event: EventOf<N | Failure>, name: N): event is EventOf<N> {
  return event.event === name;
}
