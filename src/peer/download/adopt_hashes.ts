/**
 * Keeps the hashes that a download computed, so that its files need not be read once more.
 *
 * @module
 */

import { join } from "../../base/std/path.ts";
import { CHUNK_BYTES } from "../../proto/limits.ts";
import type { Manifest } from "../../proto/manifest.ts";
import type { ChunkHashStore, HashedChunk } from "../../watch/chunk_hash_store.ts";
import { lookAtFile, type StampedFile } from "../../watch/file_stamp.ts";
import { forEachPooled } from "../../watch/pool.ts";
import type { JournalChunk } from "./journal.ts";

const FILES_AT_ONCE = 16;
/** So many hashes are stored at a time: the peer does other things in between. */
const BATCH = 512;

/**
 * Stores the hashes of chunks that were just committed, under the stamps of their files. To be called while the
 * operation still runs, when nothing writes to the files any more. Throws `io` where the store can't be used, and the
 * signal's reason; what was stored until then stays.
 */
export async function adoptHashes(
  store: ChunkHashStore,
  game_dir: string,
  manifest: Manifest,
  chunks: Iterable<JournalChunk>,
  signal: AbortSignal,
): Promise<void> {
  const root = join(game_dir, manifest.game_id);
  const by_file = Map.groupBy(chunks, ({ path }) => path);
  const hashed: HashedChunk[] = [];
  const keep = () => store.put(game_dir, manifest.game_id, hashed.splice(0));
  await forEachPooled(manifest.files, FILES_AT_ONCE, signal, async ({ path, size }) => {
    const own = by_file.get(path) ?? [];
    const seen = own.length > 0 ? await lookAtFile(root, path) : undefined;
    if (seen?.size !== size) return;
    for (const chunk of own) hashed.push(underStamp(chunk, seen));
    if (hashed.length >= BATCH) keep();
  });
  keep();
}

function underStamp({ path, offset, sha256 }: JournalChunk, { stamp }: StampedFile): HashedChunk {
  return { path, chunk: offset / CHUNK_BYTES, stamp, sha256 };
}
