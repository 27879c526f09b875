/**
 * SHA-256 over a range of a file, in blocks. Blocks the thread that it runs on.
 *
 * A hash is given only for a regular file that is reached through real folders and that nobody changed meanwhile.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { Sha256 } from "../proto/ids.ts";
import { foldCase } from "../proto/fold_case.ts";
import { stampOf } from "./file_stamp.ts";
import type { FileRange, HashedRange } from "./hash_protocol.ts";

const BLOCK_BYTES = 1024 * 1024;
const BLOCK = new Uint8Array(BLOCK_BYTES);

/**
 * Hashes the range. Throws `manifest_changed` where the file is not there, is no regular file, lies behind a link, is
 * shorter, or changes meanwhile and is not said to grow; `io` where it can't be read; `cancelled` when `isCancelled` says so between blocks.
 */
export function hashRange(range: FileRange, isCancelled: () => boolean): HashedRange {
  const full = join(range.root, ...range.path.split("/"));
  try {
    requireRegular(range, full);
    using file = Deno.openSync(full);
    const before = file.statSync();
    const sha256 = hashOpen(file, range, isCancelled);
    const after = file.statSync();
    const stamp = stampOf(before);
    const is_still = range.is_growing || stampOf(after) === stamp;
    if (!before.isFile || !is_still) throw changed(range);
    return { sha256, size: before.size, stamp };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw changed(range);
    }
    throw toLanspreadError(error, "io", `Cannot read ${full}`);
  }
}

// Looked at by its name first: opening a pipe would wait for its other end.
function requireRegular(range: FileRange, full: string): void {
  const expected = join(Deno.realPathSync(range.root), ...range.path.split("/"));
  const is_direct = foldCase(Deno.realPathSync(full)) === foldCase(expected);
  if (!is_direct || !Deno.lstatSync(full).isFile) throw changed(range);
}

function hashOpen(file: Deno.FsFile, range: FileRange, isCancelled: () => boolean): Sha256 {
  const hash = createHash("sha256");
  file.seekSync(range.offset, Deno.SeekMode.Start);
  for (let left = range.length; left > 0;) {
    if (isCancelled()) throw new LanspreadError("cancelled", "hashing was cancelled");
    const count = file.readSync(BLOCK.subarray(0, Math.min(left, BLOCK_BYTES)));
    if (!count) throw changed(range);
    hash.update(BLOCK.subarray(0, count));
    left -= count;
  }
  return hash.digest("hex") as Sha256;
}

function changed({ root, path }: FileRange): LanspreadError {
  return new LanspreadError("manifest_changed", `${join(root, ...path.split("/"))} is not what it was`);
}
