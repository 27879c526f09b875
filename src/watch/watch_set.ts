/**
 * One file watcher over the game directory and every game root, not recursive. When a root comes or goes the watcher
 * is replaced: the new one is open before the old one is closed, so nothing falls between them. Where a root was replaced
 * under its name that is not possible, and what nobody watched for a moment is named. A root that an operation has just
 * made is watched only when that is over: its writes are no news, and telling them costs a download much.
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

/** A closed watch of the runtime is gone after this many milliseconds. */
const LINGER_MS = 200;

/** What a refresh changed. */
export interface WatchChange {
  /** To be followed; the previous one has ended. */
  readonly watcher: Watcher;
  /** Names of folders that came or went since the last refresh, or that nobody watched for a moment. */
  readonly names: readonly string[];
}

/** What a set of watched folders is made with. */
export interface WatchSetOptions {
  game_dir: string;
  open: OpenWatcher;
  /** Whether a folder that is not watched yet need not be watched now. */
  mayWait(name: string): boolean;
}

/** The watched folders of one game directory. */
export class WatchSet implements Disposable {
  readonly #game_dir: string;
  readonly #open: OpenWatcher;
  readonly #mayWait: (name: string) => boolean;
  #watcher: Watcher | undefined;
  #names: ReadonlySet<string> = new Set();
  readonly #distrusted = new Set<string>();
  #is_over = false;

  constructor({ game_dir, open, mayWait }: WatchSetOptions) {
    this.#game_dir = game_dir;
    this.#open = open;
    this.#mayWait = mayWait;
  }

  /** Whether the folder is watched. */
  has(name: string): boolean {
    return this.#watcher !== undefined && this.#names.has(name);
  }

  /**
   * Watches the folders that are there now, but for new ones that may wait; `undefined` where they are watched already.
   * Throws where watching is impossible; then nothing is watched.
   */
  async refresh(): Promise<WatchChange | undefined> {
    const before = this.#watcher ? this.#names : new Set<string>();
    const is_replaced = this.#distrusted.size > 0;
    this.#distrusted.clear();
    if (is_replaced) await this.#closeForGood();
    let watcher: Watcher | undefined;
    // A folder made between listing and watching is found by listing again.
    while (await this.#isOutdated() && !this.#is_over) watcher = this.#reopen();
    if (!watcher) return undefined;
    return { watcher, names: [...is_replaced ? this.#names : this.#names.symmetricDifference(before)] };
  }

  /** The runtime keeps one watch a path: a new one shares it while the old one lives, which is a moment longer. */
  async #closeForGood(): Promise<void> {
    this.#close();
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  }

  /** A folder came, went or was replaced: the next `refresh` watches what stands there then. */
  distrust(name: string): void {
    if (this.#names.has(name)) this.#distrusted.add(name);
  }

  async #isOutdated(): Promise<boolean> {
    const there = await folderNames(this.#game_dir);
    const names = new Set(there.filter((name) => this.#names.has(name) || !this.#mayWait(name)));
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

  /** Ends watching for good; a `refresh` that is under way opens nothing any more. */
  [Symbol.dispose](): void {
    this.#is_over = true;
    this.#close();
  }

  #close(): void {
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
