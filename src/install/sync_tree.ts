/**
 * Makes a whole tree durable.
 *
 * @module
 */

import { syncDirectory } from "../base/atomic_file.ts";
import { join } from "../base/std/path.ts";

/** Syncs every file below `path`, then every directory, `path` included. Links are not followed. */
export async function syncTree(path: string, signal: AbortSignal): Promise<void> {
  for await (const entry of Deno.readDir(path)) {
    signal.throwIfAborted();
    const child = join(path, entry.name);
    if (entry.isDirectory) await syncTree(child, signal);
    else if (entry.isFile) await syncFile(child);
  }
  await syncDirectory(path);
}

async function syncFile(path: string): Promise<void> {
  // Windows flushes only through a handle that may write.
  using file = await Deno.open(path, { read: true, write: Deno.build.os === "windows" });
  await file.sync();
}
