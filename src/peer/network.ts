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
import type { Scope } from "../base/scope.ts";
import type { PeerId, SocketAddress } from "../proto/ids.ts";
import { PROTOCOL_VERSION } from "../proto/limits.ts";
import type { LibraryDelta } from "../proto/message.ts";
import { Connector } from "./connector.ts";
import type { SeenPeer } from "./discovery/port.ts";
import type { PeerEvent } from "./events.ts";
import type { Acquaintance } from "./handshake.ts";
import { LibrarySync } from "./library_sync.ts";
import type { LocalLibrary } from "./local_library.ts";
import { PeerGameDB } from "./peer_db.ts";
import type { RequestHandlers } from "./server.ts";
import { Sessions } from "./sessions.ts";
import type { PartySecrets } from "./transport/party.ts";
import type { Transport } from "./transport/port.ts";

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
  library: LocalLibrary;
  /** What others may ask of the local games. */
  games: Pick<RequestHandlers, "getLibrary" | "getGame" | "getChunk">;
  emit(event: PeerEvent): void;
  /** After what is known of the peers or their games changed. */
  onChange(): void;
}

/** The other peers. */
export class PeerNetwork {
  readonly #options: NetworkOptions;
  readonly db = new PeerGameDB();
  readonly sessions: Sessions;
  readonly #connector: Connector;
  readonly #sync: LibrarySync;
  #is_leaving = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.sessions = this.#makeSessions();
    this.#connector = this.#makeConnector();
    this.#sync = new LibrarySync({
      db: this.db,
      scope: options.scope,
      ask: (id, request, signal) => this.sessions.call(id, request, signal),
      push: (id, push, signal) => this.sessions.call(id, push, signal),
      onChange: () => options.onChange(),
      onProblem: (peer, error) =>
        logger("peer").info("library of {peer}: {reason}", { peer, reason: messageOf(error) }),
    });
  }

  #makeSessions(): Sessions {
    const { peer_id, name, secrets, transport, addresses, scope, library, games } = this.#options;
    return new Sessions({
      transport,
      scope,
      self: {
        peer_id,
        name,
        secrets,
        library: () => ({ library_rev: library.rev, library_digest: library.digest }),
        listenAddress: (remote) => addresses.towards(remote),
      },
      handlers: {
        ...games,
        heard: () => {},
        goodbye: (id) => this.#leftBy(id, "goodbye"),
        libraryPush: (id, push) => this.#sync.pushed(id, push),
      },
      onAcquainted: (acquaintance) => this.#acquainted(acquaintance),
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
      onLost: (id) => {
        this.sessions.drop(id);
        this.#remove(id, "timeout");
      },
      onProblem: (peer, addr, error) =>
        logger("peer").info("cannot connect to {peer} at {addr}: {reason}", {
          peer,
          addr,
          reason: messageOf(error),
        }),
    });
  }

  /** Discovery sees a peer. */
  seen({ peer_id, name, proto_ver, addr }: SeenPeer): void {
    const { emit } = this.#options;
    if (proto_ver !== PROTOCOL_VERSION) return emit({ event: "peer-lost", peer_id, reason: "incompatible" });
    if (this.#connector.seen(peer_id, addr)) emit({ event: "peer-discovered", peer_id, name, addr });
  }

  /** Discovery does not see a peer any more. A connection to it goes on. */
  gone(peer_id: PeerId): void {
    this.#connector.gone(peer_id);
  }

  /** Dials an address that somebody gave. Throws `self_connect` for the own one, and what the handshake throws. */
  async connect(addr: SocketAddress): Promise<Acquaintance> {
    const { addresses, scope } = this.#options;
    if (addresses.has(addr)) throw new LanspreadError("self_connect", `${addr} is this peer itself`);
    return await this.sessions.connect({ addr }, scope.signal);
  }

  /** Tells every known peer what changed in the own library. */
  spread(delta: LibraryDelta): void {
    const { rev, digest, announced } = this.#options.library;
    const summary = {
      type: "library_summary" as const,
      library_rev: rev,
      library_digest: digest,
      game_count: announced.length,
    };
    this.#sync.broadcast(delta, summary, this.db.list().map(({ peer_id }) => peer_id));
  }

  /** Says goodbye to everybody, and dials nobody any more. */
  async leave(signal: AbortSignal): Promise<void> {
    this.#is_leaving = true;
    await abortable(this.sessions.tellAll({ type: "goodbye" }, signal), signal).catch(() => {});
  }

  #acquainted({ peer_id, name, addr, library_rev, library_digest }: Acquaintance): void {
    const { emit, onChange } = this.#options;
    this.#connector.acquainted(peer_id, addr);
    if (this.db.record(peer_id, name, addr)) {
      emit({ event: "peer-connected", peer_id, name, addr });
      emit({ event: "peer-count", count: this.db.size });
      onChange();
    }
    this.#sync.told(peer_id, library_rev, library_digest);
  }

  // The other side closes the connection when it has our answer.
  #leftBy(peer_id: PeerId, reason: "goodbye"): void {
    this.#remove(peer_id, reason);
    this.#connector.gone(peer_id);
  }

  #remove(peer_id: PeerId, reason: "goodbye" | "timeout"): void {
    const { emit, onChange } = this.#options;
    if (!this.db.remove(peer_id)) return;
    emit({ event: "peer-lost", peer_id, reason });
    emit({ event: "peer-count", count: this.db.size });
    onChange();
  }
}
