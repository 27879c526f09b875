/**
 * Whether a disk has room, looked at before the first byte.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";

/** Throws `disk_full` where the disk of the folder `path` has less than `needed_bytes` free. */
export function refuseFullDisk(path: string, needed_bytes: number): void {
  const { bavail, bsize } = statfsSync(path);
  const free_bytes = bavail * bsize;
  if (needed_bytes <= free_bytes) return;
  throw new LanspreadError(
    "disk_full",
    `unpacking needs ${needed_bytes} bytes and the disk has ${free_bytes} bytes free; ` +
      `free at least ${needed_bytes - free_bytes} bytes and try again`,
  );
}
