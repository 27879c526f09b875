/**
 * This peer's own games: what the disk holds, and what is announced of it.
 *
 * Participants: `watch/scan.ts` finds, the index remembers, `library_sync.ts` spreads the changes. Scans run one after
 * another, so that load, compare and save are one critical section.
 *
 * @module
 */

import type { Catalog } from "../catalog/catalog.ts";
import { join } from "../base/std/path.ts";
import type { InstalledVersions } from "../install/installed_versions.ts";
import { compareText, type GameId, type GameVersion } from "../proto/ids.ts";
import type { LibraryDelta } from "../proto/message.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { type LocalGame, summarize } from "../watch/local_game.ts";
import { scanLibrary, type ScanResult } from "../watch/scan.ts";
import { refreshRoot } from "../watch/scan_root.ts";
import { AnnouncedLibrary } from "./announced_library.ts";

/** What the library needs to know. */
export interface LocalLibraryOptions {
  game_dir: string;
  catalog: Catalog | undefined;
  index: LibraryIndex;
  /** Which version the installs are. */
  installed: Pick<InstalledVersions, "read" | "readAll">;
  /** Whether an operation runs on the game: its disk state is in motion, and the previous summary stands. */
  isBusy: (id: GameId) => boolean;
  /** Called after the announced library really changed. */
  onChange: (change: LibraryDelta) => void;
  /** Called after every scan with the games that were walked. */
  onScanned?: (walked: readonly GameId[]) => void;
}

/** The games of the game directory. */
export class LocalLibrary {
  readonly #options: LocalLibraryOptions;
  readonly #announced: AnnouncedLibrary;
  #game_dir: string;
  #games: ReadonlyMap<GameId, LocalGame> = new Map();
  #scanning: Promise<unknown> = Promise.resolve();

  constructor(options: LocalLibraryOptions) {
    this.#options = options;
    this.#game_dir = options.game_dir;
    this.#announced = new AnnouncedLibrary((digest) => options.index.revision(digest));
  }

  get game_dir(): string {
    return this.#game_dir;
  }

  /** The library as others are told it. */
  get announced(): AnnouncedLibrary {
    return this.#announced;
  }

  /** The games of this machine that are announced. */
  get games(): LocalGame[] {
    const { catalog } = this.#options;
    return [...this.#games.values()].filter(({ id }) => !catalog || catalog.has(id));
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
    return this.#inTurn(() => this.#refresh(signal, force));
  }

  /**
   * Scans one root, whether it looks changed or not. While an operation runs on it only that operation may: for others
   * the disk is in motion, and the previous summary stands. Throws `io`.
   */
  refreshRoot(id: GameId, signal: AbortSignal, from_operation = false): Promise<void> {
    return this.#inTurn(async () => {
      const isInMotion = () => !from_operation && this.#options.isBusy(id);
      if (isInMotion()) return;
      const game = await refreshRoot(this.#game_dir, id, { signal, index: this.#options.index });
      const version = await this.#options.installed.read(id, join(this.#game_dir, id));
      if (isInMotion()) return;
      const games = new Map(this.#games);
      if (game) games.set(id, withVersion(game, version));
      else games.delete(id);
      this.#games = new Map([...games].sort(([a], [b]) => compareText(a, b)));
      this.#announce();
      this.#options.onScanned?.([id]);
    });
  }

  /** Goes on with another game directory. Throws `io` where it can't be read; then the old one stays. */
  changeDir(game_dir: string, signal: AbortSignal): Promise<ScanResult> {
    return this.#inTurn(async () => {
      const previous = this.#game_dir;
      this.#game_dir = game_dir;
      try {
        return await this.#refresh(signal, []);
      } catch (error) {
        this.#game_dir = previous;
        throw error;
      }
    });
  }

  #inTurn<T>(scan: () => Promise<T>): Promise<T> {
    const turn = this.#scanning.then(scan);
    this.#scanning = turn.catch(() => {});
    return turn;
  }

  async #refresh(signal: AbortSignal, force: readonly GameId[]): Promise<ScanResult> {
    const { index, isBusy } = this.#options;
    const keep = (id: GameId) => isBusy(id) && !force.includes(id) ? this.#games.get(id) ?? null : undefined;
    const result = await scanLibrary(this.#game_dir, { signal, index, keep, force });
    const versions = await this.#options.installed.readAll(this.#game_dir);
    this.#games = new Map([...result.games].map(([id, game]) => [id, withVersion(game, versions.get(id))]));
    this.#announce();
    this.#options.onScanned?.(result.changed);
    return result;
  }

  #announce(): void {
    const change = this.#announced.update(this.games.map((game) => summarize(game, this.nameOf(game.id))));
    if (change) this.#options.onChange(change);
  }
}

function withVersion(game: LocalGame, version: GameVersion | undefined): LocalGame {
  const { installed_version: _, ...scanned } = game;
  return game.installed && version !== undefined ? { ...scanned, installed_version: version } : scanned;
}
