/**
 * How a file looks from outside: what was hashed under one stamp is void under another.
 *
 * @module
 */

import { lookQuickly } from "../base/pace.ts";
import { join } from "../base/std/path.ts";

/**
 * Size in bytes, time of the last change of the content and of the last change of anything, both in milliseconds. The
 * last one catches a file that was replaced by another one with its size and time copied along.
 */
export type FileStamp = string & { readonly __brand: "FileStamp" };

/**
 * A change within this many milliseconds of the last one may leave the stamp as it is: FAT counts in 2 s, and the
 * runtime tells the second time in whole seconds.
 */
export const SETTLE_MS = 2_000;

/** The stamp of a file that was looked at. */
export function stampOf({ size, mtime, ctime }: Deno.FileInfo): FileStamp {
  return `${size}/${mtime?.getTime() ?? 0}/${ctime?.getTime() ?? 0}` as FileStamp;
}

/** A regular file as it looks now. */
export interface StampedFile {
  readonly stamp: FileStamp;
  /** Bytes. */
  readonly size: number;
  /** Whether the next change will be seen in the stamp. */
  readonly is_settled: boolean;
}

/** Looks at the file at `path`, with `/`, below `root`; `undefined` where there is no regular file that can be seen. */
export async function lookAtFile(
  root: string,
  path: string,
  now_ms = Date.now(),
): Promise<StampedFile | undefined> {
  try {
    const full = join(root, ...path.split("/"));
    const info = await lookQuickly(() => Deno.lstatSync(full), () => Deno.lstat(full));
    if (!info.isFile) return undefined;
    const changes = [info.mtime, info.ctime].map((time) => Math.abs(now_ms - (time?.getTime() ?? 0)));
    return { stamp: stampOf(info), size: info.size, is_settled: Math.min(...changes) >= SETTLE_MS };
  } catch {
    return undefined;
  }
}
