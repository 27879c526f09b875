/**
 * One file that is being unpacked: never longer than declared, never anything but a new file.
 *
 * @module
 */

import { closeSync, futimesSync, openSync, rmSync, writeSync } from "node:fs";
import type { PlannedEntry } from "./entries.ts";
import { EntryOutput } from "./entry_output.ts";

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

/** Writes what unrar gives for one entry. Fails where anything stands at its path, a link too. */
export class OutputFile extends EntryOutput {
  readonly #options: OutputFileOptions;
  #fd: number | undefined;

  constructor(options: OutputFileOptions) {
    super(options);
    this.#options = options;
  }

  protected override begin(): void {
    const { path, replaces, executable } = this.#options;
    if (replaces) rmSync(path);
    this.#fd = openSync(path, "wx", executable ? 0o777 : 0o666);
  }

  protected override append(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at);
    this.#options.onBytes(bytes.length);
  }

  protected override complete(): void {
    const { modified_ms } = this.#options;
    if (this.#fd === undefined || modified_ms === undefined) return;
    futimesSync(this.#fd, modified_ms / 1000, modified_ms / 1000);
  }

  override [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}
