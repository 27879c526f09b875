/**
 * Which chunks lack a hash, and which game is next. Pure.
 *
 * @module
 */

import { compareText, type GameId, type Sha256 } from "../proto/ids.ts";
import { chunkCount } from "../proto/chunk_order.ts";
import { CHUNK_BYTES } from "../proto/limits.ts";
import type { ManifestFile } from "../proto/manifest.ts";
import type { StampedFile } from "./file_stamp.ts";
import type { LocalGame } from "./local_game.ts";

/** A chunk of one file. */
export interface FileChunk {
  /** Its number in the file, from 0 on. */
  readonly chunk: number;
  readonly offset: number;
  readonly length: number;
}

/** What is to be done for one file. */
export type FilePlan =
  /** It is not as the manifest says: the next scan will tell. */
  | "changed"
  /** It may still be written to; to be looked at again. */
  | "unsettled"
  /** These chunks lack a hash; none when all are known. */
  | readonly FileChunk[];

/** Compares a file of the manifest with how it looks and what is known under that look. */
export function planFile(
  { size }: ManifestFile,
  seen: StampedFile | undefined,
  known: ReadonlySet<number>,
): FilePlan {
  if (seen?.size !== size) return "changed";
  const missing = Array.from({ length: chunkCount(size) }, (_, chunk) => chunk)
    .filter((chunk) => !known.has(chunk))
    .map((chunk) => {
      const offset = chunk * CHUNK_BYTES;
      return { chunk, offset, length: Math.min(CHUNK_BYTES, size - offset) };
    });
  return missing.length > 0 && !seen.is_settled ? "unsettled" : missing;
}

/** Whether the game is to be looked at: not all of its chunks were known, or it was walked again. */
export function needsHashes(
  { id, manifest }: LocalGame,
  completed: ReadonlyMap<GameId, Sha256>,
  changed: ReadonlySet<GameId>,
): boolean {
  return manifest !== null && (changed.has(id) || completed.get(id) !== manifest.manifest_hash);
}

/** The smallest game goes first, so that many are verified soon. */
export function smallestGame(games: Iterable<LocalGame>): LocalGame | undefined {
  let smallest: LocalGame | undefined;
  for (const game of games) {
    if (!smallest || (game.size - smallest.size || compareText(game.id, smallest.id)) < 0) smallest = game;
  }
  return smallest;
}
