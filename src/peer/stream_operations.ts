/**
 * Streamed installs as operations: refused where they would bring nothing, otherwise told by the events of an install.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { Scope } from "../base/scope.ts";
import type { IntentLog } from "../install/intent.ts";
import type { ByteProgress } from "../install/progress_meter.ts";
import type { GameId, GameVersion, PeerId } from "../proto/ids.ts";
import type { PlanOrder } from "./download/offers.ts";
import type { PeerEvent } from "./events.ts";
import type { InstallOperations } from "./install_operations.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operation, Operations } from "./operations.ts";
import { streamInstall, type StreamPorts } from "./stream_install.ts";

/** What these operations need of the rest of the peer. */
export interface StreamOperationsOptions {
  own_id: PeerId;
  scope: Scope;
  library: LocalLibrary;
  operations: Operations;
  intents: IntentLog;
  download_ports: Omit<StreamPorts, "game_dir" | "own_id" | "intents" | "onProgress">;
  emit(event: PeerEvent): void;
}

/** Runs streamed installs. The caller has looked at the catalog. */
export class StreamOperations {
  readonly #options: StreamOperationsOptions;
  readonly #installs: Pick<InstallOperations, "finish">;

  constructor(options: StreamOperationsOptions, installs: Pick<InstallOperations, "finish">) {
    this.#options = options;
    this.#installs = installs;
  }

  /** Throws `already_installed` or `already_downloaded` where a streamed install of `version` would bring nothing. */
  requireUseful(game_id: GameId, version: GameVersion | undefined): void {
    const local = this.#options.library.get(game_id);
    const context = `Cannot stream-install ${game_id}`;
    if (local?.installed && local.installed_version === undefined) {
      throw new LanspreadError(
        "already_installed",
        `${context}: it is installed in a version that is not known; uninstall it first`,
      );
    }
    if (local?.installed && local.installed_version === version) {
      throw new LanspreadError("already_installed", `${context}: it is installed in version ${version}`);
    }
    if (!local?.downloaded || local.version !== version) return;
    const verb = local.installed ? "update" : "install";
    throw new LanspreadError(
      "already_downloaded",
      `${context}: it is downloaded in version ${version}; use ${verb}`,
    );
  }

  /** Begins. Throws `operation_active`. */
  start(order: PlanOrder): { version: GameVersion; sources: PeerId[] } {
    const { operations, scope } = this.#options;
    const operation = operations.begin(order.game_id, "stream-install");
    scope.spawn("stream-install", (signal) => this.#run(operation, order, signal));
    return { version: order.version, sources: [...order.candidates] };
  }

  async #run(operation: Operation, order: PlanOrder, signal: AbortSignal): Promise<void> {
    const { game_id } = order;
    const { library, intents, own_id, download_ports, emit } = this.#options;
    emit({ event: "install-begin", game_id, operation: "stream-install" });
    const ports: StreamPorts = {
      ...download_ports,
      game_dir: library.game_dir,
      own_id,
      intents,
      onProgress: (progress: ByteProgress) => emit({ event: "install-progress", game_id, ...progress }),
    };
    const either = AbortSignal.any([operation.signal, signal]);
    await this.#installs.finish(operation, signal, "install", () => streamInstall(order, ports, either));
  }
}
