/**
 * Where a chunk stands among all chunks of a game, in the order of `chunksOf`: the order in which hashes travel.
 *
 * @module
 */

import { CHUNK_BYTES } from "./limits.ts";
import { type Chunk, type ManifestFile } from "./manifest.ts";

/** The order of the chunks of one file list, which must be sorted as a manifest's is. */
export class ChunkOrder {
  readonly #places = new Map<string, number>();
  /** Where the first chunk of each file stands, and behind the last file how many there are. */
  readonly #first: Float64Array;
  /** How many chunks there are. */
  readonly count: number;

  constructor(files: readonly ManifestFile[]) {
    this.#first = new Float64Array(files.length + 1);
    let [place, index] = [0, 0];
    for (const { path, size } of files) {
      this.#places.set(path, place);
      index += chunkCount(size);
      this.#first[++place] = index;
    }
    this.count = index;
  }

  /** The chunk's place from 0 on, or `undefined` where the list has no such chunk. */
  indexOf({ path, offset }: Pick<Chunk, "offset"> & { path: string }): number | undefined {
    const place = this.#places.get(path);
    if (place === undefined) return undefined;
    const [first, end] = [this.#first[place] ?? 0, this.#first[place + 1] ?? 0];
    const n = offset / CHUNK_BYTES;
    return Number.isInteger(n) && n >= 0 && n < end - first ? first + n : undefined;
  }
}

/** Chunks of a file of `size` bytes; an empty file has one. */
export function chunkCount(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK_BYTES));
}
