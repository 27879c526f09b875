/**
 * The files of a download on disk: checked and made before the first byte, synced after the last, removed on cancel.
 *
 * Goals: nothing is written outside the game root, no link is written through, nothing but the files of the manifest
 * is touched. The paths themselves were checked when the manifest was parsed.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { removeRetrying, syncDirectory } from "../../base/atomic_file.ts";
import { openNoFollow } from "../../base/nofollow_file.ts";
import { lookQuickly } from "../../base/pace.ts";
import { LanspreadError, messageOf, toLanspreadError } from "../../base/errors.ts";
import { ensureDir } from "../../base/std/fs.ts";
import { join } from "../../base/std/path.ts";
import type { GameId } from "../../proto/ids.ts";
import { type ManifestFile, SENTINEL } from "../../proto/manifest.ts";
import { foldCase } from "../../proto/paths.ts";
import { forEachPooled } from "../../watch/pool.ts";
import type { FilePlace } from "./sinks.ts";
import { sweepSentinelScratch } from "./sentinel.ts";

/** Free space that a download leaves to others, in bytes. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Many small files are made, and removed, side by side. */
const FILES_AT_ONCE = 8;

/** Half a removal would be of no use. */
const NEVER = new AbortController().signal;

/** The files of one download. */
export class GameFiles {
  readonly root: string;
  #deepest_first: readonly string[] | undefined;
  #by_folded_path: Map<string, ManifestFile> | undefined;

  constructor(
    readonly game_dir: string,
    readonly game_id: GameId,
    readonly files: readonly ManifestFile[],
  ) {
    this.root = join(game_dir, game_id);
  }

  /** A file of the manifest, to be opened without following links: not even the game root may be one. */
  placeOf(path: string): FilePlace {
    return { root: this.game_dir, path: `${this.game_id}/${path}` };
  }

  /** Where a file of the manifest lies. */
  pathOf(path: string): string {
    return join(this.root, ...path.split("/"));
  }

  /**
   * Looks whether the download can be written, and touches nothing. Throws `io` where something else is in the way,
   * `disk_full` where the free space does not suffice.
   */
  async check(signal: AbortSignal): Promise<void> {
    let needed_bytes = 0;
    await this.#checkDirectory(this.root);
    for (const folder of this.#folders().reverse()) {
      signal.throwIfAborted();
      await this.#checkDirectory(this.pathOf(folder));
    }
    await forEachPooled(this.files, FILES_AT_ONCE, signal, async ({ path, size }) => {
      const used_bytes = await this.#usedBytes(path);
      needed_bytes += Math.max(0, size - used_bytes);
    });
    await this.#checkSpace(needed_bytes);
  }

