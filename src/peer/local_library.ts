/**
 * This peer's own games: what the disk holds, what is announced of it, and under which revision.
 *
 * Participants: `watch/scan.ts` finds, the index remembers, `library_sync.ts` spreads the changes. Refreshes run one
 * after another, so that load, compare and save are one critical section.
 *
 * @module
 */

import type { Catalog } from "../catalog/catalog.ts";
import type { GameId, Sha256 } from "../proto/ids.ts";
import { type GameSummary, libraryDigest } from "../proto/library.ts";
import type { LibraryDelta, LibrarySnapshot } from "../proto/message.ts";
import { diffLibraries, isEmptyDiff, type LibraryDiff } from "../watch/diff.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { type LocalGame, summarize } from "../watch/local_game.ts";
import { scanLibrary, type ScanResult } from "../watch/scan.ts";
import { LibraryHistory } from "./library_history.ts";

/** What the library needs to know. */
export interface LocalLibraryOptions {
  game_dir: string;
  catalog: Catalog | undefined;
  index: LibraryIndex;
  /** Whether an operation runs on the game: its disk state is in motion, and the previous summary stands. */
  isBusy: (id: GameId) => boolean;
  /** Called after the announced library really changed. */
  onChange: (change: LibraryDelta) => void;
}

/** The games of one game directory. */
export class LocalLibrary {
  readonly #options: LocalLibraryOptions;
  readonly #history = new LibraryHistory();
  #games: ReadonlyMap<GameId, LocalGame> = new Map();
  #announced: readonly GameSummary[] = [];
  #digest: Sha256 = libraryDigest([]);
  #rev = 0;
  #refreshing: Promise<unknown> = Promise.resolve();

  constructor(options: LocalLibraryOptions) {
    this.#options = options;
  }

  get rev(): number {
    return this.#rev;
  }

  get digest(): Sha256 {
    return this.#digest;
  }

  /** What others are told, sorted by id. */
  get announced(): readonly GameSummary[] {
    return this.#announced;
  }

  /** A game of this machine, announced or not. */
  get(id: GameId): LocalGame | undefined {
    return this.#games.get(id);
  }

  /** The name that people read. */
  nameOf(id: GameId): string {
    return this.#options.catalog?.get(id)?.name ?? id;
  }

  /**
   * Scans the game directory. `force`d roots are walked though they look unchanged, and are looked at even while an
   * operation runs on them. Throws `io` where the directory can't be read.
   */
  refresh(signal: AbortSignal, force: readonly GameId[] = []): Promise<ScanResult> {
    const turn = this.#refreshing.then(() => this.#refresh(signal, force));
    this.#refreshing = turn.catch(() => {});
    return turn;
  }

  async #refresh(signal: AbortSignal, force: readonly GameId[]): Promise<ScanResult> {
    const { game_dir, index, isBusy } = this.#options;
    const keep = (id: GameId) => isBusy(id) && !force.includes(id) ? this.#games.get(id) : undefined;
    const result = await scanLibrary(game_dir, { signal, index, keep, force });
    this.#games = result.games;
    this.#announce();
    return result;
  }

  #announce(): void {
    const { catalog, index, onChange } = this.#options;
    const shown = [...this.#games.values()].filter(({ id }) => !catalog || catalog.has(id));
    const games = shown.map((game) => summarize(game, this.nameOf(game.id)));
    const diff = diffLibraries(this.#announced, games);
    const is_first = this.#rev === 0;
    if (!is_first && isEmptyDiff(diff)) return;
    const from_rev = this.#rev;
    this.#announced = games;
    this.#digest = libraryDigest(games);
    this.#rev = index.revision(this.#digest);
    this.#history.record(from_rev, this.#rev, diff);
    if (!is_first) onChange(deltaMessage(from_rev, this.#rev, diff));
  }

  /** What changed since `rev`, or everything where that is not known any more. */
  since(rev: number | undefined): LibraryDelta | LibrarySnapshot {
    const diff = rev === undefined ? undefined : this.#history.since(rev, this.#rev);
    if (rev !== undefined && diff) return deltaMessage(rev, this.#rev, diff);
    return { type: "library_snapshot", library_rev: this.#rev, games: [...this.#announced] };
  }
}

function deltaMessage(from_rev: number, to_rev: number, diff: LibraryDiff): LibraryDelta {
  return { type: "library_delta", from_rev, to_rev, ...diff };
}
