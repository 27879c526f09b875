/**
 * One file watcher over the game directory and every game root, not recursive. When a root comes or goes the watcher
 * is replaced: the new one is open before the old one is closed, so nothing falls between them.
 *
 * @module
 */

import { join } from "../base/std/path.ts";

/** The part of `Deno.FsWatcher` that is used. */
export interface Watcher extends AsyncIterable<WatchEvent> {
  close(): void;
}

/** The part of `Deno.FsEvent` that is used. */
export interface WatchEvent {
  readonly kind: string;
  readonly paths: readonly string[];
  /** `rescan`: events were lost. */
  readonly flag?: string;
}

/** Opens a watcher. Throws what the system says where it can't. */
export type OpenWatcher = (paths: string[]) => Watcher;

/** The system's watcher. */
export const openFsWatcher: OpenWatcher = (paths) => {
  const watcher = Deno.watchFs(paths, { recursive: false });
  return {
    close: () => watcher.close(),
    async *[Symbol.asyncIterator]() {
      for await (const { kind, paths, flag } of watcher) yield flag ? { kind, paths, flag } : { kind, paths };
    },
  };
};

/** What a refresh changed. */
export interface WatchChange {
  /** To be followed; the previous one has ended. */
  readonly watcher: Watcher;
  /** Names of folders that came or went since the last refresh. */
  readonly names: readonly string[];
}

/** The watched folders of one game directory. */
export class WatchSet {
  readonly #game_dir: string;
  readonly #open: OpenWatcher;
  #watcher: Watcher | undefined;
  #names: ReadonlySet<string> = new Set();

  constructor(game_dir: string, open: OpenWatcher) {
    this.#game_dir = game_dir;
    this.#open = open;
  }

  /**
   * Watches exactly the folders that are there now; `undefined` where they are watched already. Throws where watching
   * is impossible; then nothing is watched.
   */
  async refresh(): Promise<WatchChange | undefined> {
    const before = this.#watcher ? this.#names : new Set<string>();
    let watcher: Watcher | undefined;
    // A folder made between listing and watching is found by listing again.
    while (await this.#isOutdated()) watcher = this.#reopen();
    return watcher && { watcher, names: [...this.#names.symmetricDifference(before)] };
  }

  async #isOutdated(): Promise<boolean> {
    const names = new Set(await folderNames(this.#game_dir));
    const is_same = this.#watcher !== undefined && names.symmetricDifference(this.#names).size === 0;
    this.#names = names;
    return !is_same;
  }

  #reopen(): Watcher {
    const previous = this.#watcher;
    this.#watcher = undefined;
    try {
      this.#watcher = this.#open([
        this.#game_dir,
        ...[...this.#names].map((name) => join(this.#game_dir, name)),
      ]);
      return this.#watcher;
    } finally {
      close(previous);
    }
  }

  /** The watcher ended by itself or is not trusted any more: the next `refresh` opens a new one. */
  close(): void {
    close(this.#watcher);
    this.#watcher = undefined;
  }
}

function close(watcher: Watcher | undefined): void {
  try {
    watcher?.close();
  } catch {
    // It was closed already.
  }
}

async function folderNames(game_dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(game_dir)) if (entry.isDirectory) names.push(entry.name);
  return names.sort();
}
