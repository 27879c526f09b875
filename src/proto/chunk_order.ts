/**
 * Where a chunk stands among all chunks of a game, in the order of `chunksOf`: the order in which hashes travel.
 *
 * @module
 */

import { CHUNK_BYTES } from "./limits.ts";
import { type Chunk, type ManifestFile } from "./manifest.ts";

/** The order of the chunks of one file list, which must be sorted as a manifest's is. */
export class ChunkOrder {
  readonly #first = new Map<string, { index: number; count: number }>();
  /** How many chunks there are. */
  readonly count: number;

  constructor(files: readonly ManifestFile[]) {
    let index = 0;
    for (const { path, size } of files) {
      const count = chunkCount(size);
      this.#first.set(path, { index, count });
      index += count;
    }
    this.count = index;
  }

  /** The chunk's place from 0 on, or `undefined` where the list has no such chunk. */
  indexOf({ path, offset }: Pick<Chunk, "offset"> & { path: string }): number | undefined {
    const file = this.#first.get(path);
    const n = offset / CHUNK_BYTES;
    return file && Number.isInteger(n) && n >= 0 && n < file.count ? file.index + n : undefined;
  }
}

/** Chunks of a file of `size` bytes; an empty file has one. */
export function chunkCount(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK_BYTES));
}
