/**
 * One file that is being unpacked: never longer than declared, never anything but a new file.
 *
 * @module
 */

import { closeSync, futimesSync, openSync, rmSync, writeSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";
import type { PlannedEntry } from "./entries.ts";

/** A planned file and its surroundings. */
export interface OutputFileOptions extends PlannedEntry {
  /** Absolute here; its directory exists. */
  path: string;
  /** Name of the archive, for messages. */
  archive: string;
  /** An earlier archive made this file; it gives way. */
  replaces: boolean;
  /** Called with the length of each write. */
  onBytes: (bytes: number) => void;
}

/** Receives what unrar writes for one entry. */
export class OutputFile implements Disposable {
  readonly #options: OutputFileOptions;
  #fd: number | undefined;
  #written_bytes = 0;

  constructor(options: OutputFileOptions) {
    this.#options = options;
  }

  /** How many bytes were written. */
  get position(): number {
    return this.#written_bytes;
  }

  /** Creates the file. Fails where anything stands at its path, a link too. */
  create(): void {
    const { path, replaces, executable } = this.#options;
    if (this.#fd !== undefined) throw this.#damaged("has its data twice");
    if (replaces) rmSync(path);
    this.#fd = openSync(path, "wx", executable ? 0o777 : 0o666);
  }

  /** Appends `bytes`. Throws `archive_damaged` rather than write more than the header declared. */
  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) throw this.#damaged("has data without a file");
    if (this.#written_bytes + bytes.length > this.#options.size) {
      throw this.#damaged(`holds more than the ${this.#options.size} bytes that it declares`);
    }
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at);
    this.#written_bytes += bytes.length;
    this.#options.onBytes(bytes.length);
  }

  /** Checks the size, sets the time, closes. */
  finish(): void {
    const { size, modified_ms } = this.#options;
    // unrar makes no file for an entry that only points elsewhere.
    if (this.#fd === undefined) throw this.#unsafe();
    if (this.#written_bytes !== size) {
      throw this.#damaged(`holds ${this.#written_bytes} of the ${size} bytes that it declares`);
    }
    if (modified_ms !== undefined) futimesSync(this.#fd, modified_ms / 1000, modified_ms / 1000);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #damaged(problem: string): LanspreadError {
    return new LanspreadError("archive_damaged", `${this.#label()} ${problem}; download the archive again`);
  }

  #unsafe(): LanspreadError {
    return new LanspreadError(
      "archive_unsafe",
      `${this.#label()} is a link; ask for an archive that holds files and folders only`,
    );
  }

  #label(): string {
    return `${this.#options.archive}: entry ${JSON.stringify(this.#options.path.slice(-120))}`;
  }
}
