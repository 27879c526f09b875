/**
 * Writes RAR5 archives with stored entries, and hostile ones.
 *
 * Names, sizes and attributes are written as they are given, so that a test can lie. Nothing is held in memory but
 * one piece of data. Source: https://www.rarlab.com/technote.htm
 *
 * ```ts
 * import { writeStoredRar5 } from "./rar_writer.ts";
 *
 * const path = await Deno.makeTempFile();
 * await writeStoredRar5(path, [{ name: "a.txt", bytes: new TextEncoder().encode("hello") }]);
 * await Deno.remove(path);
 * ```
 *
 * @module
 */

import { crc32 } from "node:zlib";

const SIGNATURE = Uint8Array.of(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00);
const BLOCK = { main: 1, file: 2, end: 5 } as const;
const BLOCK_HAS = { extra: 1, data: 2 } as const;
const FILE_IS = { directory: 1, timed: 2, checked: 4 } as const;
const ARCHIVE_IS_SOLID = 4;
const EXTRA = { encryption: 1, redirection: 5 } as const;
const HOST_UNIX = 1;
const DATA_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(DATA_BYTES);

/** What every entry may say besides its content. */
export interface RarEntryOptions {
  /** Written as it is. */
  name: string;
  /** Seconds since 1970. */
  modified_s?: number;
  /** Unix mode; default 0100644, for directories 040755. */
  mode?: number;
  /** The unpacked size that the header claims; default the real one. */
  declared_size?: number;
  /** Says that the entry points at something: 1 symlink, 2 Windows symlink, 3 junction, 4 hard link, 5 copy. */
  link?: { type: 1 | 2 | 3 | 4 | 5; target: string };
  /** Says that the data are encrypted. */
  encrypted?: boolean;
  /** RAR5's compression information; default 0, stored. The data are written as they are. */
  compression?: number;
  /** Writes a wrong checksum. */
  damaged?: boolean;
  /** Writes none. */
  unchecked?: boolean;
}

/** One entry: a directory, bytes in memory, or bytes made on demand. */
export type RarWriterEntry =
  & RarEntryOptions
  & ({ directory: true } | { bytes: Uint8Array } | {
    size: number;
    /** Gives `length` bytes of the content from `offset` on; `null` stands for zeros, which take no room on the disk. */
    data: (offset: number, length: number) => Uint8Array | null;
  });

/** Writes `entries` as one archive; without its last block where `end` is false, marked solid where
 * `solid` is true. Gives back its size. */
export async function writeStoredRar5(
  path: string,
  entries: Iterable<RarWriterEntry>,
  { end = true, solid = false }: { end?: boolean; solid?: boolean } = {},
): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await writeAll(file, SIGNATURE);
  await writeAll(file, block([BLOCK.main, 0, solid ? ARCHIVE_IS_SOLID : 0]));
  for (const entry of entries) await writeEntry(file, entry);
  if (end) await writeAll(file, block([BLOCK.end, 0, 0]));
  return await file.seek(0, Deno.SeekMode.Current);
}

async function writeEntry(file: Deno.FsFile, entry: RarWriterEntry): Promise<void> {
  const start = await file.seek(0, Deno.SeekMode.Current);
  // The checksum is known after the data; a header of the same length takes the place of this one then.
  await writeAll(file, entryHeader(entry, 0));
  let checksum = 0;
  for (const { piece, length } of pieces(entry)) {
    checksum = crc32(piece ?? ZEROS.subarray(0, length), checksum);
    if (piece) await writeAll(file, piece);
    else await file.seek(length, Deno.SeekMode.Current);
  }
  const finish = await file.seek(0, Deno.SeekMode.Current);
  await file.seek(start, Deno.SeekMode.Start);
  await writeAll(file, entryHeader(entry, entry.damaged ? checksum ^ 1 : checksum));
  await file.seek(finish, Deno.SeekMode.Start);
}

function* pieces(entry: RarWriterEntry): Generator<{ piece: Uint8Array | null; length: number }> {
  if ("bytes" in entry) yield { piece: entry.bytes, length: entry.bytes.length };
  if (!("data" in entry)) return;
  for (let at = 0; at < entry.size; at += DATA_BYTES) {
    const length = Math.min(DATA_BYTES, entry.size - at);
    yield { piece: entry.data(at, length), length };
  }
}

function sizeOf(entry: RarWriterEntry): number {
  return "bytes" in entry ? entry.bytes.length : "data" in entry ? entry.size : 0;
}

function entryHeader(entry: RarWriterEntry, checksum: number): Uint8Array {
  const directory = "directory" in entry;
  const checked = !directory && !entry.unchecked;
  const name = new TextEncoder().encode(entry.name);
  const extra = extraArea(entry);
  const timed = entry.modified_s !== undefined;
  return block([
    ...vint(BLOCK.file),
    ...vint(BLOCK_HAS.data | (extra.length > 0 ? BLOCK_HAS.extra : 0)),
    ...(extra.length > 0 ? vint(extra.length) : []),
    ...vint(sizeOf(entry)),
    ...vint(
      (directory ? FILE_IS.directory : 0) | (timed ? FILE_IS.timed : 0) | (checked ? FILE_IS.checked : 0),
    ),
    ...vint(entry.declared_size ?? sizeOf(entry)),
    ...vint(entry.mode ?? (directory ? 0o40755 : 0o100644)),
    ...(entry.modified_s === undefined ? [] : u32(entry.modified_s)),
    ...(checked ? u32(checksum) : []),
    ...vint(entry.compression ?? 0),
    ...vint(HOST_UNIX),
    ...vint(name.length),
    ...name,
    ...extra,
  ]);
}

function extraArea({ link, encrypted }: RarEntryOptions): number[] {
  const records: number[] = [];
  if (link) {
    const target = new TextEncoder().encode(link.target);
    records.push(...record([EXTRA.redirection, ...vint(link.type), 0, ...vint(target.length), ...target]));
  }
  // version 0, no password check, 2^15 rounds, salt and initialization vector
  if (encrypted) records.push(...record([EXTRA.encryption, 0, 0, 15, ...new Uint8Array(32)]));
  return records;
}

function record(bytes: number[]): number[] {
  return [...vint(bytes.length), ...bytes];
}

/** Puts the length and the checksum before the fields of a block. */
function block(fields: number[]): Uint8Array {
  const sized = Uint8Array.from([...vint(fields.length), ...fields]);
  return Uint8Array.from([...u32(crc32(sized)), ...sized]);
}

function vint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) + (rest >= 0x80 ? 0x80 : 0));
  }
  return bytes;
}

function u32(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
