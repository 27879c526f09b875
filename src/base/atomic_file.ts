/**
 * Crash-safe writes, in visible sequence: write a temporary file, sync it, rename it, sync the directory. After
 * a power cut there is the old file or the new one.
 *
 * @module
 */

import { dirname } from "./std/path.ts";

const SHARING_RETRY_MS = 5_000;
const SHARING_PAUSE_MS = 50;

/** How a file is written. */
export interface AtomicWriteOptions {
  /** Permission bits of the new file; ignored on Windows. */
  mode?: number;
  /** Where the bytes wait until they are complete; default `<path>.tmp`, always in the same directory. */
  temp_path?: string;
}

/** Replaces `path` by `data`, durably. Throws what the file system throws; the old file then still stands. */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  using _turn = await turnOf(path);
  const temp_path = options.temp_path ?? `${path}.tmp`;
  try {
    await writeSynced(temp_path, bytes, options.mode);
    await renameRetrying(temp_path, path);
  } catch (error) {
    await Deno.remove(temp_path).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

// Writers of one path take turns: they share its temporary file.
const last_turns = new Map<string, Promise<void>>();

async function turnOf(path: string): Promise<Disposable> {
  const before = last_turns.get(path);
  const turn = Promise.withResolvers<void>();
  last_turns.set(path, turn.promise);
  await before;
  return {
    [Symbol.dispose]() {
      if (last_turns.get(path) === turn.promise) last_turns.delete(path);
      turn.resolve();
    },
  };
}

async function writeSynced(path: string, bytes: Uint8Array, mode?: number): Promise<void> {
  // A left-over temporary file may carry other permission bits, or be a link: begin with nothing.
  await Deno.remove(path).catch(() => {});
  using file = await Deno.open(path, {
    write: true,
    createNew: true,
    ...(mode === undefined ? {} : { mode }),
  });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/** Makes the entries of a directory durable. Windows has no such call and needs none for a rename. */
export async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(path);
  await directory.sync();
}

/** Renames, and on Windows waits up to 5 s for a virus scanner or an open window to let go. */
export function renameRetrying(from: string, to: string): Promise<void> {
  return retrySharingViolation(() => Deno.rename(from, to));
}

/** Removes a file or a tree, with the same patience. */
export function removeRetrying(path: string, options: Deno.RemoveOptions = {}): Promise<void> {
  return retrySharingViolation(() => Deno.remove(path, options));
}

async function retrySharingViolation(action: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + SHARING_RETRY_MS;
  while (true) {
    try {
      return await action();
    } catch (error) {
      if (!isSharingViolation(error) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, SHARING_PAUSE_MS));
    }
  }
}

// ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
function isSharingViolation(error: unknown): boolean {
  return Deno.build.os === "windows" && error instanceof Error && /os error (5|32|33)\b/.test(error.message);
}
