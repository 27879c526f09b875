/**
 * The SHA-256 of each chunk of a game, packed: 32 bytes a chunk in the order of `chunksOf`, all zero where the hash is
 * not known. On the wire they are one text in base64 (RFC 4648, section 4), so that the hashes of 200,000 files, or of
 * a game of 1 TiB, fit into one answer.
 *
 * ```ts
 * import { ChunkHashes } from "./chunk_hashes.ts";
 *
 * const hashes = new ChunkHashes(3);
 * console.assert(hashes.get(0) === undefined);
 * console.assert(ChunkHashes.decode(hashes.encode(), 3).length === 0);
 * ```
 *
 * @module
 */

import { z } from "zod";
import type { Sha256 } from "./ids.ts";
import { MAX_HASHES } from "./limits.ts";

const HASH_BYTES = 32;
const HASH_WORDS = HASH_BYTES / Uint32Array.BYTES_PER_ELEMENT;

/** Characters of base64 for so many hashes. */
function listLength(count: number): number {
  return Math.ceil(count * HASH_BYTES / 3) * 4;
}

/** Packed hashes as a text. */
export const HashList = z.string().max(listLength(MAX_HASHES), { message: `more than ${MAX_HASHES} hashes` })
  .refine(isHashList, { message: "not a list of SHA-256 in base64" });

function isHashList(text: string): boolean {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return false;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4 * 3 - padding) % HASH_BYTES === 0;
}

/** One place for each chunk of a game. */
export class ChunkHashes {
  readonly #bytes: Uint8Array;
  /** The same memory, for comparing. */
  readonly #words: Uint32Array;

  /** None of `length` chunks is known yet. */
  constructor(readonly length: number) {
    this.#bytes = new Uint8Array(length * HASH_BYTES);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }

  /** Whether the hash of the chunk at this place is known. */
  has(index: number): boolean {
    for (let at = index * HASH_WORDS, end = at + HASH_WORDS; at < end; at++) {
      if (this.#words[at]) return true;
    }
    return false;
  }

  /** Whether both say the same of the chunk at this place, or both nothing. */
  isSame(index: number, other: ChunkHashes): boolean {
    for (let at = index * HASH_WORDS, end = at + HASH_WORDS; at < end; at++) {
      if ((this.#words[at] ?? 0) !== (other.#words[at] ?? 0)) return false;
    }
    return true;
  }

  /** The hash of the chunk at this place; `undefined` where it is not known, or there is no such place. */
  get(index: number): Sha256 | undefined {
    if (!this.has(index)) return undefined;
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES).toHex() as Sha256;
  }

  /** Throws `RangeError` where there is no such place. */
  set(index: number, sha256: Sha256): void {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no chunk ${index} of ${this.length}`);
    this.#bytes.set(Uint8Array.fromHex(sha256), index * HASH_BYTES);
  }

  /** The hashes as they travel: without the unknown ones at the end, and at most `MAX_HASHES`. */
  encode(): string {
    let end = Math.min(this.#bytes.length, MAX_HASHES * HASH_BYTES);
    while (end > 0 && this.#bytes[end - 1] === 0) end--;
    return this.#bytes.subarray(0, Math.ceil(end / HASH_BYTES) * HASH_BYTES).toBase64();
  }

  /** What a checked `HashList` says of a game of `count` chunks; what is too much of it is left out. */
  static decode(text: string, count: number): ChunkHashes {
    const bytes = Uint8Array.fromBase64(text.slice(0, listLength(count)));
    const hashes = new ChunkHashes(Math.min(count, Math.floor(bytes.length / HASH_BYTES)));
    hashes.#bytes.set(bytes.subarray(0, hashes.#bytes.length));
    return hashes;
  }
}
