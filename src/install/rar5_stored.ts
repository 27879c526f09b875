/**
 * Entries that lie in a RAR5 file as they are: copied from there, with the machine's own checksum, three times as quick
 * as through unrar.
 *
 * Participants: `rar5_check.ts` finds them while it looks through the blocks, `archive_walk.ts` asks for them by name.
 * Goals: the same bytes and the same refusals as unrar's; whatever is special about an entry is left to unrar.
 * Non-goals: deciding what may be unpacked; the plan has done that, from what unrar says.
 *
 * @module
 */

import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import type { EntryOutput } from "./entry_output.ts";
import { ByteReader, type Rar5Block } from "./rar_header.ts";

const BLOCK_BYTES = 1024 * 1024;
const BLOCK_IS_SPLIT = 0x08 | 0x10;
const FILE_IS = { directory: 1, timed: 2, checked: 4, unknown_size: 8 } as const;
/** Version of the method, solid, method; the rest is the dictionary, which a stored entry does not use. */
const COMPRESSION = 0x3ff;
/** Extra records that change nothing: times, owner. */
const HARMLESS_RECORDS = [3, 6];

/** Where the bytes of an entry lie. */
export interface StoredEntry {
  /** As the header has it. */
  name: string;
  /** Absolute path of the volume. */
  volume: string;
  offset: number;
  size: number;
  crc32: number;
}

/** The entry of a file block whose data begin at `offset`; `undefined` where only unrar should unpack it. */
export function storedEntry(block: Rar5Block, volume: string, offset: number): StoredEntry | undefined {
  try {
    return readStoredEntry(block, volume, offset);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readStoredEntry(block: Rar5Block, volume: string, offset: number): StoredEntry | undefined {
  if (block.flags & BLOCK_IS_SPLIT || !isHarmless(block.extra)) return undefined;
  const fields = new ByteReader(block.fields);
  const flags = fields.vint();
  const size = fields.vint();
  fields.vint(); // attributes
  if (flags & FILE_IS.timed) fields.take(4);
  if (!(flags & FILE_IS.checked) || flags & (FILE_IS.directory | FILE_IS.unknown_size)) return undefined;
  const checksum = fields.u16() + fields.u16() * 0x1_0000;
  const compression = fields.vint();
  if ((compression & COMPRESSION) !== 0 || size !== block.data_bytes) return undefined;
  fields.vint(); // operating system
  const name = new TextDecoder().decode(fields.take(fields.vint()));
  return { name, volume, offset, size, crc32: checksum };
}

function isHarmless(extra: Uint8Array): boolean {
  const records = new ByteReader(extra);
  while (records.left > 0) {
    const record = new ByteReader(records.take(records.vint()));
    if (record.left === 0 || !HARMLESS_RECORDS.includes(record.vint())) return false;
  }
  return true;
}

/** The stored entries of one archive; holds its volumes open. */
export class StoredEntries implements Disposable {
  readonly #entries: ReadonlyMap<string, StoredEntry>;
  readonly #stop: Int32Array;
  readonly #volumes = new Map<string, number>();
  readonly #block = new Uint8Array(BLOCK_BYTES);

  /** `stop[0]` other than 0 ends everything with `cancelled`. */
  constructor(entries: readonly StoredEntry[], stop: Int32Array) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#stop = stop;
  }

  /** The entry with this name and size, as unrar told them. */
  find(name: string, size: number): StoredEntry | undefined {
    const entry = this.#entries.get(name);
    return entry?.size === size ? entry : undefined;
  }

  /** Copies the entry into `output` and checks its checksum. Throws `archive_damaged`, `cancelled`. */
  copy(entry: StoredEntry, output: EntryOutput): void {
    const fd = this.#open(entry.volume);
    output.create();
    let checksum = 0;
    for (let at = 0; at < entry.size;) {
      if (Atomics.load(this.#stop, 0) !== 0) throw new LanspreadError("cancelled", "cancelled");
      const wanted = Math.min(BLOCK_BYTES, entry.size - at);
      const length = readSync(fd, this.#block, 0, wanted, entry.offset + at);
      if (length === 0) throw damaged(entry);
      const bytes = this.#block.subarray(0, length);
      checksum = crc32(bytes, checksum);
      output.write(bytes);
      at += length;
    }
    if (checksum !== entry.crc32) throw damaged(entry);
  }

  #open(volume: string): number {
    const fd = this.#volumes.get(volume) ?? openSync(volume, "r");
    this.#volumes.set(volume, fd);
    return fd;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#volumes.values()) closeSync(fd);
    this.#volumes.clear();
  }
}

function damaged({ volume }: StoredEntry): LanspreadError {
  return new LanspreadError(
    "archive_damaged",
    `${basename(volume)} is damaged or cut off; download it again`,
  );
}
