/**
 * Bytes that look random and can be made again, at any place, by whoever knows their seed.
 *
 * Each 32-bit word is a hash of its position: a byte at the wrong place, from another file or from another peer is
 * a wrong byte.
 *
 * @module
 */

const WORD_BYTES = 4;

/** The content of one file. */
export class SeededContent {
  readonly #seed: number;

  constructor(seed: string) {
    this.#seed = [...seed].reduce((hash, char) => mix(hash + (char.codePointAt(0) ?? 0)), 0);
  }

  /** `length` bytes from `offset` on, which is a multiple of 4. Throws `RangeError` where it is not. */
  bytes(offset: number, length: number): Uint8Array {
    if (offset % WORD_BYTES !== 0) {
      throw new RangeError(`offset ${offset} is not a multiple of ${WORD_BYTES}`);
    }
    const words = new Uint32Array(Math.ceil(length / WORD_BYTES));
    const first = offset / WORD_BYTES;
    for (let i = 0; i < words.length; i++) words[i] = mix(this.#seed + Math.imul(first + i, 0x9e3779b9));
    return new Uint8Array(words.buffer, 0, length);
  }
}

// Two rounds of multiply and xor-shift; constants by Chris Wellons' search ("Prospecting for hash functions").
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
