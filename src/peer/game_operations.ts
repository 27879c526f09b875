/**
 * What can be done with a game, each accepted or refused at once and told by events: downloads here, install, update,
 * uninstall and removal in `install_operations.ts`, streamed installs in `stream_operations.ts`.
 *
 * A terminal event comes after the local library was refreshed and the operation was cleared, so that a command sent
 * right after it is accepted.
 *
 * @module
 */

import type { Catalog } from "../catalog/catalog.ts";
import type { Clock } from "../base/clock.ts";
import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import type { Scope } from "../base/scope.ts";
import { join } from "../base/std/path.ts";
import type { GameId, GameVersion, PeerId } from "../proto/ids.ts";
import type { IntentLog } from "../install/intent.ts";
import { type Launched, launchGame } from "../install/launch.ts";
import { forgetRemoval } from "../install/remove.ts";
import { download, type DownloadOrder } from "./download/download.ts";
import { askForPlan } from "./download/offers.ts";
import type { downloadPorts } from "./download_ports.ts";
import type { OperationKind, PeerEvent } from "./events.ts";
import { wantedVersion } from "./games_list.ts";
import { InstallOperations } from "./install_operations.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operation, Operations } from "./operations.ts";
import type { PeerGameDB } from "./peer_db.ts";
import { StreamOperations } from "./stream_operations.ts";

const LAUNCH = "launch";
/** Uninstall and removal are not among them: what is deleted does not come back. */
const CANCELLABLE: readonly (OperationKind | typeof LAUNCH)[] = [
  "download",
  "install",
  "update",
  "stream-install",
  LAUNCH,
];

/** What the operations need of the rest of the peer. */
export interface GameOperationsOptions {
  own_id: PeerId;
  catalog: Catalog | undefined;
  clock: Clock;
  scope: Scope;
  library: LocalLibrary;
  db: PeerGameDB;
  operations: Operations;
  intents: IntentLog;
  download_ports: ReturnType<typeof downloadPorts>;
  emit(event: PeerEvent): void;
}

/** Runs operations on games. */
export class GameOperations {
  readonly #options: GameOperationsOptions;
  readonly #installs: InstallOperations;
  readonly #streams: StreamOperations;

  constructor(options: GameOperationsOptions) {
    this.#options = options;
    this.#installs = new InstallOperations(options);
    this.#streams = new StreamOperations(options, this.#installs);
  }

  /** The folder that they work in. */
  get game_dir(): string {
    return this.#options.library.game_dir;
  }

  /** Throws `not_in_catalog` where the party does not play the game. */
  requireInCatalog(game_id: GameId): void {
    const { catalog } = this.#options;
    if (!catalog || catalog.has(game_id)) return;
    throw new LanspreadError("not_in_catalog", `${game_id} is not in the catalog of this party`);
  }

  /** Asks the sources for the file list of a game; `got-game-files` follows. Throws `no_peers_have_game`. */
  askForFiles(game_id: GameId): void {
    const order = this.#order(game_id);
    const { scope, download_ports, emit } = this.#options;
    scope.spawn("file list", async (signal) => {
      try {
        const { manifest } = await askForPlan(order, download_ports, signal);
        const total_bytes = manifest.files.reduce((sum, file) => sum + file.size, 0);
        const { version, manifest_hash, files } = manifest;
        emit({
          event: "got-game-files",
          game_id,
          version,
          manifest_hash,
          total_bytes,
          file_count: files.length,
        });
      } catch {
        if (!signal.aborted) emit({ event: "no-peers-have-game", game_id });
      }
    });
  }

  /**
   * Begins a download. Throws `not_in_catalog`, `already_downloaded`, `no_peers_have_game`, `operation_active`.
   */
  startDownload(game_id: GameId, install: boolean): { version: GameVersion; sources: PeerId[] } {
    const { scope, operations, library } = this.#options;
    const order = this.#order(game_id);
    const local = library.get(game_id);
    if (local?.downloaded && local.version === order.version) {
      throw alreadyHere(game_id, order.version);
    }
    const operation = operations.begin(game_id, "download");
    scope.spawn("download", (signal) => this.#download(operation, order, install, signal));
    return { version: order.version, sources: [...order.candidates] };
  }

  #order(game_id: GameId): DownloadOrder {
    this.requireInCatalog(game_id);
    const { library, db, emit } = this.#options;
    const local = library.get(game_id);
    const version = this.#wanted(game_id);
    const candidates = version ? db.sources(game_id, version).map((peer) => peer.peer_id) : [];
    const is_here = local?.downloaded && local.version === version;
    if (version && (candidates.length > 0 || is_here)) {
      return { game_id, version, candidates, previous: local?.manifest ?? null };
    }
    emit({ event: "no-peers-have-game", game_id });
    const what = version ? `version ${version} of ${game_id}` : game_id;
    throw new LanspreadError("no_peers_have_game", `No peer has ${what} now; is one of them still starting?`);
  }

