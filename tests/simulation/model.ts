/**
 * What has to be true: at every moment, and after quiet.
 *
 * The truth is what each machine holds; a view is what another one believes of it.
 *
 * @module
 */

import type { PeerEvent } from "../../src/peer/events.ts";
import { compareVersions, type GameId, type PeerId } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import type { SimPeer } from "./sim_peer.ts";

const SERVICES = 2;
const MAX_CONNECTIONS_PER_PEER = 2;

/** The simulated party seen from above. */
export class Model {
  readonly problems: string[] = [];
  /** The highest revision that a peer knew of another, since it recorded it. */
  readonly #highest = new Map<string, number>();
  readonly #connected = new Map<SimPeer, Set<PeerId>>();

  constructor(readonly peers: readonly SimPeer[]) {}

  get running(): SimPeer[] {
    return this.peers.filter((peer) => peer.is_running);
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  /** A new life begins: nothing is known yet. */
  started(peer: SimPeer): void {
    this.#connected.set(peer, new Set());
    for (const other of this.peers) this.#highest.delete(pairOf(peer, other.peer_id));
  }

  /** Every peer is connected once and lost once. */
  told(peer: SimPeer, event: PeerEvent): void {
    const connected = this.#connected.get(peer);
    if (!connected) return;
    if (event.event === "peer-connected") {
      if (connected.has(event.peer_id)) this.problem(`${peer.host}: ${event.peer_id} is connected twice`);
      connected.add(event.peer_id);
    } else if (event.event === "peer-lost" && event.reason !== "incompatible") {
      if (!connected.delete(event.peer_id)) this.problem(`${peer.host}: ${event.peer_id} is lost twice`);
      this.#highest.delete(pairOf(peer, event.peer_id));
    } else if (event.event === "peer-count" && event.count !== connected.size) {
      this.problem(`${peer.host} counts ${event.count} peers and lists ${connected.size}`);
    }
  }

  /** What must hold at every moment. */
  check(viewer: SimPeer): void {
    if (!viewer.is_running) return;
    for (const known of viewer.network.db.list()) {
      const other = this.#find(known.peer_id);
      if (other === viewer) this.problem(`${viewer.host} lists itself`);
      const { library_rev, library_digest } = known;
      if (library_rev < 0) continue;
      const pair = pairOf(viewer, known.peer_id);
      if (library_rev < (this.#highest.get(pair) ?? 0)) {
        this.problem(
          `${viewer.host} sees ${other.host} fall from ${this.#highest.get(pair)} to ${library_rev}`,
        );
      }
      this.#highest.set(pair, library_rev);
      if (other.history.get(library_rev) !== library_digest) {
        this.problem(`${viewer.host} has a library of ${other.host} that revision ${library_rev} never was`);
      }
    }
  }

  checkAll(): void {
    for (const viewer of this.running) this.check(viewer);
  }

  /** Where views and truth differ. Empty after quiet. */
  differences(): string[] {
    return this.running.flatMap((viewer) => [
      ...this.#peerDifferences(viewer),
      ...this.#gameDifferences(viewer),
    ]);
  }

  #peerDifferences(viewer: SimPeer): string[] {
    const { db } = viewer.network;
    const others = this.running.filter((peer) => peer !== viewer);
    const extra = db.list().map(({ peer_id }) => this.#find(peer_id)).filter((peer) =>
      !others.includes(peer)
    );
    const found = extra.map((peer) => `${viewer.host} lists ${peer.host}, which is not there`);
    if (db.size !== others.length) found.push(`${viewer.host} counts ${db.size}, there are ${others.length}`);
    for (const other of others) {
      const known = db.get(other.peer_id);
      const { rev, digest } = other.library;
      if (!known) found.push(`${viewer.host} does not know ${other.host}`);
      else if (known.addr !== other.addr) found.push(`${viewer.host} has ${other.host} at ${known.addr}`);
      else if (known.library_rev !== rev || known.library_digest !== digest) {
        found.push(`${viewer.host} has revision ${known.library_rev} of ${other.host}, it is ${rev}`);
      } else if (!sameGames(known.games, other.disk)) {
        found.push(`${viewer.host} has other games of ${other.host}`);
      }
    }
    return found;
  }

  #gameDifferences(viewer: SimPeer): string[] {
    const { db } = viewer.network;
    const holders = new Map<GameId, { peer_id: PeerId; version: GameSummary["version"] }[]>();
    for (const { peer_id, disk } of this.running.filter((peer) => peer !== viewer)) {
      for (const game of disk.values()) {
        if (game.availability !== "ready") continue;
        holders.set(game.id, [...holders.get(game.id) ?? [], { peer_id, version: game.version }]);
      }
    }
    const ids = new Set([...holders.keys(), ...db.gameIds()]);
    return [...ids].filter((id) => {
      const held = holders.get(id) ?? [];
      const versions = held.flatMap(({ version }) => version ?? []);
      const newest = versions.sort(compareVersions).at(-1);
      const sources = held.filter(({ version }) => version === newest).map(({ peer_id }) => peer_id);
      const known = newest === undefined ? [] : db.sources(id, newest).map(({ peer_id }) => peer_id);
      return db.newestVersion(id) !== newest || known.join() !== sources.join();
    }).map((id) => `${viewer.host} has other sources of ${id}`);
  }

  /** Whether a peer runs nothing but its services and its connections, and these are not more than it may have. */
  leftovers(peer: SimPeer, connections: readonly { other: string }[]): string[] {
    const { scope } = peer.running;
    const found: string[] = [];
    const expected = SERVICES + connections.length;
    if (scope.size !== expected) found.push(`${peer.host} runs ${scope.size} tasks, not ${expected}`);
    for (const { host } of this.running) {
      const count = connections.filter(({ other }) => other === host).length;
      if (count > MAX_CONNECTIONS_PER_PEER) found.push(`${peer.host} has ${count} connections to ${host}`);
    }
    return found;
  }

  #find(peer_id: PeerId): SimPeer {
    const found = this.peers.find((peer) => peer.peer_id === peer_id);
    if (!found) throw new RangeError(`nobody is ${peer_id}`);
    return found;
  }
}

function pairOf(viewer: SimPeer, peer_id: PeerId): string {
  return `${viewer.host} ${peer_id}`;
}

function sameGames(a: ReadonlyMap<GameId, GameSummary>, b: ReadonlyMap<GameId, GameSummary>): boolean {
  const sorted = (games: ReadonlyMap<GameId, GameSummary>) =>
    JSON.stringify([...games.values()].sort((x, y) => x.id < y.id ? -1 : 1));
  return sorted(a) === sorted(b);
}
