/**
 * Writes a tree that another peer sends entry by entry. Whoever sends it is not trusted: names, sizes, counts and
 * checksums are held against what was announced, and nothing counts as complete before the sender says so.
 *
 * Participants: the peer reads the wire and hands in checked frames; the transaction owns the destination and removes
 * what was written before a failure. Non-goals: durability; the transaction syncs the tree.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { LanspreadError } from "../base/errors.ts";
import { writeQuickly } from "../base/pace.ts";
import { dirname, join } from "../base/std/path.ts";
import type { StreamEnd, StreamFile, StreamFileEnd, StreamFolder, StreamItem } from "../proto/stream.ts";
import { NameGuard } from "./name_guard.ts";
import { type ByteProgress, ProgressMeter } from "./progress_meter.ts";
import type { UnpackResult } from "./unpack.ts";

/** A tree on its way. */
export interface StreamedTree {
  /** Folders and files, as announced. */
  entries: number;
  /** Bytes in the files, as announced. */
  total_bytes: number;
  /** Ends after `stream_end`, or throws. The bytes of a data part stay as they are until the part after the next. */
  items: AsyncIterable<StreamItem>;
}

/** Where a tree goes. */
export interface StreamedTreeOptions {
  /** An existing directory that holds nothing of value. */
  destination: string;
  signal: AbortSignal;
  onProgress: (progress: ByteProgress) => void;
}

/**
 * Writes the tree. Throws `invalid_request` where the sender does not keep to its own word, the signal's reason, what
 * `items` throws, and what the file system throws; no file is open and nothing is written any more then.
 */
export async function writeStreamedTree(
  tree: StreamedTree,
  { destination, signal, onProgress }: StreamedTreeOptions,
): Promise<UnpackResult> {
  await using writer = new TreeWriter(tree, destination, onProgress);
  for await (const item of tree.items) {
    signal.throwIfAborted();
    switch (item.type) {
      case "stream_folder":
        await writer.folder(item);
        break;
      case "stream_file":
        await writer.beginFile(item);
        break;
      case "stream_data":
        await writer.data(item.bytes);
        break;
      case "stream_file_end":
        await writer.endFile(item);
        break;
      case "stream_end":
        return await writer.end(item);
    }
  }
  throw wrong("it ended without its end");
}

/** A file that is not complete yet. */
interface OpenFile {
  frame: StreamFile;
  file: Deno.FsFile;
  hash: Hash;
  done_bytes: number;
}

class TreeWriter implements AsyncDisposable {
  readonly #meter: ProgressMeter;
  readonly #guard = new NameGuard();
  readonly #folders: StreamFolder[] = [];
  #made_folder = "";
  #open: OpenFile | undefined;
  /** Writing overlaps with reading; one write at a time. */
  #writing: Promise<void> = Promise.resolve();
  #entries = 0;
  #files = 0;
  /** Bytes of the files that were begun. */
  #begun_bytes = 0;

  constructor(
    readonly tree: StreamedTree,
    readonly destination: string,
    onProgress: (progress: ByteProgress) => void,
  ) {
    this.#meter = new ProgressMeter(tree.total_bytes, onProgress);
  }

  async folder(frame: StreamFolder): Promise<void> {
    this.#takeEntry(frame.path, this.#guard.addFolder(frame.path));
    this.#folders.push(frame);
    await Deno.mkdir(this.#pathOf(frame.path), { recursive: true });
  }

  async beginFile(frame: StreamFile): Promise<void> {
    this.#takeEntry(frame.path, this.#guard.addFile(frame.path));
    this.#files++;
    this.#begun_bytes += frame.size;
    if (this.#begun_bytes > this.tree.total_bytes) {
      throw wrong("its files are larger than announced together");
    }
    const path = this.#pathOf(frame.path);
    await this.#makeFolder(dirname(path));
    const file = await Deno.open(path, {
      write: true,
      createNew: true,
      mode: frame.executable ? 0o777 : 0o666,
    });
    this.#open = { frame, file, hash: createHash("sha256"), done_bytes: 0 };
  }

  async data(bytes: Uint8Array): Promise<void> {
    const open = this.#open;
    if (!open) throw wrong("content came without a file");
    open.done_bytes += bytes.length;
    if (open.done_bytes > open.frame.size) throw wrong(`${shown(open.frame.path)} is larger than announced`);
    await this.#writing;
    this.#writing = writeQuickly(open.file, bytes);
    this.#writing.catch(() => {});
    open.hash.update(bytes);
    this.#meter.add(bytes.length);
  }

  async endFile({ sha256 }: StreamFileEnd): Promise<void> {
    const open = this.#open;
    if (!open) throw wrong("a file ended that had not begun");
    const { frame, file, hash, done_bytes } = open;
    if (done_bytes !== frame.size) throw wrong(`${shown(frame.path)} is shorter than announced`);
    if (hash.digest("hex") !== sha256) {
      throw wrong(`${shown(frame.path)} has another checksum than announced`);
    }
    await this.#writing;
    if (frame.modified_ms !== undefined) {
      const time = new Date(frame.modified_ms);
      await file.utime(time, time);
    }
    this.#open = undefined;
    file.close();
  }

  async end({ files, bytes }: StreamEnd): Promise<UnpackResult> {
    if (this.#open) throw wrong(`${shown(this.#open.frame.path)} has no end`);
    const is_whole = files === this.#files && this.#entries === this.tree.entries &&
      bytes === this.#begun_bytes && bytes === this.tree.total_bytes;
    if (!is_whole) throw wrong("it does not hold what was announced");
    // Afterwards: every file that is made in a folder changes its time.
    for (const { path, modified_ms } of this.#folders) {
      if (modified_ms === undefined) continue;
      const time = new Date(modified_ms);
      await Deno.utime(this.#pathOf(path), time, time);
    }
    this.#meter.finish();
    return { files, bytes };
  }

  /** Whatever ended it: nothing is written any more afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    this.#open?.file.close();
    this.#open = undefined;
  }

  #takeEntry(path: string, problem: string | undefined): void {
    if (this.#open) throw wrong(`${shown(this.#open.frame.path)} has no end`);
    if (++this.#entries > this.tree.entries) throw wrong("it holds more entries than announced");
    if (problem !== undefined) throw wrong(`${shown(path)} is refused: ${problem}`);
  }

  async #makeFolder(path: string): Promise<void> {
    // Most files follow another one of the same folder.
    if (path !== this.#made_folder) await Deno.mkdir(path, { recursive: true });
    this.#made_folder = path;
  }

  #pathOf(path: string): string {
    return join(this.destination, ...path.split("/"));
  }
}

function shown(path: string): string {
  return JSON.stringify(path.slice(-120));
}

function wrong(problem: string): LanspreadError {
  return new LanspreadError("invalid_request", `the stream of the source is wrong: ${problem}`);
}
