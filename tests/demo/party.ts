/**
 * The peers of the demo: real processes, in the order in which they came, and when each was ready.
 *
 * @module
 */

import { abortable, withDeadline } from "../../src/base/abort.ts";
import { join } from "../../src/base/std/path.ts";
import type { PeerProcess, Swarm } from "../support/swarm.ts";
import type { Style } from "./paint.ts";

/** Who takes part, and how each looks. */
export const PEERS = { alice: "cyan", bob: "magenta", carol: "yellow" } as const satisfies Record<
  string,
  Style
>;
export type PeerName = keyof typeof PEERS;

const STOP_MS = 10_000;
// Settings that somebody has for a peer of their own must not reach these.
const NO_SETTINGS = Object.fromEntries(
  ["CATALOG", "INSTALL", "QUIC"].map((name) => [`LANSPREAD_${name}`, ""]),
);

/** One peer of the party. */
export interface Member {
  name: PeerName;
  peer: PeerProcess;
  /** When it was ready, in milliseconds of `performance.now()`. */
  ready_ms: number;
  /** When it had met each other member, in milliseconds from when both were ready. */
  meetings: Map<PeerName, Promise<number>>;
}

/** All of them. */
export class Party {
  readonly #swarm: Swarm;
  /** Every process that was started, ready or not. */
  readonly processes: PeerProcess[] = [];
  readonly #members: Member[] = [];

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  /** Where the game `id` is, or would be, on a peer's disk. */
  gameRoot(name: PeerName, id: string): string {
    return join(this.#swarm.gameDir(name), id);
  }

  /** Those who are ready, by name. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Starts a peer; resolves when it is ready. */
  async join(name: PeerName, signal: AbortSignal): Promise<Member> {
    const peer = this.#swarm.spawn(name, { env: NO_SETTINGS });
    this.processes.push(peer);
    await abortable(peer.ready, signal);
    const member: Member = { name, peer, ready_ms: performance.now(), meetings: new Map() };
    for (const other of this.#members) {
      watchMeeting(member, other);
      watchMeeting(other, member);
    }
    this.#members.push(member);
    this.#members.sort((a, b) => a.name < b.name ? -1 : 1);
    return member;
  }

  /** The name of the peer with this id. */
  nameOf(peer_id: string): PeerName | undefined {
    return this.members.find(({ peer }) => peer.peer_id === peer_id)?.name;
  }

  /** How long after both were ready `observer` had met `other`, in milliseconds; waits for it. */
  async met(observer: Member, other: Member, signal: AbortSignal): Promise<number> {
    const meeting = observer.meetings.get(other.name);
    if (!meeting) throw new RangeError(`${observer.name} and ${other.name} are not at the same party`);
    return await abortable(meeting, signal);
  }

  /** Who announces the game `id` to `observer`. */
  async holders(observer: Member, id: string, signal: AbortSignal): Promise<PeerName[]> {
    const { peers }: { peers: Announced[] } = await abortable(observer.peer.ok("list-peers"), signal);
    return peers.filter(({ games }) => games.some((game) => game.id === id)).map(({ name }) => name)
      .toSorted();
  }

  /** Asks every peer to end. Gives the exit codes; throws when one takes too long. */
  async leave(signal: AbortSignal): Promise<{ name: PeerName; exit_code: number }[]> {
    return await Promise.all(this.members.map(async ({ name, peer }) => {
      const exit_code = await withDeadline(`the end of ${name}`, STOP_MS, signal, () => peer.stop());
      return { name, exit_code };
    }));
  }
}

/** Begins to wait at once, so that the time is right however late somebody asks. */
function watchMeeting(observer: Member, other: Member): void {
  const isOther = (event: { peer_id: string }) => event.peer_id === other.peer.peer_id;
  const meeting = observer.peer.event("peer-connected", isOther)
    .then(() => performance.now() - Math.max(observer.ready_ms, other.ready_ms), (cause) => {
      const hint = "does something here (a firewall, a container) block multicast on the loopback interface?";
      throw new Error(`${observer.name} has not met ${other.name}; ${hint}`, { cause });
    });
  // Whoever asks for it gets the failure.
  meeting.catch(() => {});
  observer.meetings.set(other.name, meeting);
}

interface Announced {
  name: PeerName;
  games: { id: string }[];
}
