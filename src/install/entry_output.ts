/**
 * What unrar writes for one entry, wherever it goes: never more than declared, never less, and once.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";

/** Which entry it is. */
export interface EntryOutputOptions {
  /** Shown in messages; the end of it, where it is long. */
  path: string;
  /** The declared length in bytes. */
  size: number;
  /** Name of the archive, for messages. */
  archive: string;
}

/** Receives the bytes of one entry and hands on what keeps to the header. */
export abstract class EntryOutput implements Disposable {
  readonly #entry: EntryOutputOptions;
  #is_created = false;
  #written_bytes = 0;

  constructor(entry: EntryOutputOptions) {
    this.#entry = entry;
  }

  /** How many bytes were written. */
  get position(): number {
    return this.#written_bytes;
  }

  /** Begins. */
  create(): void {
    if (this.#is_created) throw this.#damaged("has its data twice");
    this.begin();
    this.#is_created = true;
  }

  /** Appends `bytes`. Throws `archive_damaged` rather than take more than the header declared. */
  write(bytes: Uint8Array): void {
    if (!this.#is_created) throw this.#damaged("has data without a file");
    if (this.#written_bytes + bytes.length > this.#entry.size) {
      throw this.#damaged(`holds more than the ${this.#entry.size} bytes that it declares`);
    }
    this.append(bytes);
    this.#written_bytes += bytes.length;
  }

  /** Checks the size and ends. */
  finish(): void {
    // unrar makes no file for an entry that only points elsewhere.
    if (!this.#is_created) throw this.#unsafe();
    if (this.#written_bytes !== this.#entry.size) {
      throw this.#damaged(`holds ${this.#written_bytes} of the ${this.#entry.size} bytes that it declares`);
    }
    this.complete();
    this[Symbol.dispose]();
  }

  /** Makes room for the first byte. */
  protected abstract begin(): void;
  /** Takes checked bytes, which may be used again afterwards. */
  protected abstract append(bytes: Uint8Array): void;
  /** All bytes came. */
  protected abstract complete(): void;

  [Symbol.dispose](): void {}

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
    return `${this.#entry.archive}: entry ${JSON.stringify(this.#entry.path.slice(-120))}`;
  }
}
