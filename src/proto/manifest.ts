/**
 * A game's file list, its hash, and its chunks.
 *
 * @module
 */

import { z } from "zod";
import { digestJson } from "./digest.ts";
import { ByteCount, compareText, type GameId, type GameVersion, type Sha256 } from "./ids.ts";
import { CHUNK_BYTES, MAX_FILES_PER_GAME, MAX_SENTINEL_BYTES } from "./limits.ts";
import { collidingPaths, ManifestPath } from "./paths.ts";

/** The file that says that a game is downloaded. */
export const SENTINEL = "version.ini" as ManifestPath;

/** One file of a game: its path below the game root and its size in bytes. */
export const ManifestFile = z.object({ path: ManifestPath, size: ByteCount });
export type ManifestFile = z.infer<typeof ManifestFile>;

/** The files of a game, checked as a whole: no two collide, the sentinel is there and small. */
export const ManifestFiles = z.array(ManifestFile).max(MAX_FILES_PER_GAME).superRefine((files, context) => {
  const problem = filesProblem(files);
  if (problem) context.addIssue({ code: "custom", message: problem });
});

/** What is wrong with `files` as a whole, or `undefined`. */
export function filesProblem(files: readonly ManifestFile[]): string | undefined {
  const collision = collidingPaths(files.map((file) => file.path));
  if (collision) return `"${collision[0]}" and "${collision[1]}" can't stand beside each other`;
  const sentinel = files.find((file) => file.path === SENTINEL);
  if (!sentinel) return `${SENTINEL} is missing`;
  if (sentinel.size > MAX_SENTINEL_BYTES) return `${SENTINEL} is larger than ${MAX_SENTINEL_BYTES} bytes`;
  if (!Number.isSafeInteger(totalBytes(files))) return "the sizes add up to more than 8 PiB";
  return undefined;
}

/** A game's file list with its identity. */
export interface Manifest {
  readonly game_id: GameId;
  readonly version: GameVersion;
  /** Sorted by path. */
  readonly files: readonly ManifestFile[];
  readonly manifest_hash: Sha256;
}

/** Builds a manifest: sorts the files and hashes id, version, paths and sizes. */
export function makeManifest(
  game_id: GameId,
  version: GameVersion,
  files: readonly ManifestFile[],
): Manifest {
  const sorted = files.toSorted((a, b) => compareText(a.path, b.path));
  const manifest_hash = digestJson([game_id, version, sorted.map((file) => [file.path, file.size])]);
  return { game_id, version, files: sorted, manifest_hash };
}

/** The sum of the sizes, in bytes. */
export function totalBytes(files: readonly ManifestFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** A byte range of one file. */
export interface Chunk {
  readonly path: ManifestPath;
  /** First byte, a multiple of `CHUNK_BYTES`. */
  readonly offset: number;
  /** Bytes, at most `CHUNK_BYTES`; 0 only for an empty file. */
  readonly length: number;
}

/** Cuts the files into chunks, in order. An empty file has one empty chunk, so that it is asked for too. */
export function* chunksOf(files: readonly ManifestFile[]): Generator<Chunk> {
  for (const { path, size } of files) {
    for (let offset = 0; offset === 0 || offset < size; offset += CHUNK_BYTES) {
      yield { path, offset, length: Math.min(CHUNK_BYTES, size - offset) };
    }
  }
}
