/**
 * One archive as unrar sees it: its entries one after another, and an error with a clear message for each of its
 * error numbers.
 *
 * Participants: unrar in WebAssembly, which calls back for every access to a file (`unrar_files.ts`). Source of the
 * numbers: `dll.hpp` of unrar.
 *
 * @module
 */

import { type ErrorCode, LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import { MAX_FILES_PER_GAME } from "../proto/limits.ts";
import type { RarEntry } from "./entries.ts";
import type { EntryOutput } from "./entry_output.ts";
import { ArchiveFiles } from "./unrar_files.ts";
import type { Unrar, UnrarArchive, UnrarFileHeader } from "./unrar.d.ts";

const ARCHIVE = { volume: 0x0001, encrypted: 0x0080, first_volume: 0x0100 } as const;
const ENTRY = { continued: 0x01, encrypted: 0x04, directory: 0x20 } as const;
const HOST_UNIX = 3;
const END_OF_ARCHIVE = 10;
const DAY_MS = 86_400_000;

const DAMAGED = { code: "archive_damaged", message: "is damaged or cut off; download it again" } as const;
const ENCRYPTED = {
  code: "archive_encrypted",
  message: "is encrypted; ask for a copy without a password",
} as const;
/** What is not named here is damage. */
const FAILURES: Record<number, { code: ErrorCode; message: string }> = {
  11: { code: "io", message: "needs more memory than there is; close other programs and try again" },
  13: { code: "archive_damaged", message: "is not a RAR archive; download it again" },
  14: { code: "archive_damaged", message: "has a format that is not known; ask for a RAR4 or RAR5 archive" },
  15: { code: "archive_missing", message: "can't be opened; download it again" },
  22: ENCRYPTED,
  23: { code: "archive_unsafe", message: "holds a link; ask for an archive with files and folders only" },
  24: ENCRYPTED,
};

/** What listing an archive found. */
export interface Listing {
  entries: RarEntry[];
  /** Absolute paths of all volumes, the first one first. */
  volumes: string[];
}

/** Reads the headers of an archive and of its further volumes. Throws `LanspreadError`. */
export function listArchive(unrar: Unrar, path: string, stop: Int32Array): Listing {
  using archive = new OpenArchive(unrar, path, stop, true);
  const entries: RarEntry[] = [];
  for (let entry = archive.next(); entry; entry = archive.next()) {
    entries.push(entry);
    // One more than allowed is enough for the planner to refuse them all.
    if (entries.length > MAX_FILES_PER_GAME) break;
    archive.skip();
  }
  return { entries, volumes: archive.volumes };
}

/** Opens an archive for unpacking. Throws `LanspreadError`. */
export function openArchive(unrar: Unrar, path: string, stop: Int32Array): OpenArchive {
  return new OpenArchive(unrar, path, stop, false);
}

/** An archive and the place where unrar is in it. After an error only disposing is left. */
export class OpenArchive implements Disposable {
  /** The archive's file name. */
  readonly name: string;
  readonly #files: ArchiveFiles;
  readonly #archive: UnrarArchive;
  #failed = false;

  constructor(unrar: Unrar, path: string, stop: Int32Array, list_only: boolean) {
    this.name = basename(path);
    this.#files = new ArchiveFiles(unrar, path, stop);
    unrar.extractor = this.#files;
    this.#archive = new unrar.RarArchive();
    try {
      const { state, flags = 0 } = this.#archive.open(this.name, "", list_only);
      this.#check(state.errCode);
      if (flags & ARCHIVE.encrypted) throw this.#error(ENCRYPTED);
      if (flags & ARCHIVE.volume && !(flags & ARCHIVE.first_volume)) throw this.#laterVolume();
    } catch (error) {
      this.#failed = true;
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Every volume that was opened so far. */
  get volumes(): string[] {
    return this.#files.opened;
  }

  /** The next entry, or `undefined` at the end. Each must be followed by `skip` or `extract`. */
  next(): RarEntry | undefined {
    return this.#call(() => {
      const header = this.#archive.getFileHeader();
      if (header.state.errCode === END_OF_ARCHIVE) return undefined;
      this.#check(header.state.errCode);
      return toEntry(header);
    });
  }

  /** Passes the entry over. */
  skip(): void {
    this.#call(() => this.#check(this.#archive.readFile(true).errCode));
  }

  /** Unpacks the entry into `output` and checks its checksum. */
  extract(output: EntryOutput): void {
    this.#call(() => {
      using _ = this.#files.into(output);
      this.#check(this.#archive.readFile(false).errCode);
    });
  }

  [Symbol.dispose](): void {
    // After a failure its destructors may do anything; the worker ends then, and its memory with it.
    if (!this.#failed) this.#archive.delete();
    this.#files[Symbol.dispose]();
  }

  #call<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      this.#failed = true;
      if (error instanceof LanspreadError || isSystemError(error)) throw error;
      throw this.#error(DAMAGED, error);
    }
  }

  #check(code: number): void {
    if (code !== 0) throw this.#error(FAILURES[code] ?? DAMAGED);
  }

  #error({ code, message }: { code: ErrorCode; message: string }, cause?: unknown): LanspreadError {
    return new LanspreadError(code, `${this.name} ${message}`, { cause });
  }

  #laterVolume(): LanspreadError {
    const message = "is a later part of an archive; download the first part too";
    return this.#error({ code: "archive_missing", message });
  }
}

/** The file system's own errors keep their meaning: a full disk, a missing permission. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && ("code" in error || /os error/.test(error.message));
}

function toEntry(header: UnrarFileHeader): RarEntry {
  const modified_ms = fromDosTime(header.time);
  return {
    name: header.name,
    size: header.unpSize,
    packed_size: header.packSize,
    directory: (header.flags & ENTRY.directory) !== 0,
    encrypted: (header.flags & ENTRY.encrypted) !== 0,
    continued: (header.flags & ENTRY.continued) !== 0,
    host: header.hostOS === HOST_UNIX ? "unix" : "windows",
    attributes: header.fileAttr,
    ...(modified_ms === undefined ? {} : { modified_ms }),
  };
}

/**
 * MS-DOS time is local, as unrar's conversion is. A month of 0 means that there is none, and so does a date ahead:
 * unrar makes one out of a missing time.
 */
function fromDosTime(dos: number): number | undefined {
  const month = (dos >>> 21) & 15;
  const day = (dos >>> 16) & 31;
  if (month === 0 || day === 0) return undefined;
  const hour = (dos >>> 11) & 31;
  const date = new Date(1980 + (dos >>> 25), month - 1, day, hour, (dos >>> 5) & 63, (dos & 31) * 2);
  return date.getTime() > Date.now() + DAY_MS ? undefined : date.getTime();
}
