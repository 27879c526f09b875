/**
 * Keeps the library true while the peer runs: watch events are hints, the scan is the truth, and a full scan now and
 * then makes up for every hint that never came.
 *
 * Participants: the system's file watcher, the gate that decides per game, and a `rescan` that the peer hands in.
 * Non-goals: looking below the first level of a game root; its payload is found by the scan.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { Scope } from "../base/scope.ts";
import { relative, SEPARATOR } from "../base/std/path.ts";
import { type GameId, gameIdProblem, parseGameId } from "../proto/ids.ts";
import { RootGate } from "./root_gate.ts";
import { openFsWatcher, type OpenWatcher, type Watcher, type WatchEvent, WatchSet } from "./watch_set.ts";

/** A full scan runs this often, in milliseconds. */
export const RECONCILE_MS = 300_000;
/** For more roots at once than this a full scan costs less than one scan each. */
const MAX_SINGLE_SCANS = 16;
const FULL_SCAN = "scan of the game folder";
/** A root that could not be scanned is tried again after this many milliseconds. */
export const RETRY_MS = 10_000;
/** Hints within this many milliseconds lead to one scan. */
const SETTLE_MS = 100;

/** What the monitor needs of the rest of the peer. */
export interface MonitorOptions {
  game_dir: string;
  clock: Clock;
  /** Scans one root. */
  rescan(id: GameId, signal: AbortSignal): Promise<unknown>;
  /** Scans everything. */
  reconcile(signal: AbortSignal): Promise<unknown>;
  /** Whether an operation runs on the game. */
  isBusy(id: GameId): boolean;
  /** Something is not as it should be; the monitor goes on. */
  onProblem(message: string): void;
  open?: OpenWatcher;
}

/** Watches one game directory. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #gate = new RootGate();
  readonly #watched: WatchSet;
  /** What was told of the roots that could not be scanned. */
  readonly #failing = new Map<GameId, string>();
  /** Those of them that wait for another try. */
  readonly #retrying = new Set<GameId>();
  #scope: Scope | undefined;
  #is_refreshing = false;
  #told_blind = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    const { game_dir, open = openFsWatcher, isBusy } = options;
    const mayWait = (name: string) => gameIdProblem(name) === undefined && isBusy(parseGameId(name));
    this.#watched = new WatchSet({ game_dir, open, mayWait });
  }

  /** Runs until the signal aborts, then ends with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onProblem } = this.#options;
    await using scope = new Scope({
      parent: signal,
      onError: (error, task) => onProblem(`${task}: ${messageOf(error)}`),
    });
    this.#scope = scope;
    try {
      await this.#rewatch(scope);
      while (true) {
        await clock.sleep(RECONCILE_MS, signal);
        await this.#rewatch(scope);
        scope.spawn(FULL_SCAN, (inner) => this.#options.reconcile(inner));
      }
    } finally {
      this.#scope = undefined;
      this.#watched[Symbol.dispose]();
    }
  }

  /** An operation on the game is over: what was held back meanwhile leads to one scan, and a root that waited is watched. */
  released(id: GameId): void {
    if (this.#gate.released(id)) this.#hint(id);
    if (!this.#watched.has(id)) this.#refreshSoon();
  }

  /** Watches the folders that are there now; a watcher that can't be had is told once, and tried again later. */
  async #rewatch(scope: Scope): Promise<void> {
    try {
      const change = await this.#watched.refresh();
      this.#told_blind = false;
      if (!change) return;
      scope.spawn("watching", () => this.#follow(change.watcher));
      this.#takeChanged(change.names, scope);
    } catch (error) {
      if (this.#told_blind) return;
      this.#told_blind = true;
      const minutes = RECONCILE_MS / 60_000;
      this.#options.onProblem(
        `the game folder can't be watched (${
          messageOf(error)
        }); it is looked at every ${minutes} minutes instead`,
      );
    }
  }

  async #follow(watcher: Watcher): Promise<void> {
    for await (const event of watcher) this.#take(event);
  }

  #take({ kind, paths, flag }: WatchEvent): void {
    // Reading changes nothing, and the scans themselves read.
    if (kind === "access") return;
    if (flag === "rescan") {
      return this.#scope?.spawn(FULL_SCAN, (signal) => this.#options.reconcile(signal));
    }
    for (const path of paths) this.#takePath(path, kind);
  }

  #takePath(path: string, kind: string): void {
    const [name = "", ...below] = relative(this.#options.game_dir, path).split(SEPARATOR);
    // Under the same name there may be another folder now, which nobody watches.
    if (below.length === 0 && kind !== "modify") this.#watched.distrust(name);
    if (below.length === 0) this.#refreshSoon();
    this.#takeName(name);
  }

  #takeName(name: string): void {
    if (name !== ".." && gameIdProblem(name) === undefined) this.#hint(parseGameId(name));
  }

  /** What happened in a folder before it was watched left no hint. */
  #takeChanged(names: readonly string[], scope: Scope): void {
    if (names.length > MAX_SINGLE_SCANS) scope.spawn(FULL_SCAN, (signal) => this.#options.reconcile(signal));
    else for (const name of names) this.#takeName(name);
  }

  /** A root came or went. */
  #refreshSoon(): void {
    const scope = this.#scope;
    if (this.#is_refreshing || !scope) return;
    this.#is_refreshing = true;
    scope.spawn("watching", async (signal) => {
      await this.#options.clock.sleep(SETTLE_MS, signal);
      this.#is_refreshing = false;
      await this.#rewatch(scope);
    });
  }

  #hint(id: GameId): void {
    if (!this.#scope || !this.#gate.hint(id, this.#options.isBusy(id))) return;
    this.#scope.spawn(`scan of ${id}`, (signal) => this.#scan(id, signal));
  }

  async #scan(id: GameId, signal: AbortSignal): Promise<void> {
    do {
      await this.#options.clock.sleep(SETTLE_MS, signal);
      await this.#scanOnce(id, signal);
    } while (this.#gate.finished(id));
    if (this.#failing.has(id)) this.#retrySoon(id);
  }

  async #scanOnce(id: GameId, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.rescan(id, signal);
      this.#failing.delete(id);
    } catch (error) {
      signal.throwIfAborted();
      const problem = `${id} can't be scanned now: ${messageOf(error)}`;
      if (this.#failing.get(id) === problem) return;
      this.#failing.set(id, problem);
      this.#options.onProblem(problem);
    }
  }

  /** The hint that led to the failed scan does not come again. */
  #retrySoon(id: GameId): void {
    if (this.#retrying.has(id)) return;
    this.#retrying.add(id);
    this.#scope?.spawn(`another scan of ${id}`, async (signal) => {
      await this.#options.clock.sleep(RETRY_MS, signal);
      this.#retrying.delete(id);
      if (this.#failing.has(id)) this.#hint(id);
    });
  }
}
