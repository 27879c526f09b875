/**
 * Everything about the other peers: who is here, the connections to them, and what they hold.
 *
 * Participants: sessions, connector, library sync and the database of peers, wired together here.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope } from "../base/scope.ts";
import type { PeerId, SocketAddress } from "../proto/ids.ts";
import { PROTOCOL_VERSION } from "../proto/limits.ts";
import { Connector } from "./connector.ts";
import type { SeenPeer } from "./discovery/port.ts";
import type { PeerEvent } from "./events.ts";
import type { Acquaintance } from "./handshake.ts";
import type { AnnouncedLibrary } from "./announced_library.ts";
import { LibraryPusher } from "./library_push.ts";
import { LibrarySync } from "./library_sync.ts";
import { LivenessTable } from "./liveness.ts";
import { PeerGameDB } from "./peer_db.ts";
import type { RequestHandlers } from "./server.ts";
import { Sessions } from "./sessions.ts";
import type { PartySecrets } from "./transport/party.ts";
import type { Transport } from "./transport/port.ts";

const LIVENESS_TICK_MS = 1_000;
const PING_TIMEOUT_MS = 5_000;

/** Where this peer listens. */
export interface Addresses {
  /** On the interface that reaches `remote`. */
  towards(remote: SocketAddress): SocketAddress;
  /** On the first network that is not loopback. */
  readonly preferred: SocketAddress;
  /** Whether `addr` is this peer's listener. */
  has(addr: SocketAddress): boolean;
}

/** What the network needs of the rest of the peer. */
export interface NetworkOptions {
  peer_id: PeerId;
  name: string;
  secrets: PartySecrets;
  transport: Transport;
  addresses: Addresses;
  clock: Clock;
  scope: Scope;
  /** The own library as it is announced. */
  library: Pick<AnnouncedLibrary, "rev" | "digest" | "games" | "since">;
  /** What others may ask of the local games. */
  games: Pick<RequestHandlers, "getLibrary" | "getGame" | "getHashes" | "getChunk" | "streamInstall">;
  emit(event: PeerEvent): void;
  /** After what is known of the peers or their games changed. */
  onChange(): void;
}

/** A peer that discovery sees and that speaks another version of the protocol. */
export interface IncompatiblePeer {
  peer_id: PeerId;
  name: string;
  addr: SocketAddress;
  proto_ver: number;
}

