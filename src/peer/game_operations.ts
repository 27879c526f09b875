/**
 * What can be done with a game: download and install, each accepted or refused at once and told by events.
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
import type { Manifest } from "../proto/manifest.ts";
import { installGame } from "../install/install.ts";
import { download, type DownloadOrder, type DownloadPorts } from "./download/download.ts";
import { askForPlan } from "./download/offers.ts";
import type { PeerEvent } from "./events.ts";
import { wantedVersion } from "./games_list.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operation, Operations } from "./operations.ts";
import type { PeerGameDB } from "./peer_db.ts";

/** What the operations need of the rest of the peer. */
export interface GameOperationsOptions {
  catalog: Catalog | undefined;
  clock: Clock;
  scope: Scope;
  library: LocalLibrary;
  db: PeerGameDB;
  operations: Operations;
  download_ports: Omit<DownloadPorts, "game_dir" | "clock" | "emit">;
  emit(event: PeerEvent): void;
}

/** An archive that can be installed. */
const ARCHIVE = /^[^/]+\.eti$/i;

/** Runs operations on games. */
export class GameOperations {
  readonly #options: GameOperationsOptions;

  /** What stood where an update has begun and not ended: the next try tidies up after it. */
  readonly #unfinished = new Map<GameId, Manifest>();

  constructor(options: GameOperationsOptions) {
    this.#options = options;
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
      throw new LanspreadError(
        "already_downloaded",
        `${game_id} is here already, in version ${order.version}`,
      );
    }
    const operation = operations.begin(game_id, "download");
    scope.spawn("download", (signal) => this.#download(operation, order, install, signal));
    return { version: order.version, sources: [...order.candidates] };
  }

  #order(game_id: GameId): DownloadOrder {
    this.requireInCatalog(game_id);
    const { catalog, library, db, emit } = this.#options;
    const local = library.get(game_id);
    const version = wantedVersion({ catalog, local: () => local, peers: db }, game_id);
    const candidates = version ? db.sources(game_id, version).map((peer) => peer.peer_id) : [];
    const is_here = local?.downloaded && local.version === version;
    if (version && (candidates.length > 0 || is_here)) {
      return {
        game_id,
        version,
        candidates,
        previous: local?.manifest ?? this.#unfinished.get(game_id) ?? null,
      };
    }
    emit({ event: "no-peers-have-game", game_id });
    const what = version ? `version ${version} of ${game_id}` : game_id;
    throw new LanspreadError("no_peers_have_game", `No peer has ${what} now; is one of them still starting?`);
  }

  async #download(
    operation: Operation,
    order: DownloadOrder,
    install: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { game_id } = order;
    const { library, clock, download_ports, emit } = this.#options;
    using _ = operation;
    const either = AbortSignal.any([operation.signal, signal]);
    if (order.previous) this.#unfinished.set(game_id, order.previous);
    try {
      const result = await download(
        order,
        { ...download_ports, game_dir: library.game_dir, clock, emit },
        either,
      );
      this.#unfinished.delete(game_id);
      await this.#refresh(game_id, signal);
      const goes_on = install && this.#isInstallable(game_id);
      if (goes_on) operation.become("install");
      else operation[Symbol.dispose]();
      emit({ event: "download-finished", game_id, ...result, verified: false });
      if (goes_on) await this.#install(operation, signal);
    } catch (error) {
      signal.throwIfAborted();
      await this.#refresh(game_id, signal);
      operation[Symbol.dispose]();
      emit(downloadEnd(game_id, error));
    }
  }

  #isInstallable(game_id: GameId): boolean {
    const game = this.#options.library.get(game_id);
    return !game?.installed && (game?.manifest?.files.some(({ path }) => ARCHIVE.test(path)) ?? false);
  }

  /** Begins an install. Throws `not_in_catalog`, `not_downloaded`, `already_installed`, `operation_active`. */
  startInstall(game_id: GameId): void {
    this.requireInCatalog(game_id);
    const { scope, operations, library } = this.#options;
    const game = library.get(game_id);
    if (!game?.downloaded) {
      throw new LanspreadError(
        "not_downloaded",
        `Cannot install ${game_id}: it is not downloaded; download it first`,
      );
    }
    if (game.installed) throw new LanspreadError("already_installed", `${game_id} is installed already`);
    const operation = operations.begin(game_id, "install");
    scope.spawn("install", async (signal) => {
      using _ = operation;
      await this.#install(operation, signal);
    });
  }

  async #install(operation: Operation, signal: AbortSignal): Promise<void> {
    const { game_id } = operation;
    const { library, emit } = this.#options;
    emit({ event: "install-begin", game_id, operation: "install" });
    const onProgress = (progress: { done_bytes: number; total_bytes: number }) =>
      emit({ event: "install-progress", game_id, ...progress });
    let end: PeerEvent = { event: "install-finished", game_id };
    try {
      await installGame({ game_id, game_root: join(library.game_dir, game_id), signal, onProgress });
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = toLanspreadError(error, "internal", `Cannot install ${game_id}`);
      end = { event: "install-failed", game_id, code, message };
    }
    await this.#refresh(game_id, signal);
    operation[Symbol.dispose]();
    emit(end);
  }

  /** Cancels a running download. Throws `invalid_request` where none runs. */
  cancelDownload(game_id: GameId): void {
    this.#options.operations.cancel(game_id, "download");
  }

  // A root that can't be read now is told by the next scan; the operation itself is over.
  async #refresh(game_id: GameId, signal: AbortSignal): Promise<void> {
    await this.#options.library.refreshRoot(game_id, signal, true).catch(() => {});
  }
}

function downloadEnd(game_id: GameId, error: unknown): PeerEvent {
  const { code, message } = toLanspreadError(error, "internal", `Cannot download ${game_id}`);
  if (code === "cancelled") return { event: "download-cancelled", game_id };
  if (code === "peers_gone") return { event: "download-peers-gone", game_id };
  return { event: "download-failed", game_id, code, message };
}