  #wanted(game_id: GameId): GameVersion | undefined {
    const { catalog, library, db } = this.#options;
    return wantedVersion({ catalog, local: (id) => library.get(id), peers: db }, game_id);
  }

  async #download(
    operation: Operation,
    order: DownloadOrder,
    install: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { game_id } = order;
    const { library, clock, intents, download_ports, emit } = this.#options;
    using _ = operation;
    const either = AbortSignal.any([operation.signal, signal]);
    try {
      await forgetRemoval(intents, game_id, join(library.game_dir, game_id));
      const result = await download(
        await this.#lookedAgain(order, either),
        { ...download_ports, game_dir: library.game_dir, clock, emit },
        either,
      );
      await this.#refresh(game_id, signal);
      const next = install ? this.#installs.afterDownload(game_id) : undefined;
      if (next) operation.become(next);
      else operation[Symbol.dispose]();
      emit({ event: "download-finished", game_id, ...result });
      if (next) await this.#installs.install(operation, signal);
    } catch (error) {
      signal.throwIfAborted();
      await this.#refresh(game_id, signal);
      operation[Symbol.dispose]();
      emit(downloadEnd(game_id, error));
    }
  }

  /** Before anything is touched: a person may have put a version there since the last scan. Throws `already_downloaded`. */
  async #lookedAgain(order: DownloadOrder, signal: AbortSignal): Promise<DownloadOrder> {
    const { game_id } = order;
    await this.#refresh(game_id, signal);
    const local = this.#options.library.get(game_id);
    if (local?.downloaded && local.version === this.#wanted(game_id)) {
      throw alreadyHere(game_id, local.version);
    }
    return { ...order, previous: local?.manifest ?? order.previous };
  }

  /**
   * Begins a streamed install, also in the place of an older install. Throws `not_in_catalog`, `already_downloaded`,
   * `already_installed`, `no_peers_have_game`, `operation_active`.
   */
  startStreamInstall(game_id: GameId): { version: GameVersion; sources: PeerId[] } {
    this.requireInCatalog(game_id);
    this.#streams.requireUseful(game_id, this.#wanted(game_id));
    return this.#streams.start(this.#order(game_id));
  }

  /** Begins an install. Throws `not_in_catalog`, `not_downloaded`, `already_installed`, `operation_active`. */
  startInstall(game_id: GameId): void {
    this.requireInCatalog(game_id);
    this.#installs.startInstall(game_id);
  }

  /** Begins an update. Throws `not_in_catalog`, `not_downloaded`, `not_installed`, `operation_active`. */
  startUpdate(game_id: GameId): void {
    this.requireInCatalog(game_id);
    this.#installs.startUpdate(game_id);
  }

  /** Begins an uninstall, also of a game that the party does not play. Throws `not_installed`, `operation_active`. */
  startUninstall(game_id: GameId): void {
    this.#installs.startUninstall(game_id);
  }

  /** Begins a removal. Throws `not_in_catalog`, `not_downloaded`, `installed`, `operation_active`. */
  async startRemove(game_id: GameId): Promise<void> {
    this.requireInCatalog(game_id);
    await this.#installs.startRemove(game_id);
  }

  /**
   * Starts an installed game, or its server, also one that the party does not play; waits for its setup. Throws
   * `not_installed`, `launch_failed`, `operation_active`, `cancelled`.
   */
  async launch(game_id: GameId, what: "game" | "server", signal: AbortSignal): Promise<Launched> {
    const { operations, library, intents: { state_dir } } = this.#options;
    // Nothing changes the install while its setup runs, and no second setup runs beside.
    using hold = operations.hold(game_id, LAUNCH);
    const game_root = join(library.game_dir, game_id);
    const either = AbortSignal.any([hold.signal, signal]);
    return await launchGame({ state_dir, game_id, game_root, what, signal: either });
  }

  /**
   * Cancels what runs on the game and takes long: a download, an install, an update, or the wait for a setup, which
   * itself runs on. Throws `invalid_request` where nothing of that runs.
   */
  cancel(game_id: GameId): void {
    this.#options.operations.cancel(game_id, CANCELLABLE);
  }

  // A root that can't be read now is told by the next scan; the operation itself is over.
  async #refresh(game_id: GameId, signal: AbortSignal): Promise<void> {
    await this.#options.library.refreshRoot(game_id, signal, true).catch(() => {});
  }
}

function alreadyHere(game_id: GameId, version: GameVersion | null): LanspreadError {
  return new LanspreadError("already_downloaded", `${game_id} is here already, in version ${version}`);
}

function downloadEnd(game_id: GameId, error: unknown): PeerEvent {
  const { code, message } = toLanspreadError(error, "internal", `Cannot download ${game_id}`);
  if (code === "cancelled") return { event: "download-cancelled", game_id };
  if (code === "peers_gone") return { event: "download-peers-gone", game_id };
  return { event: "download-failed", game_id, code, message };
}
