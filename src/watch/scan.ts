/**
 * Finds the games of a game directory. The scan is the truth about the disk; watch events are hints to scan.
 *
 * Participants: the folder that the user chose, the index with the results of earlier scans. Every root
 * costs a glance; only a root that is new, changed or forced is walked. One bad root never costs the
 * others.
 *
 * Non-goals: knowing which games the party plays (catalog), keeping scans apart in time (monitor).
 *
 * ```ts
 * import { LibraryIndex } from "./index.ts";
 * import { scanLibrary } from "./scan.ts";
 *
 * using index = LibraryIndex.inMemory();
 * const game_dir = await Deno.makeTempDir();
 * const { games } = await scanLibrary(game_dir, { signal: new AbortController().signal, index });
 * console.assert(games.size === 0);
 * await Deno.remove(game_dir);
 * ```
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { compareText, type GameId } from "../proto/ids.ts";
import { SENTINEL } from "../proto/manifest.ts";
import { listCandidates, type Skipped } from "./candidates.ts";
import { examineRoot } from "./examine.ts";
import { type Glance, glanceAt } from "./fingerprint.ts";
import type { IndexedRoot, LibraryIndex } from "./index.ts";
import type { LocalGame } from "./local_game.ts";
import { forEachPooled } from "./pool.ts";
import { INSTALL_DIR } from "./root_listing.ts";

const ROOTS_AT_ONCE = 16;

/** What a scan needs to know. */
export interface ScanOptions {
  readonly signal: AbortSignal;
  readonly index: LibraryIndex;
  /**
   * The previous result for ids with an active operation: taken as it is, whatever the disk shows; `null` where there
   * was none, and `undefined` for everything that is to be scanned.
   */
  readonly keep?: (id: GameId) => LocalGame | null | undefined;
  /** Roots that are walked even if their fingerprint is known. */
  readonly force?: readonly GameId[];
}

/** What a scan found. */
export interface ScanResult {
  /** Sorted by id. */
  readonly games: Map<GameId, LocalGame>;
  /** Children of the game directory that are no game, with the reason, sorted by name. */
  readonly skipped: Skipped[];
  /** How many roots were walked. */
  readonly walked: number;
  /** The roots that were walked. */
  readonly changed: readonly GameId[];
  /** How many came from the index. */
  readonly reused: number;
}

/** Scans a game directory and brings the index up to date. Throws `io` where the directory can't be read. */
export async function scanLibrary(game_dir: string, options: ScanOptions): Promise<ScanResult> {
  const { candidates, skipped } = await listCandidates(game_dir);
  const run = new ScanRun(game_dir, options, skipped);
  await forEachPooled(candidates, ROOTS_AT_ONCE, options.signal, (id) => run.visit(id));
  run.finish(candidates);
  return {
    games: new Map([...run.games].sort(([a], [b]) => compareText(a, b))),
    skipped: skipped.sort((a, b) => compareText(a.name, b.name)),
    walked: run.changed.length,
    changed: run.changed,
    reused: run.reused,
  };
}

/** One scan under way. */
class ScanRun {
  readonly games = new Map<GameId, LocalGame>();
  readonly #store: IndexedRoot[] = [];
  readonly #forget: GameId[] = [];
  readonly #force: ReadonlySet<GameId>;
  readonly changed: GameId[] = [];
  reused = 0;

  constructor(readonly game_dir: string, readonly options: ScanOptions, readonly skipped: Skipped[]) {
    this.#force = new Set(options.force);
  }

  /** Takes one root in: kept, reused or walked. */
  async visit(id: GameId): Promise<void> {
    if (this.#keep(id)) return;
    const root = join(this.game_dir, id);
    try {
      const glance = await glanceAt(root);
      if (!this.#reuse(id, glance.fingerprint)) await this.#walk(id, root, glance);
    } catch (error) {
      if (this.options.signal.aborted || error instanceof LanspreadError) throw error;
      this.#skip(id, error);
    }
  }

  /** Writes what is new to the index, and drops from it the roots that are gone. */
  finish(candidates: readonly GameId[]): void {
    const there = new Set(candidates);
    const gone = this.options.index.ids(this.game_dir).filter((id) => !there.has(id) && !this.#keep(id));
    this.options.index.update(this.game_dir, this.#store, [...this.#forget, ...gone]);
  }

  #keep(id: GameId): boolean {
    const previous = this.options.keep?.(id);
    if (previous) this.games.set(id, previous);
    return previous !== undefined;
  }

  #reuse(id: GameId, fingerprint: string): boolean {
    const known = this.#force.has(id) ? undefined : this.options.index.lookup(this.game_dir, id, fingerprint);
    if (!known) return false;
    this.games.set(id, known);
    this.reused++;
    return true;
  }

  async #walk(id: GameId, root: string, glance: Glance): Promise<void> {
    const found = await examineRoot(root, id, glance, this.options.signal);
    if (!found) return this.#drop(id, `it has neither ${SENTINEL} nor ${INSTALL_DIR}/: no game yet`);
    this.changed.push(id);
    this.games.set(id, found.game);
    if (found.lasting) this.#store.push({ fingerprint: glance.fingerprint, game: found.game });
    else this.#forget.push(id);
  }

  #skip(id: GameId, error: unknown): void {
    if (error instanceof Deno.errors.NotFound) {
      return this.#drop(id, "it vanished during the scan, or its name is not valid Unicode");
    }
    this.skipped.push({ name: id, reason: `it can't be read: ${messageOf(error)}` });
  }

  #drop(id: GameId, reason: string): void {
    this.skipped.push({ name: id, reason });
    this.#forget.push(id);
  }
}
