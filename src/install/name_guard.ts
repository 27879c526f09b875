/**
 * Watches over the names of a tree that comes entry by entry: no two files at one path on any system, no file where a
 * folder is needed, no more names than a peer is willing to remember. Pure.
 *
 * Participants: the paths themselves passed `InstallPath`. Non-goals: touching a disk.
 *
 * @module
 */

import { MAX_FILES_PER_GAME, MAX_STREAM_PATH_LENGTH } from "../proto/limits.ts";
import { foldCase, type InstallPath } from "../proto/paths.ts";

/** Files and folders above them. */
const MAX_NAMES = 2 * MAX_FILES_PER_GAME;

/** Remembers what came. */
export class NameGuard {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #length = 0;

  /** Takes a file in. Gives what is wrong with it, or `undefined`. */
  addFile(path: InstallPath): string | undefined {
    const name = foldCase(path);
    if (this.#files.has(name)) return "it came before, perhaps in other case";
    if (this.#folders.has(name)) return "a folder of this name came before";
    this.#files.add(name);
    return this.#addFolders(name, path.length, false);
  }

  /** Takes a folder in, which may come again. Gives what is wrong with it, or `undefined`. */
  addFolder(path: InstallPath): string | undefined {
    return this.#addFolders(foldCase(path), path.length, true);
  }

  #addFolders(name: string, length: number, itself: boolean): string | undefined {
    this.#length += length;
    for (
      let end = itself ? name.length : name.lastIndexOf("/");
      end > 0;
      end = name.lastIndexOf("/", end - 1)
    ) {
      const folder = name.slice(0, end);
      if (this.#files.has(folder)) return `${JSON.stringify(folder.slice(-120))} is a file`;
      if (this.#folders.has(folder)) break;
      this.#folders.add(folder);
    }
    const is_over = this.#files.size + this.#folders.size > MAX_NAMES ||
      this.#length > MAX_STREAM_PATH_LENGTH;
    return is_over ? "there are too many names" : undefined;
  }
}
