/**
 * A running peer: its parts wired together, its services, its commands, and the order in which it stops.
 *
 * @module
 */

import { aborted, withDeadline } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { Scope } from "../base/scope.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { InstalledVersions } from "../install/installed_versions.ts";
import { IntentLog } from "../install/intent.ts";
import type { GameId, PeerId } from "../proto/ids.ts";
import { PROTOCOL_VERSION } from "../proto/limits.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { ChunkServer } from "./chunk_server.ts";
import { downloadPorts } from "./download_ports.ts";
import { CommandDesk, type PeerSnapshot, type PeerStatus } from "./command_desk.ts";
import type { Command } from "./commands.ts";
import type { Discovery } from "./discovery/port.ts";
import type { EventBus, GameDetails, PeerEvent } from "./events.ts";
import { GameFolder } from "./game_folder.ts";
import { GameOperations } from "./game_operations.ts";
import { GamesView } from "./games_view.ts";
import { Hashing } from "./hashing.ts";
import { LocalLibrary } from "./local_library.ts";
import { type Addresses, PeerNetwork } from "./network.ts";
import { Operations } from "./operations.ts";
import type { PeerOptions } from "./options.ts";
import { LiveSettings } from "./peer_settings.ts";
import { SendTurns } from "./send_turns.ts";
import { servableManifest } from "./servable.ts";
import { type Service, superviseService, type SupervisorPorts } from "./service.ts";
import { StreamServer } from "./stream_server.ts";
import { loggingSupervisor } from "./supervisor.ts";
import { TransferTally } from "./transfer_tally.ts";
import type { PartySecrets } from "./transport/party.ts";
import type { Transport } from "./transport/port.ts";

const GOODBYE_MS = 500;
const JOIN_MS = 1_000;

/** The parts that the composition root makes. */
export interface PeerParts {
  peer_id: PeerId;
  secrets: PartySecrets;
  options: PeerOptions;
  catalog: Catalog | undefined;
  index: LibraryIndex;
  transport: Transport;
  discovery: Discovery;
  events: EventBus;
  clock: Clock;
  addresses: Addresses;
  scope: Scope;
}

