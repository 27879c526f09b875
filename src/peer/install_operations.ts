/**
 * What can be done with a downloaded game: install, update, uninstall, remove. Each is accepted or refused at once, and
 * told by events.
 *
 * @module
 */

import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import type { Scope } from "../base/scope.ts";
import { join } from "../base/std/path.ts";
import type { IntentLog } from "../install/intent.ts";
import { removeGame, requireRemovable } from "../install/remove.ts";
import { installGame, uninstallGame, updateGame } from "../install/transaction.ts";
import type { GameId, GameVersion } from "../proto/ids.ts";
import type { PeerEvent } from "./events.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operation, Operations } from "./operations.ts";

/** What these operations need of the rest of the peer. */
export interface InstallOperationsOptions {
  scope: Scope;
  library: LocalLibrary;
  operations: Operations;
  intents: IntentLog;
  emit(event: PeerEvent): void;
}

/** An archive that can be installed. */
const ARCHIVE = /^[^/]+\.eti$/i;

/** Runs these operations. The caller has looked at the catalog. */
export class InstallOperations {
  readonly #options: InstallOperationsOptions;

  constructor(options: InstallOperationsOptions) {
    this.#options = options;
  }

  /** What should follow a download of this game: its install, its update, or nothing where it has no archive or is installed. */
  afterDownload(game_id: GameId): "install" | "update" | undefined {
    const game = this.#options.library.get(game_id);
    if (!game?.manifest?.files.some(({ path }) => ARCHIVE.test(path))) return undefined;
    if (!game.installed) return "install";
    // An update would only cost what the user left in it.
    return game.installed_version === game.version ? undefined : "update";
  }

  /** Begins an install. Throws `not_downloaded`, `already_installed`, `operation_active`. */
  startInstall(game_id: GameId): void {
    this.#requireDownloaded(game_id, "install");
    if (this.#isInstalled(game_id)) {
      throw new LanspreadError("already_installed", `${game_id} is installed already`);
    }
    this.#start(game_id, "install", (operation, signal) => this.install(operation, signal));
  }

  /** Begins an update of the install from the archives that are here. Throws as `startInstall`, and `not_installed`. */
  startUpdate(game_id: GameId): void {
    this.#requireInstalled(game_id, "update");
    this.#requireDownloaded(game_id, "update");
    this.#start(game_id, "update", (operation, signal) => this.install(operation, signal));
  }

  /** Begins an uninstall. Throws `not_installed`, `operation_active`. */
  startUninstall(game_id: GameId): void {
    this.#requireInstalled(game_id, "uninstall");
    this.#start(game_id, "uninstall", (operation, signal) => this.#uninstall(operation, signal));
  }

  /** Begins the removal of the downloaded files. Throws `not_downloaded`, `installed`, `operation_active`. */
  async startRemove(game_id: GameId): Promise<void> {
    const { operations, scope, intents } = this.#options;
    const operation = operations.begin(game_id, "remove");
    try {
      await requireRemovable({ game_id, game_root: this.#root(game_id), intents });
    } catch (error) {
      operation[Symbol.dispose]();
      throw inContext(error, `Cannot remove ${game_id}`);
    }
    scope.spawn("remove", (signal) => this.#remove(operation, signal));
  }

  #start(
    game_id: GameId,
    kind: "install" | "update" | "uninstall",
    run: (operation: Operation, signal: AbortSignal) => Promise<void>,
  ): void {
    const { operations, scope } = this.#options;
    const operation = operations.begin(game_id, kind);
    scope.spawn(kind, (signal) => run(operation, signal));
  }

  /** Installs or updates, as the operation says; it is cleared at the end. */
  async install(operation: Operation, signal: AbortSignal): Promise<void> {
    const { game_id, kind } = operation;
    const { intents, emit } = this.#options;
    const is_update = kind === "update";
    emit({ event: "install-begin", game_id, operation: is_update ? "update" : "install" });
    const onProgress = (progress: { done_bytes: number; total_bytes: number }) =>
      emit({ event: "install-progress", game_id, ...progress });
    const either = AbortSignal.any([operation.signal, signal]);
    const game_root = this.#root(game_id);
    await this.finish(operation, signal, "install", async () => {
      const version = await this.#versionNow(game_id, either);
      const options = { game_id, game_root, intents, version, signal: either, onProgress };
      await (is_update ? updateGame(options) : installGame(options));
    });
  }

  /** What is unpacked now: a person may have put other files there since the last scan. */
  async #versionNow(game_id: GameId, signal: AbortSignal): Promise<GameVersion | undefined> {
    const { library } = this.#options;
    await library.refreshRoot(game_id, signal, true).catch(() => {});
    return library.get(game_id)?.version ?? undefined;
  }

  async #uninstall(operation: Operation, signal: AbortSignal): Promise<void> {
    const { game_id } = operation;
    const options = { game_id, game_root: this.#root(game_id), intents: this.#options.intents, signal };
    this.#options.emit({ event: "uninstall-begin", game_id });
    await this.finish(operation, signal, "uninstall", () => uninstallGame(options));
  }

  async #remove(operation: Operation, signal: AbortSignal): Promise<void> {
    const { game_id } = operation;
    const options = { game_id, game_root: this.#root(game_id), intents: this.#options.intents, signal };
    this.#options.emit({ event: "remove-begin", game_id });
    await this.finish(operation, signal, "remove", () => removeGame(options));
  }

  /** Does it, looks at the disk again, clears the operation, and only then tells the end. */
  async finish(
    operation: Operation,
    signal: AbortSignal,
    name: "install" | "uninstall" | "remove",
    run: () => Promise<unknown>,
  ): Promise<void> {
    using _ = operation;
    const { game_id } = operation;
    let end: PeerEvent = { event: `${name}-finished`, game_id };
    try {
      await run();
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = inContext(error, `Cannot ${operation.kind} ${game_id}`);
      end = { event: `${name}-failed`, game_id, code, message };
    }
    // A root that can't be read now is told by the next scan; the operation itself is over.
    await this.#options.library.refreshRoot(game_id, signal, true).catch(() => {});
    operation[Symbol.dispose]();
    this.#options.emit(end);
  }

  #root(game_id: GameId): string {
    return join(this.#options.library.game_dir, game_id);
  }

  #isInstalled(game_id: GameId): boolean {
    return this.#options.library.get(game_id)?.installed ?? false;
  }

  #requireDownloaded(game_id: GameId, verb: string): void {
    if (this.#options.library.get(game_id)?.downloaded) return;
    throw new LanspreadError(
      "not_downloaded",
      `Cannot ${verb} ${game_id}: it is not downloaded; download it first`,
    );
  }

  #requireInstalled(game_id: GameId, verb: string): void {
    if (this.#isInstalled(game_id)) return;
    throw new LanspreadError("not_installed", `Cannot ${verb} ${game_id}: it is not installed`);
  }
}

function inContext(error: unknown, context: string): LanspreadError {
  return toLanspreadError(error, "internal", context);
}