  async #checkDirectory(path: string): Promise<void> {
    const info = await lstatOrNull(path);
    if (info && !info.isDirectory) throw this.#inTheWay(path, "a folder");
  }

  async #usedBytes(path: string): Promise<number> {
    const info = await lstatOrNull(this.pathOf(path));
    if (!info) return 0;
    if (!info.isFile) throw this.#inTheWay(this.pathOf(path), "a file");
    // Sparse files use less than their size.
    return info.blocks === null ? info.size : Math.min(info.size, info.blocks * 512);
  }

  #inTheWay(path: string, wanted: string): LanspreadError {
    return new LanspreadError(
      "io",
      `Cannot download ${this.game_id}: ${path} should be ${wanted} and is something else; move it away`,
    );
  }

  async #checkSpace(needed_bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.game_dir);
    const free_bytes = bavail * bsize;
    const wanted_bytes = needed_bytes + RESERVE_BYTES;
    if (wanted_bytes <= free_bytes) return;
    throw new LanspreadError(
      "disk_full",
      `Cannot download ${this.game_id}: it needs ${wanted_bytes} bytes (${RESERVE_BYTES} of them stay free) and ` +
        `${this.game_dir} has ${free_bytes} free; free some space`,
    );
  }

  /** Makes folders and files at their full size, without their content. Throws `io` and `disk_full`. */
  async create(signal: AbortSignal): Promise<void> {
    try {
      for (const folder of this.#folders().reverse()) {
        signal.throwIfAborted();
        await ensureDir(this.pathOf(folder));
      }
      const payload = this.files.filter(({ path }) => path !== SENTINEL);
      await forEachPooled(payload, FILES_AT_ONCE, signal, async ({ path, size }) => {
        using file = await this.#openOrMake(path);
        await lookQuickly(() => file.truncateSync(size), () => file.truncate(size));
      });
    } catch (error) {
      signal.throwIfAborted();
      throw toLanspreadError(error, "io", `Cannot download ${this.game_id} to ${this.root}`);
    }
  }

  async #openOrMake(path: string): Promise<Deno.FsFile> {
    try {
      const [full, options] = [this.pathOf(path), { write: true, createNew: true }];
      return await lookQuickly(() => Deno.openSync(full, options), () => Deno.open(full, options));
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      const { root, path: below } = this.placeOf(path);
      return await openNoFollow(root, below, "write");
    }
  }

  /** Makes all names durable; the content was made so chunk by chunk. Throws `io`, `disk_full` and the signal's reason. */
  async syncNames(signal: AbortSignal): Promise<void> {
    try {
      const below = this.#folders().map((folder) => this.pathOf(folder));
      for (const folder of [...below, this.root, this.game_dir]) {
        signal.throwIfAborted();
        await syncDirectory(folder);
      }
      signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      throw toLanspreadError(error, "io", `Cannot download ${this.game_id} to ${this.root}`);
    }
  }

  /** The folders of the files below the game root, the deepest first. */
  #folders(): string[] {
    this.#deepest_first ??= foldersOf(this.files);
    return [...this.#deepest_first];
  }

  /** The folders of the files that are links by now. */
  async #linkedFolders(): Promise<Set<string>> {
    const linked = new Set<string>();
    for (const folder of this.#folders()) {
      if ((await lstatOrNull(this.pathOf(folder)))?.isSymlink) linked.add(folder);
    }
    return linked;
  }

  /** Whether the sentinel stands: nothing of the download was written yet. */
  async isSentinelThere(): Promise<boolean> {
    return (await lstatOrNull(this.pathOf(SENTINEL)))?.isFile ?? false;
  }

  /** Whether `path` names one of the files on this disk, perhaps in another case. */
  async holds(path: string): Promise<boolean> {
    const other = await lstatOrNull(this.pathOf(path));
    if (!other) return false;
    this.#by_folded_path ??= new Map(this.files.map((file) => [foldCase(file.path), file]));
    const same_folded = this.#by_folded_path.get(foldCase(path));
    const own = same_folded && await lstatOrNull(this.pathOf(same_folded.path));
    return own ? own.ino !== null && own.ino === other.ino && own.dev === other.dev : false;
  }

  /**
   * Removes the files, and the folders that this leaves empty. What else lies there stays, and so does what lies behind
   * a link.
   */
  async remove(): Promise<void> {
    try {
      const linked = await this.#linkedFolders();
      const isBehindLink = (path: string) => parentsOf(path).some((folder) => linked.has(folder));
      const own = this.files.filter(({ path }) => !isBehindLink(path));
      await forEachPooled(own, FILES_AT_ONCE, NEVER, ({ path }) => removeIfThere(this.pathOf(path)));
      await sweepSentinelScratch(this.root);
      for (const folder of this.#folders()) {
        if (!isBehindLink(folder)) await removeIfEmpty(this.pathOf(folder));
      }
      await removeIfEmpty(this.root);
    } catch (error) {
      throw new LanspreadError("io", `Cannot remove ${this.game_id}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Many files lie in few folders: only a folder that was not seen yet is taken apart. */
function foldersOf(files: readonly ManifestFile[]): string[] {
  const parents = new Set(files.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/")))));
  const all = new Set([...parents].flatMap((folder) => folder === "" ? [] : [...parentsOf(folder), folder]));
  return [...all].sort((a, b) => b.split("/").length - a.split("/").length);
}

function parentsOf(path: string): string[] {
  const segments = path.split("/").slice(0, -1);
  return segments.map((_, i) => segments.slice(0, i + 1).join("/"));
}

async function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await lookQuickly(() => Deno.lstatSync(path), () => Deno.lstat(path));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw toLanspreadError(error, "io", `Cannot look at ${path}`);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await removeRetrying(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Nothing is there, or a file where a folder above it should be. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

async function removeIfEmpty(path: string): Promise<void> {
  if (!(await lstatOrNull(path))?.isDirectory) return;
  for await (const _ of Deno.readDir(path)) return;
  await removeRetrying(path);
}