/** One running peer. */
export class Peer {
  readonly peer_id: PeerId;
  readonly #parts: PeerParts;
  readonly #operations: Operations;
  readonly #library: LocalLibrary;
  readonly #folder: GameFolder;
  readonly #hashing: Hashing;
  readonly #network: PeerNetwork;
  readonly #games: GameOperations;
  readonly #view: GamesView;
  readonly #desk: CommandDesk;
  readonly #settings: LiveSettings;
  readonly #tally = new TransferTally();
  readonly #leaving = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #resources: AsyncDisposable | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: PeerParts) {
    const { catalog, clock, scope } = parts;
    const emit = (event: PeerEvent) => this.#emit(event);
    this.#parts = parts;
    this.peer_id = parts.peer_id;
    this.#settings = new LiveSettings(parts.options, clock);
    this.#operations = new Operations((operations) => {
      emit({ event: "active-operations-changed", operations });
      this.#view.touch();
      this.#folder.operationsChanged(operations);
    });
    const intents = new IntentLog(parts.options.state_dir);
    this.#library = new LocalLibrary({
      installed: new InstalledVersions(parts.options.state_dir),
      game_dir: parts.options.game_dir,
      catalog,
      index: parts.index,
      isBusy: (id) => this.#operations.kindOf(id) !== null,
      onChange: () => this.#libraryChanged(),
      onScanned: (walked) => this.#hashing.keeper.scanned(walked),
    });
    const library = this.#library;
    this.#folder = new GameFolder({
      library,
      operations: this.#operations,
      intents,
      index: parts.index,
      clock,
    });
    const served = {
      get game_dir() {
        return library.game_dir;
      },
      manifestOf: (game_id: GameId) =>
        servableManifest({ library, operations: this.#operations, catalog }, game_id),
      onSent: (id: PeerId, bytes: number) => this.#tally.sent(id, bytes),
      turns: new SendTurns(this.#settings.up),
    };
    const chunks = new ChunkServer(served);
    const streams = new StreamServer(served);
    this.#hashing = new Hashing({
      ...parts,
      library,
      operations: this.#operations,
      isServing: () => chunks.is_serving || streams.serving > 0,
      manifestOf: served.manifestOf,
    });
    this.#network = new PeerNetwork({
      ...parts,
      name: parts.options.name,
      library: library.announced,
      games: {
        getLibrary: ({ since_rev }) => library.announced.since(since_rev),
        getGame: (request, peer_id) => chunks.details(request, peer_id),
        getHashes: (request, signal) => this.#hashing.server.answer(request, signal),
        getChunk: (request, stream, receiver) => chunks.serve(request, stream, receiver),
        streamInstall: (request, stream, receiver) => streams.serve(request, stream, receiver),
      },
      emit,
      onChange: () => this.#view.touch(),
    });
    const { db } = this.#network;
    this.#view = new GamesView({
      clock,
      scope,
      sources: {
        catalog,
        peers: db,
        local: (id) => library.get(id),
        local_ids: () => library.announced.games.map((game) => game.id),
        operation: (id) => this.#operations.kindOf(id),
      },
      onChange: (games) => emit({ event: "games-list-updated", games }),
    });
    this.#games = new GameOperations({
      own_id: parts.peer_id,
      catalog,
      clock,
      scope,
      library,
      db,
      operations: this.#operations,
      intents,
      emit,
      download_ports: downloadPorts({
        network: this.#network,
        hasher: this.#hashing.hasher,
        index: parts.index,
        tally: this.#tally,
        limiter: this.#settings.down,
      }),
    });
    this.#desk = new CommandDesk({
      view: this.#view,
      games: this.#games,
      network: this.#network,
      folder: this.#folder,
      library: library.announced,
      signal: scope.signal,
      options: parts.options,
      live: this.#settings,
      emit,
      status: () => this.#status(),
      tellLibrary: () => this.#tellLibrary(),
      onRenamed: () => this.#renamed(),
      shutdown: () => void this.shutdown(),
    });
  }

  /** Everything that happens from now on. */
  get events(): AsyncIterable<PeerEvent> {
    return this.#parts.events.listen();
  }

  /** Resolves when the peer has stopped, by `shutdown()` or by a failure. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Scans, then serves and lets itself be found. Owns `resources` from here on. Throws `io`. */
  async start(resources: AsyncDisposable): Promise<void> {
    this.#resources = resources;
    const { scope, addresses } = this.#parts;
    try {
      await this.#library.refresh(scope.signal);
    } catch (error) {
      await resources[Symbol.asyncDispose]();
      throw error;
    }
    this.#announce();
    for (const service of this.#services()) {
      scope.spawn(service.name, (signal) => superviseService(service, this.#supervisor(), signal));
    }
    this.#emit({ event: "local-peer-ready", peer_id: this.peer_id, listen_addr: addresses.preferred });
    this.#tellLibrary();
    this.#view.touch();
  }

  #services(): Service[] {
    const handlers = {
      onSeen: this.#network.seen.bind(this.#network),
      onGone: this.#network.gone.bind(this.#network),
      onProblem: (address: string, error: unknown) =>
        logger("discovery").warn("{address} can't be used now: {reason}", {
          address,
          reason: messageOf(error),
        }),
    };
    const server: Service = {
      name: "server",
      policy: "required",
      run: () => this.#network.sessions.acceptAll(),
    };
    const discovery: Service = {
      name: "discovery",
      policy: "restart",
      run: async (signal) => {
        await this.#parts.discovery.run(handlers, AbortSignal.any([signal, this.#leaving.signal]));
        if (this.#leaving.signal.aborted) await aborted(signal);
      },
    };
    const liveness: Service = {
      name: "liveness",
      policy: "restart",
      run: (signal) => this.#network.watchLiveness(signal),
    };
    const monitor: Service = {
      name: "monitor",
      policy: "best-effort",
      run: (signal) => this.#folder.watch(signal),
    };
    return [server, discovery, liveness, monitor, this.#hashing.service];
  }

  #supervisor(): SupervisorPorts {
    return loggingSupervisor(this.#parts.clock, (component, error) => {
      if (this.#stopping) return;
      this.#emit({ event: "runtime-failed", component, error: messageOf(error) });
      this.shutdown();
    });
  }

  #libraryChanged(): void {
    this.#announce();
    this.#tellLibrary();
    this.#network.libraryChanged();
    this.#view.touch();
  }

  #announce(): void {
    const { peer_id, transport: { port }, discovery } = this.#parts;
    const [{ name }, { rev: library_rev }] = [this.#settings, this.#library.announced];
    discovery.update({ peer_id, name, proto_ver: PROTOCOL_VERSION, library_rev, port });
  }

  #renamed(): void {
    this.#announce();
    this.#network.rename(this.#settings.name);
  }

  #tellLibrary(): void {
    const { rev, games } = this.#library.announced;
    this.#emit({ event: "local-library-changed", library_rev: rev, games: [...games] });
  }

  #emit(event: PeerEvent): void {
    this.#parts.events.emit(event);
  }

  /** The peer's state in one value. */
  snapshot(): PeerSnapshot {
    const { db, incompatible } = this.#network;
    const [status, games, peers] = [this.#status(), this.#view.list(), db.list()];
    const { settings } = this.#desk;
    const { held_ms } = this.#settings;
    return { status, games, peers, transferred: this.#tally.list(), held_ms, settings, incompatible };
  }

  /** One game with everything that is known of it. Throws `not_in_catalog` and `game_not_found`. */
  game(game_id: GameId): GameDetails {
    return this.#desk.game(game_id);
  }

  #status(): PeerStatus {
    const { transport, addresses } = this.#parts;
    return {
      peer_id: this.peer_id,
      listen_addr: addresses.preferred,
      library_rev: this.#library.announced.rev,
      quic: transport.engine,
      peer_count: this.#network.db.size,
      operations: this.#operations.list(),
    };
  }

  /** Accepts or refuses a command; resolves with its data. Throws a `LanspreadError` that says why not. */
  async send(command: Command): Promise<unknown> {
    if (this.#stopping) throw new LanspreadError("shutting_down", "the peer is shutting down");
    return await this.#desk.run(command);
  }

  /** Stops the peer within two seconds; resolves when nothing of it runs any more. */
  shutdown(): Promise<void> {
    this.#stopping ??= this.#stop().catch((error) =>
      logger("peer").error("stopping: {reason}", { reason: messageOf(error) })
    );
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { scope, events, transport } = this.#parts;
    await using ending = new AsyncDisposableStack();
    // 5. Whoever listens hears everything up to here, and then the end, whatever went wrong before.
    ending.defer(() => {
      events.close();
      this.#stopped.resolve();
    });
    // 4. What was opened at the start is closed, the last first.
    if (this.#resources) ending.use(this.#resources);
    ending.use(this.#hashing);
    // 1. The network hears that we leave: TTL 0 on every interface, goodbye to every peer, both bounded.
    this.#leaving.abort();
    await this.#network.leave(AbortSignal.any([scope.signal, AbortSignal.timeout(GOODBYE_MS)]));
    // 2. Every task is cancelled, downloads keep their finished chunks; the closed socket ends what waits for it.
    scope.abort(new LanspreadError("shutting_down", "the peer is shutting down"));
    await transport[Symbol.asyncDispose]();
    // 3. Every task is joined; one that hangs in the operating system does not hold the exit back.
    await withDeadline("stopping", JOIN_MS, new AbortController().signal, () => scope.join()).catch((error) =>
      logger("peer").warn("{reason}", { reason: messageOf(error) })
    );
  }
}
