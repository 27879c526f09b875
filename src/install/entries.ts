/**
 * Which entries of an archive may be unpacked, and to where. Pure: it takes what the headers say and returns a
 * plan, or throws before anything was written.
 *
 * Goals: nothing leaves the destination, every name means the same file on Windows, macOS and Linux, links and
 * devices are never made, encrypted entries are told before the first byte. Non-goals: whether the data are
 * right; unrar's checksums tell that.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { MAX_FILES_PER_GAME } from "../proto/limits.ts";
import { collidingPaths, foldCase, installPathProblem } from "../proto/paths.ts";

/** What the header of an entry says. */
export interface RarEntry {
  /** `/`-separated: unrar turns the backslashes of archives from Windows itself. */
  name: string;
  size: number;
  packed_size: number;
  directory: boolean;
  encrypted: boolean;
  /** The data begin in an earlier volume. */
  continued: boolean;
  host: "windows" | "unix";
  /** Windows file attributes or Unix mode, as `host` says. */
  attributes: number;
  /** Milliseconds since 1970, to two seconds. */
  modified_ms?: number;
}

/** Where an entry goes. */
export interface PlannedEntry {
  /** Relative, `/`-separated, NFC, checked. */
  path: string;
  size: number;
  directory: boolean;
  executable: boolean;
  modified_ms?: number;
}

/** The entries of one archive, in the archive's order. */
export interface ArchiveEntries<Entry> {
  /** The archive's file name. */
  archive: string;
  entries: Entry[];
}

/** Everything that is to be unpacked. */
export interface UnpackPlan {
  archives: ArchiveEntries<PlannedEntry>[];
  /** Distinct files that stand in the end. */
  files: number;
  /** Bytes that are written on the way. */
  total_bytes: number;
}

/** Why an entry is refused. */
export interface EntryProblem {
  code: "archive_unsafe" | "archive_encrypted" | "archive_missing";
  message: string;
}

// unrar hands out at most this many characters of a name.
const UNRAR_NAME_LENGTH = 1_023;
const UNIX_TYPE = 0xf000;
const UNIX_FILE = 0x8000;
const UNIX_DIRECTORY = 0x4000;
const UNIX_OWNER_EXECUTES = 0o100;
const WINDOWS_REPARSE_POINT = 0x400;
const WINDOWS_DEVICE = 0x40;

/** What is wrong with `entry`, or `undefined`. */
export function entryProblem(entry: RarEntry): EntryProblem | undefined {
  if (entry.encrypted) {
    return { code: "archive_encrypted", message: "is encrypted; ask for a copy without a password" };
  }
  if (entry.continued) {
    return { code: "archive_missing", message: "begins in an earlier part; download the missing part" };
  }
  const problem = namingProblem(entry.name) ?? kindProblem(entry);
  if (!problem) return undefined;
  return { code: "archive_unsafe", message: `is refused: ${problem}; ask for a clean archive` };
}

function namingProblem(name: string): string | undefined {
  if ([...name].length >= UNRAR_NAME_LENGTH) return "its name is too long";
  return installPathProblem(name.normalize("NFC"));
}

function kindProblem(entry: RarEntry): string | undefined {
  if (!isPlain(entry)) return "it is a link or a device";
  if (!Number.isSafeInteger(entry.size) || entry.size < 0) return "it does not say how large it is";
  if (entry.directory) return entry.size > 0 ? "it is a folder with data" : undefined;
  // Hard links, and files saved as a reference to an equal one, have a size and no data.
  return entry.size > 0 && entry.packed_size === 0 ? "it is a reference to another file" : undefined;
}

function isPlain(entry: RarEntry): boolean {
  if (entry.host === "windows") return (entry.attributes & (WINDOWS_REPARSE_POINT | WINDOWS_DEVICE)) === 0;
  const type = entry.attributes & UNIX_TYPE;
  return type === 0 || type === (entry.directory ? UNIX_DIRECTORY : UNIX_FILE);
}

/**
 * Plans the unpacking of several archives into one directory. A later archive replaces the files of an earlier
 * one at exactly the same path; paths that differ by case only, a path twice in one archive, or a file where
 * another entry needs a directory are refused. Throws `LanspreadError`.
 */
export function planEntries(listed: readonly ArchiveEntries<RarEntry>[]): UnpackPlan {
  const archives = listed.map(planArchive);
  const count = archives.reduce((sum, { entries }) => sum + entries.length, 0);
  if (count > MAX_FILES_PER_GAME) throw tooManyEntries(listed);
  const files = refuseCollisions(archives);
  const total_bytes = archives.reduce((sum, { entries }) => sum + bytesOf(entries), 0);
  return { archives, files, total_bytes };
}

function planArchive({ archive, entries }: ArchiveEntries<RarEntry>): ArchiveEntries<PlannedEntry> {
  const planned = entries.map((entry) => {
    const problem = entryProblem(entry);
    if (problem) {
      throw new LanspreadError(problem.code, `${archive}: entry ${shown(entry.name)} ${problem.message}`);
    }
    return plannedEntry(entry);
  });
  const pair = collidingPaths(planned.filter(isFile).map(({ path }) => path));
  if (pair) throw collision(archive, pair);
  return { archive, entries: planned };
}

function plannedEntry(entry: RarEntry): PlannedEntry {
  return {
    path: entry.name.normalize("NFC"),
    size: entry.size,
    directory: entry.directory,
    executable: entry.host === "unix" && (entry.attributes & UNIX_OWNER_EXECUTES) !== 0,
    ...(entry.modified_ms === undefined ? {} : { modified_ms: entry.modified_ms }),
  };
}

/** Looks across all archives and answers the number of distinct files. */
function refuseCollisions(archives: ArchiveEntries<PlannedEntry>[]): number {
  const owners = new Map<string, string>();
  for (const { archive, entries } of archives) {
    for (const { path } of entries.filter(isFile)) owners.set(path, archive);
  }
  const names = archives.map(({ archive }) => archive).join(", ");
  const pair = collidingPaths(owners.keys());
  if (pair) throw collision(owners.get(pair[1]) ?? names, pair);
  const files = new Map([...owners.keys()].map((path) => [foldCase(path), path]));
  for (const { archive, entries } of archives) {
    for (const { path } of entries.filter((entry) => entry.directory)) {
      const file = [...ancestors(foldCase(path))].map((name) => files.get(name)).find(Boolean);
      if (file !== undefined) throw collision(archive, [file, path]);
    }
  }
  return files.size;
}

/** `path` and every directory above it. */
function* ancestors(path: string): Generator<string> {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) yield path.slice(0, end);
}

function isFile(entry: PlannedEntry): boolean {
  return !entry.directory;
}

function bytesOf(entries: readonly PlannedEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}

function collision(archive: string, [one, other]: [string, string]): LanspreadError {
  return new LanspreadError(
    "archive_unsafe",
    `${archive}: entries ${shown(one)} and ${shown(other)} can't stand beside each other on every system; ` +
      "ask for a clean archive",
  );
}

function tooManyEntries(listed: readonly ArchiveEntries<RarEntry>[]): LanspreadError {
  const names = listed.map(({ archive }) => archive).join(", ");
  return new LanspreadError(
    "archive_unsafe",
    `${names}: more than ${MAX_FILES_PER_GAME} entries; ask for an archive with fewer files`,
  );
}
