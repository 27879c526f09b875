/**
 * Walks the payload of one game root: every regular file below it, without what belongs to lanspread or the
 * user (`local/` and scratch), without links and without what a link points to.
 *
 * A payload that can't be shared as it is does not end the walk: the first problem is kept in words, and
 * the size still counts what is there.
 *
 * @module
 */

import { messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { MAX_ANSWER_BYTES, MAX_FILES_PER_GAME } from "../proto/limits.ts";
import { filesProblem, type ManifestFile } from "../proto/manifest.ts";
import { isReservedRootName, type ManifestPath, pathProblem } from "../proto/paths.ts";
import { type Entry, listFolder, listRoot } from "./root_listing.ts";

// Room for the other fields of the answer that carries a file list.
const ANSWER_RESERVE_BYTES = 4_096;

/** What lies below a game root. */
export interface Payload {
  readonly files: readonly ManifestFile[];
  /** Bytes of all regular files, those with a problem included. */
  readonly total_bytes: number;
  /** What keeps the payload from being shared; `null` where nothing does. */
  readonly problem: string | null;
  /** Whether nothing vanished meanwhile. */
  readonly settled: boolean;
}

/**
 * Walks the root. Throws only the signal's reason; a root that can't be read is a payload with a problem.
 * `max_files` is there for tests.
 */
export async function walkPayload(
  root: string,
  signal: AbortSignal,
  max_files: number = MAX_FILES_PER_GAME,
): Promise<Payload> {
  const walk = new Walk(root);
  while (walk.pending.length > 0 && walk.file_count <= max_files) {
    signal.throwIfAborted();
    await walk.enter(walk.pending.pop() ?? "");
  }
  if (walk.file_count > max_files) walk.problem = `it has more than ${max_files} files`;
  const problem = walk.problem ?? payloadProblem(walk.files);
  const total_bytes = Math.min(walk.total_bytes, Number.MAX_SAFE_INTEGER);
  return { files: walk.files, total_bytes, problem, settled: walk.settled };
}

/** What is wrong with a file list as a whole, or `null`. */
export function payloadProblem(files: readonly ManifestFile[]): string | null {
  const problem = filesProblem(files);
  if (problem) return problem;
  const answer_bytes = new TextEncoder().encode(JSON.stringify(files)).length;
  if (answer_bytes + ANSWER_RESERVE_BYTES <= MAX_ANSWER_BYTES) return null;
  return `its list of ${files.length} files is too long to be sent; pack the files into an .eti archive`;
}

/** A walk under way. */
class Walk {
  readonly files: ManifestFile[] = [];
  /** Folders to enter, relative to the root. */
  readonly pending: string[] = [""];
  file_count = 0;
  total_bytes = 0;
  problem: string | null = null;
  settled = true;

  constructor(readonly root: string) {}

  async enter(folder: string): Promise<void> {
    for (const { name, kind } of await this.#list(folder)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "directory") this.pending.push(path);
      if (kind === "file") await this.#add(path);
    }
  }

  async #list(folder: string): Promise<Entry[]> {
    try {
      if (folder !== "") return await listFolder(join(this.root, folder));
      return (await listRoot(this.root)).filter(({ name }) => !isReservedRootName(name));
    } catch (error) {
      this.#miss(folder, error);
      return [];
    }
  }

  async #add(path: string): Promise<void> {
    try {
      const { isFile, size } = await Deno.lstat(join(this.root, path));
      if (!isFile) return;
      this.file_count++;
      this.total_bytes += size;
      const problem = pathProblem(path);
      if (problem) this.#note(path, `${problem}; rename it`);
      else this.files.push({ path: path as ManifestPath, size });
    } catch (error) {
      this.#miss(path, error);
    }
  }

  #miss(path: string, error: unknown): void {
    if (!(error instanceof Deno.errors.NotFound)) {
      return this.#note(path, `it can't be read: ${messageOf(error)}`);
    }
    this.settled = false;
    // The runtime shows bytes that are no UTF-8 as U+FFFD, and such a name can't be opened.
    if (path.includes("\ufffd")) this.#note(path, "its name is not valid Unicode; rename it");
  }

  #note(path: string, problem: string): void {
    this.problem ??= `${JSON.stringify(path.slice(0, 200))}: ${problem}`;
  }
}
