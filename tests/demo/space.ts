/**
 * Whether the disk has room for the demo.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { formatBytes } from "./format.ts";
import { type Game, sizeOf } from "./games.ts";

// Databases, keys, pictures beside the archives, and what a file system needs for itself.
const MARGIN_BYTES = 64_000_000;

/** The most that the demo has on disk at a time: an archive a holder, and on the receiver archive and install. */
export function neededBytes(games: readonly Game[]): number {
  const copies = games.map((game) => sizeOf(game.files) * (game.holders.length + 2));
  return copies.reduce((sum, bytes) => sum + bytes, MARGIN_BYTES);
}

/** Throws with what to do where the disk that holds `folder` has less than `needed_bytes` free. */
export function requireSpace(folder: string, needed_bytes: number, free_bytes = freeBytes(folder)): void {
  if (free_bytes >= needed_bytes) return;
  throw new Error(
    `it needs ${formatBytes(needed_bytes)} of free space, but ${folder} has ${formatBytes(free_bytes)}; ` +
      "free some, or set TMPDIR (TEMP on Windows) to a folder on another disk",
  );
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
