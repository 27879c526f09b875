/**
 * Reads the little of RAR's headers that unrar does not tell: whether a file is a later volume, which RAR5
 * entries are links, and whether the archive has its end.
 *
 * Participants: bytes of an archive, hostile until read. Goals: every length is checked before it is used, no
 * block is read past its own end. Non-goals: unpacking, checksums, names; unrar does these.
 *
 * Sources: https://www.rarlab.com/technote.htm (RAR5); `headers.hpp` of unrar (RAR4).
 *
 * @module
 */

/** As many bytes as `isContinuationVolume` needs of the beginning of a file. */
export const VOLUME_HEADER_BYTES = 64;
/** unrar refuses RAR5 headers above 2 MiB. */
const MAX_HEADER_BYTES = 2 * 1024 * 1024;

const RAR4_SIGNATURE = Uint8Array.of(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x00);
const RAR5_SIGNATURE = Uint8Array.of(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00);
const RAR4_MAIN = 0x73;
const RAR4_VOLUME = 0x0001;
const RAR4_FIRST_VOLUME = 0x0100;
const RAR5_VOLUME_NUMBER = 0x0002;

/** The types of RAR5 blocks that matter here. */
export const RAR5_BLOCK = { main: 1, file: 2, encryption: 4, end: 5 } as const;

/** One RAR5 block without its data. */
export interface Rar5Block {
  type: number;
  flags: number;
  /** The type's own fields, and after them the extra area. */
  fields: Uint8Array;
  extra: Uint8Array;
  data_bytes: number;
  /** From the beginning of the block to the beginning of its data. */
  header_bytes: number;
}

/** Reads forward through bytes; every read past the end throws `RangeError`. */
export class ByteReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new RangeError("a RAR header ends too early");
    return value;
  }

  u16(): number {
    return this.byte() + this.byte() * 0x100;
  }

  /** RAR5's variable length integer: seven bits a byte, the lowest first. */
  vint(): number {
    for (let value = 0, scale = 1;; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new RangeError("a number in a RAR header is too large");
      if (byte < 0x80) return value;
    }
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError("a RAR header ends too early");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

/** Whether a file that begins with `head` is RAR5. A self-extracting archive begins with its program instead. */
export function isRar5(head: Uint8Array): boolean {
  return beginsWith(head, RAR5_SIGNATURE);
}

/** Where the first block of a RAR5 file begins. */
export const RAR5_FIRST_BLOCK = RAR5_SIGNATURE.length;

/**
 * Whether a file that begins with `head` is a second or later volume. What is unclear counts as a first one:
 * unrar then says what is wrong with it.
 */
export function isContinuationVolume(head: Uint8Array): boolean {
  try {
    if (isRar5(head)) return isLaterRar5Volume(head.subarray(RAR5_FIRST_BLOCK));
    return beginsWith(head, RAR4_SIGNATURE) && isLaterRar4Volume(head.subarray(RAR4_SIGNATURE.length));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isLaterRar5Volume(bytes: Uint8Array): boolean {
  const block = parseRar5Block(bytes);
  if (block?.type !== RAR5_BLOCK.main) return false;
  const fields = new ByteReader(block.fields);
  // Only later volumes carry their number.
  return (fields.vint() & RAR5_VOLUME_NUMBER) !== 0 && fields.vint() > 0;
}

function isLaterRar4Volume(bytes: Uint8Array): boolean {
  const header = new ByteReader(bytes);
  header.take(2); // checksum
  if (header.byte() !== RAR4_MAIN) return false;
  const flags = header.u16();
  return (flags & RAR4_VOLUME) !== 0 && (flags & RAR4_FIRST_VOLUME) === 0;
}

/** How many bytes the header of the block at the beginning of `bytes` has. Throws `RangeError`. */
export function rar5HeaderBytes(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  reader.take(4); // checksum
  const size = reader.vint();
  if (size > MAX_HEADER_BYTES) throw new RangeError("a RAR header is too long");
  return reader.at + size;
}

/** Parses the block at the beginning of `bytes`, which must hold its whole header. Throws `RangeError`. */
export function parseRar5Block(bytes: Uint8Array): Rar5Block {
  const header_bytes = rar5HeaderBytes(bytes);
  if (header_bytes > bytes.length) throw new RangeError("a RAR header ends too early");
  const reader = new ByteReader(bytes.subarray(0, header_bytes));
  reader.take(4);
  reader.vint();
  const type = reader.vint();
  const flags = reader.vint();
  const extra_bytes = flags & 1 ? reader.vint() : 0;
  const data_bytes = flags & 2 ? reader.vint() : 0;
  const fields = reader.take(reader.left);
  if (extra_bytes > fields.length) throw new RangeError("a RAR header ends too early");
  return {
    type,
    flags,
    fields,
    extra: fields.subarray(fields.length - extra_bytes),
    data_bytes,
    header_bytes,
  };
}

/** Whether the extra area of a file block says that the entry points at something else. */
export function isRar5Link(extra: Uint8Array): boolean {
  const records = new ByteReader(extra);
  while (records.left > 0) {
    const record = new ByteReader(records.take(records.vint()));
    if (record.left > 0 && record.vint() === REDIRECTION_RECORD) return true;
  }
  return false;
}
const REDIRECTION_RECORD = 5;

/** The name in the fields of a file block. */
export function rar5EntryName(fields: Uint8Array): string {
  const reader = new ByteReader(fields);
  const flags = reader.vint();
  reader.vint(); // unpacked size
  reader.vint(); // attributes
  if (flags & 2) reader.take(4); // time
  if (flags & 4) reader.take(4); // checksum
  reader.vint(); // compression
  reader.vint(); // operating system
  return new TextDecoder().decode(reader.take(reader.vint()));
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
