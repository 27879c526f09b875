/**
 * The files that unrar gets to see: the volumes of one archive to read, one output to write. Names that it asks
 * for decide nothing: a volume must lie beside the first one, and the output was chosen before.
 *
 * @module
 */

import { closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";
import { basename, dirname, join } from "../base/std/path.ts";
import type { EntryOutput } from "./entry_output.ts";
import type { Unrar, UnrarFiles } from "./unrar.d.ts";

/** No file descriptor is that high. */
const OUTPUT_HANDLE = 0x7fff_ffff;

interface Volume {
  path: string;
  size: number;
  position: number;
}

/** The files of one archive. Errors are thrown through unrar, so none of its retries is reached. */
export class ArchiveFiles implements UnrarFiles, Disposable {
  /** The path of every volume that was opened. */
  readonly opened: string[] = [];
  readonly #unrar: Unrar;
  readonly #first: string;
  readonly #stop: Int32Array;
  readonly #volumes = new Map<number, Volume>();
  #output: EntryOutput | undefined;

  /** `path` is the first volume; `stop[0]` other than 0 ends everything with `cancelled`. */
  constructor(unrar: Unrar, path: string, stop: Int32Array) {
    this.#unrar = unrar;
    this.#first = path;
    this.#stop = stop;
  }

  /** What unrar writes goes into `output` until the answer is disposed of. */
  into(output: EntryOutput): Disposable {
    this.#output = output;
    return { [Symbol.dispose]: () => this.#output = undefined };
  }

  open(name: string): number {
    this.#checkStop();
    const path = join(dirname(this.#first), basename(name));
    // A link could lead out of the game root.
    if (basename(name) !== name || !lstatSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw this.#missing(name);
    }
    const fd = openSync(path, "r");
    this.#volumes.set(fd, { path, size: fstatSync(fd).size, position: 0 });
    if (!this.opened.includes(path)) this.opened.push(path);
    return fd;
  }

  create(): number {
    if (!this.#output) throw new LanspreadError("internal", "unrar made a file without an entry");
    this.#output.create();
    return OUTPUT_HANDLE;
  }

  read(handle: number, at: number, size: number): number {
    this.#checkStop();
    const volume = this.#volume(handle);
    const length = readSync(handle, this.#unrar.HEAPU8, at, size, volume.position);
    volume.position += length;
    return length;
  }

  write(_handle: number, at: number, size: number): boolean {
    this.#checkStop();
    this.#output?.write(this.#unrar.HEAPU8.subarray(at, at + size));
    return this.#output !== undefined;
  }

  tell(handle: number): number {
    return handle === OUTPUT_HANDLE ? this.#output?.position ?? 0 : this.#volume(handle).position;
  }

  seek(handle: number, offset: number, method: "SET" | "CUR" | "END"): boolean {
    if (handle === OUTPUT_HANDLE) return false;
    const volume = this.#volume(handle);
    const base = { SET: 0, CUR: volume.position, END: volume.size }[method];
    if (base + offset < 0 || base + offset > volume.size) return false;
    volume.position = base + offset;
    return true;
  }

  /** The output is closed by whoever made it. */
  close(handle: number): void {
    if (this.#volumes.delete(handle)) closeSync(handle);
  }

  [Symbol.dispose](): void {
    for (const handle of [...this.#volumes.keys()]) this.close(handle);
  }

  #volume(handle: number): Volume {
    const volume = this.#volumes.get(handle);
    if (!volume) throw new LanspreadError("internal", "unrar used a file that is not open");
    return volume;
  }

  #checkStop(): void {
    if (Atomics.load(this.#stop, 0) !== 0) throw new LanspreadError("cancelled", "cancelled");
  }

  #missing(name: string): LanspreadError {
    const shown = JSON.stringify(name.slice(-120));
    return new LanspreadError(
      "archive_missing",
      `${basename(this.#first)}: its part ${shown} is missing; download the game again`,
    );
  }
}
