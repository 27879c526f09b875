/**
 * Which chunks of an earlier try can be used: those whose bytes are still on the disk, and right.
 *
 * @module
 */

import { LanspreadError } from "../../base/errors.ts";
import { inTurns } from "../../base/turns.ts";
import { CHUNK_BYTES } from "../../proto/limits.ts";
import { type Manifest, SENTINEL } from "../../proto/manifest.ts";
import type { FileRange, HashedRange } from "../../watch/hash_protocol.ts";
import { forEachPooled } from "../../watch/pool.ts";
import type { JournalChunk } from "./journal.ts";

/** Keeps the hashing worker supplied. */
const AT_ONCE = 4;
/** So many chunks are looked at before the peer does other things. */
const AT_A_TURN = 4_096;

/** What is needed to look at the disk. */
export interface ResumePorts {
  readonly game_dir: string;
  hash(range: FileRange, signal: AbortSignal): Promise<HashedRange>;
  /** Whether the sources say that the chunk is wrong. */
  isWrong?(chunk: JournalChunk): boolean;
}

/**
 * The chunks of the journal that need not be fetched again: they are chunks of this manifest, the sources do not say
 * otherwise, the file is a regular one of the right size, and its bytes have the hash of the journal. Everything else
 * is left out. Throws only the signal's reason.
 */
export async function trustedChunks(
  manifest: Manifest,
  journal: readonly JournalChunk[],
  ports: ResumePorts,
  signal: AbortSignal,
): Promise<JournalChunk[]> {
  const sizes = new Map<string, number>();
  for await (const some of inTurns(manifest.files, AT_A_TURN, signal)) {
    for (const { path, size } of some) sizes.set(path, size);
  }
  const candidates: JournalChunk[] = [];
  for await (const some of inTurns(journal, AT_A_TURN, signal)) {
    for (const chunk of some) {
      const size = sizes.get(chunk.path);
      const is_candidate = size !== undefined && isChunkOf(chunk, size);
      if (is_candidate && !ports.isWrong?.(chunk)) candidates.push(chunk);
    }
  }
  const trusted: JournalChunk[] = [];
  await forEachPooled(candidates, AT_ONCE, signal, async (chunk) => {
    if (await isOnDisk(chunk, sizes.get(chunk.path), manifest, ports, signal)) trusted.push(chunk);
  });
  return trusted;
}

/** The sentinel is never written before the commit. */
function isChunkOf({ path, offset, length }: JournalChunk, size: number): boolean {
  if (path === SENTINEL || offset % CHUNK_BYTES !== 0) return false;
  return length === Math.min(CHUNK_BYTES, size - offset) && (length > 0 || size === 0);
}

async function isOnDisk(
  { path, offset, length, sha256 }: JournalChunk,
  size: number | undefined,
  { game_id }: Manifest,
  { game_dir, hash }: ResumePorts,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const found = await hash({ root: game_dir, path: `${game_id}/${path}`, offset, length }, signal);
    return found.size === size && found.sha256 === sha256;
  } catch (error) {
    signal.throwIfAborted();
    // Whatever keeps the bytes from being read: they are fetched again.
    if (error instanceof LanspreadError) return false;
    throw error;
  }
}
