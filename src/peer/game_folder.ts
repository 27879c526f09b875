/**
 * The game directory while the peer runs: watched for changes, and changed for another one on request.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { IntentLog } from "../install/intent.ts";
import type { GameId } from "../proto/ids.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { Monitor } from "../watch/monitor.ts";
import type { ActiveOperation } from "./events.ts";
import { openGameDir } from "./game_dir.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operations } from "./operations.ts";

/** What the folder needs of the rest of the peer. */
export interface GameFolderOptions {
  library: LocalLibrary;
  operations: Operations;
  intents: IntentLog;
  index: LibraryIndex;
  clock: Clock;
}

/** One game directory at a time. */
export class GameFolder {
  readonly #options: GameFolderOptions;
  #monitor: Monitor | undefined;
  #moved = new AbortController();
  #busy: ReadonlySet<GameId> = new Set();
  #is_changing = false;

  constructor(options: GameFolderOptions) {
    this.#options = options;
  }

  /** Watches the directory, and after a change the new one. Runs until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (true) {
      const moved = new AbortController();
      this.#moved = moved;
      this.#monitor = await this.#makeMonitor();
      await this.#monitor.run(AbortSignal.any([signal, moved.signal])).catch((error) => {
        if (signal.aborted || !moved.signal.aborted) throw error;
      });
    }
  }

  async #makeMonitor(): Promise<Monitor> {
    const { library, operations, clock } = this.#options;
    return new Monitor({
      // Some systems report events by the real path, whatever path was asked for.
      game_dir: await Deno.realPath(library.game_dir).catch(() => library.game_dir),
      clock,
      rescan: (id, signal) => library.refreshRoot(id, signal),
      reconcile: (signal) => library.refresh(signal),
      isBusy: (id) => operations.kindOf(id) !== null,
      onProblem: (message) => logger("monitor").warn("{message}", { message }),
    });
  }

  /** The operations changed: what the disk did during one is looked at when it is over. */
  operationsChanged(operations: readonly ActiveOperation[]): void {
    const busy = new Set(operations.map(({ game_id }) => game_id));
    for (const game_id of this.#busy) if (!busy.has(game_id)) this.#monitor?.released(game_id);
    this.#busy = busy;
  }

  /** Throws `busy` while the directory is being changed. */
  requireSteady(): void {
    if (this.#is_changing) {
      throw new LanspreadError("busy", "the game folder is being changed; try again in a moment");
    }
  }

  /**
   * Goes on with another directory. Throws `operation_active` while anything runs, and `io` where the new one can't be
   * read; then the old one stays.
   */
  async change(game_dir: string, signal: AbortSignal): Promise<void> {
    this.requireSteady();
    const { library, operations } = this.#options;
    const [running] = operations.list();
    if (running) {
      throw new LanspreadError(
        "operation_active",
        `Cannot change the game folder: the ${running.operation} of ${running.game_id} is still running; wait for it`,
      );
    }
    this.#is_changing = true;
    try {
      await openGameDir(game_dir, this.#options, signal);
      await library.changeDir(game_dir, signal);
    } finally {
      this.#is_changing = false;
    }
    this.#moved.abort();
  }
}
