/**
 * What the other peers announce, aggregated: who is here, what each one holds, who is a source of which game.
 *
 * Participants: the handshake records peers, `library_sync.ts` their libraries; downloads and the games list ask.
 * Pure state: no I/O, no clock.
 *
 * @module
 */

import { compareText, compareVersions, type GameId, type GameVersion, type PeerId } from "../proto/ids.ts";
import type { Sha256, SocketAddress } from "../proto/ids.ts";
import { type GameSummary, libraryDigest } from "../proto/library.ts";
import { MAX_GAMES } from "../proto/limits.ts";
import type { LibraryDelta } from "../proto/message.ts";

/** A peer after its handshake. */
export interface KnownPeer {
  readonly peer_id: PeerId;
  name: string;
  /** Where it listens. */
  addr: SocketAddress;
  /** The revision of `games`; -1 before the first library arrived. */
  library_rev: number;
  library_digest: Sha256 | undefined;
  /** As announced, unfiltered. */
  games: ReadonlyMap<GameId, GameSummary>;
}

/** What a delta did. `gap`: it does not follow what is known, a new library has to be asked for. */
export type DeltaOutcome = "applied" | "ignored" | "gap";

/** The other peers and their games. */
export class PeerGameDB {
  readonly #peers = new Map<PeerId, KnownPeer>();
  /** The peers in order; made anew after one came or went. */
  #sorted: readonly KnownPeer[] | undefined;

  /** How many peers are known. */
  get size(): number {
    return this.#peers.size;
  }

  get(peer_id: PeerId): KnownPeer | undefined {
    return this.#peers.get(peer_id);
  }

  /** All peers, sorted by id. */
  list(): readonly KnownPeer[] {
    this.#sorted ??= [...this.#peers.values()].sort((a, b) => compareText(a.peer_id, b.peer_id));
    return this.#sorted;
  }

  /** Records a peer, or its new name and address; gives what was not known of it. */
  record(peer_id: PeerId, name: string, addr: SocketAddress): "peer" | "name or address" | "nothing" {
    const known = this.#peers.get(peer_id);
    if (known) {
      const is_same = known.name === name && known.addr === addr;
      known.name = name;
      known.addr = addr;
      return is_same ? "nothing" : "name or address";
    }
    const nothing = { library_rev: -1, library_digest: undefined, games: new Map<GameId, GameSummary>() };
    this.#peers.set(peer_id, { peer_id, name, addr, ...nothing });
    this.#sorted = undefined;
    return "peer";
  }

  /** Forgets a peer and its games; `false` when it was not known. */
  remove(peer_id: PeerId): boolean {
    this.#sorted = undefined;
    return this.#peers.delete(peer_id);
  }

  /** Replaces a peer's library. Ignored where the peer is not known. */
  setLibrary(peer_id: PeerId, library_rev: number, games: Iterable<GameSummary>): void {
    const peer = this.#peers.get(peer_id);
    if (!peer) return;
    peer.games = new Map([...games].map((game) => [game.id, game]));
    peer.library_rev = library_rev;
    peer.library_digest = libraryDigest(peer.games.values());
  }

  /** Applies a pushed change. */
  applyDelta(peer_id: PeerId, delta: LibraryDelta): DeltaOutcome {
    const peer = this.#peers.get(peer_id);
    if (!peer || delta.to_rev <= peer.library_rev) return "ignored";
    if (delta.from_rev !== peer.library_rev) return "gap";
    const games = new Map(peer.games);
    for (const game of [...delta.added, ...delta.updated]) games.set(game.id, game);
    for (const id of delta.removed) games.delete(id);
    // More than a library may hold: the whole one has to be asked for, and is refused as a whole.
    if (games.size > MAX_GAMES) return "gap";
    this.setLibrary(peer_id, delta.to_rev, games.values());
    return "applied";
  }

  /** The peers that can serve any version of the game. */
  readyHolders(game_id: GameId): { peer: KnownPeer; game: GameSummary; version: GameVersion }[] {
    return this.list().flatMap((peer) => {
      const game = peer.games.get(game_id);
      const version = game?.version;
      if (!game || !version || !game.downloaded || game.availability !== "ready") return [];
      return [{ peer, game, version }];
    });
  }

  /** The newest version among the ready peers. */
  newestVersion(game_id: GameId): GameVersion | undefined {
    return this.readyHolders(game_id).map(({ version }) => version).sort(compareVersions).at(-1);
  }

  /** The peers that can serve exactly this version. */
  sources(game_id: GameId, version: GameVersion): KnownPeer[] {
    return this.readyHolders(game_id).filter((holder) => holder.version === version).map(({ peer }) => peer);
  }

  /** Every id that any peer announces. */
  gameIds(): Set<GameId> {
    return new Set([...this.#peers.values()].flatMap((peer) => [...peer.games.keys()]));
  }
}