/** The other peers. */
export class PeerNetwork {
  readonly #options: NetworkOptions;
  readonly db = new PeerGameDB();
  readonly sessions: Sessions;
  readonly #connector: Connector;
  readonly #sync: LibrarySync;
  readonly #pusher: LibraryPusher;
  readonly #liveness = new LivenessTable();
  /** Peers that were told to be incompatible. */
  readonly #incompatible = new Map<PeerId, IncompatiblePeer>();
  #is_leaving = false;
  #name: string;
  #is_introducing = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#name = options.name;
    this.sessions = this.#makeSessions();
    this.#connector = this.#makeConnector();
    const { scope, library } = options;
    const onProblem = (peer: PeerId, error: unknown) =>
      logger("peer").info("library of {peer}: {reason}", { peer, reason: messageOf(error) });
    this.#sync = new LibrarySync({
      db: this.db,
      scope,
      ask: (id, request, signal) => this.sessions.call(id, request, signal),
      onChange: (id) => this.#libraryChanged(id),
      onProblem,
    });
    this.#pusher = new LibraryPusher({
      library,
      scope,
      push: (id, push, signal) => this.sessions.call(id, push, signal),
      onProblem,
    });
  }

  #makeSessions(): Sessions {
    const { peer_id, secrets, transport, addresses, scope, clock, library, games } = this.#options;
    const nameNow = () => this.#name;
    return new Sessions({
      transport,
      scope,
      clock,
      self: {
        peer_id,
        get name() {
          return nameNow();
        },
        secrets,
        library: () => ({ library_rev: library.rev, library_digest: library.digest }),
        listenAddress: (remote) => addresses.towards(remote),
      },
      handlers: {
        ...games,
        heard: (id) => this.heard(id),
        goodbye: (id) => this.#leftBy(id),
        libraryPush: (id, push) => this.#sync.pushed(id, push),
      },
      onAcquainted: (acquaintance) => this.#acquainted(acquaintance),
      onIntroducedAgain: (acquaintance) => {
        if (this.db.get(acquaintance.peer_id)) this.#acquainted(acquaintance);
      },
      onDisconnected: (id) => {
        if (!this.#is_leaving) this.#connector.disconnected(id);
      },
      addressOf: (id) => this.db.get(id)?.addr,
    });
  }

  #makeConnector(): Connector {
    const { peer_id, clock, scope } = this.#options;
    return new Connector({
      own_id: peer_id,
      clock,
      scope,
      isConnected: (id) => this.sessions.isConnected(id),
      dial: (id, addr, signal) => this.sessions.connect({ addr, peer_id: id }, signal),
      onLost: (id) => this.#unreachable(id),
      onProblem: (peer, addr, error) =>
        logger("peer").debug("cannot connect to {peer} at {addr}: {reason}", {
          peer,
          addr,
          reason: messageOf(error),
        }),
    });
  }

  /** Discovery sees a peer. */
  seen({ peer_id, name, proto_ver, addr, library_rev }: SeenPeer): void {
    if (proto_ver !== PROTOCOL_VERSION) {
      return this.#seenIncompatible({ peer_id, name, proto_ver, addr, library_rev });
    }
    this.#incompatible.delete(peer_id);
    if (this.#connector.seen(peer_id, addr)) {
      this.#options.emit({ event: "peer-discovered", peer_id, name, addr });
    }
    this.#sync.hinted(peer_id, library_rev);
  }

  #seenIncompatible({ peer_id, name, proto_ver, addr }: SeenPeer): void {
    const { emit } = this.#options;
    // A record is only a claim; the handshake has proven otherwise.
    if (this.sessions.isConnected(peer_id)) return;
    if (this.#incompatible.get(peer_id)?.proto_ver === proto_ver) return;
    this.#incompatible.set(peer_id, { peer_id, name, addr, proto_ver });
    this.#remove(peer_id, "incompatible");
    emit({ event: "peer-discovered", peer_id, name, addr });
    emit({ event: "peer-lost", peer_id, reason: "incompatible" });
    logger("peer").warn(
      "{name} at {addr} speaks protocol version {proto_ver}, this peer {own}: use the same lanspread",
      {
        name,
        addr,
        proto_ver,
        own: PROTOCOL_VERSION,
      },
    );
  }

  /** Discovery does not see a peer any more. A connection to it goes on. */
  gone(peer_id: PeerId): void {
    // Whoever shows the peers of other versions takes it off by this.
    if (this.#incompatible.delete(peer_id)) {
      this.#options.emit({ event: "peer-lost", peer_id, reason: "timeout" });
    }
    this.#connector.gone(peer_id);
  }

  /** Dials an address that somebody gave. Throws `self_connect` for the own one, and what the handshake throws. */
  async connect(addr: SocketAddress): Promise<Acquaintance> {
    const { addresses, scope } = this.#options;
    if (addresses.has(addr)) throw new LanspreadError("self_connect", `${addr} is this peer itself`);
    return await this.sessions.connect({ addr }, scope.signal);
  }

  /** This peer has another name: everybody who is connected is told, and discovery by whoever drives it. */
  rename(name: string): void {
    this.#name = name;
    if (this.#is_introducing) return;
    this.#is_introducing = true;
    this.#options.scope.spawn("introduction", async (signal) => {
      try {
        // In order: who hears of two names keeps the last one.
        let told: string;
        do {
          told = this.#name;
          await this.sessions.introduceAgain(signal);
        } while (told !== this.#name);
      } finally {
        this.#is_introducing = false;
      }
    });
  }

  /** The own library changed: every known peer is told. */
  libraryChanged(): void {
    this.#pusher.pushAll();
  }

  /** Something came from the peer. */
  heard(peer_id: PeerId): void {
    if (this.db.get(peer_id)) this.#liveness.heard(peer_id, this.#options.clock.now());
  }

  /** Pings who is silent, removes who is dead, repeats what was not heard. Runs until the signal aborts. */
  async watchLiveness(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await using scope = new Scope({ parent: signal, onError: () => {} });
    while (true) {
      await clock.sleep(LIVENESS_TICK_MS, signal);
      const { ping, gone } = this.#liveness.due(clock.now());
      for (const peer_id of ping) scope.spawn("ping", (inner) => this.#ping(peer_id, inner));
      for (const peer_id of gone) this.#unreachable(peer_id);
      this.#pusher.pushAll();
      this.#sync.askAgain();
    }
  }

  async #ping(peer_id: PeerId, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const answer = this.sessions.call(peer_id, { type: "ping" }, signal, PING_TIMEOUT_MS);
    const is_alive = await answer.then(() => true, () => false);
    this.#liveness.pinged(peer_id, is_alive, clock.now());
  }

  /** Says goodbye to everybody, and dials nobody any more. */
  async leave(signal: AbortSignal): Promise<void> {
    this.#is_leaving = true;
    await abortable(this.sessions.tellAll({ type: "goodbye" }, signal), signal).catch(() => {});
  }

  #acquainted({ peer_id, name, addr, library_rev, library_digest, told_rev }: Acquaintance): void {
    const { emit, onChange, clock } = this.#options;
    this.#connector.acquainted(peer_id, addr);
    this.#liveness.heard(peer_id, clock.now());
    const news = this.db.record(peer_id, name, addr);
    if (news === "name or address") emit({ event: "peer-changed", peer_id, name, addr });
    if (news === "peer") {
      emit({ event: "peer-connected", peer_id, name, addr });
      emit({ event: "peer-count", count: this.db.size });
      onChange();
    }
    this.#sync.told(peer_id, library_rev, library_digest);
    this.#pusher.introduced(peer_id, told_rev);
  }

  // The other side closes the connection when it has our answer. Removed first, so that the reason is the right one.
  #leftBy(peer_id: PeerId): void {
    this.#remove(peer_id, "goodbye");
    this.#connector.gone(peer_id);
  }

  /** The peers that nothing can be shared with. */
  get incompatible(): IncompatiblePeer[] {
    return [...this.#incompatible.values()];
  }

  #libraryChanged(peer_id: PeerId): void {
    const { emit, onChange } = this.#options;
    const peer = this.db.get(peer_id);
    if (peer) {
      const { library_rev, games } = peer;
      emit({ event: "peer-library-changed", peer_id, library_rev, game_count: games.size });
    }
    onChange();
  }

  #unreachable(peer_id: PeerId): void {
    this.sessions.drop(peer_id);
    this.#remove(peer_id, "timeout");
  }

  #remove(peer_id: PeerId, reason: "goodbye" | "timeout" | "incompatible"): void {
    const { emit, onChange } = this.#options;
    this.#liveness.forget(peer_id);
    this.#pusher.forget(peer_id);
    if (!this.db.remove(peer_id)) return;
    // An incompatible peer is told by whoever found that out.
    if (reason !== "incompatible") emit({ event: "peer-lost", peer_id, reason });
    emit({ event: "peer-count", count: this.db.size });
    onChange();
  }
}
