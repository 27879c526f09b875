/**
 * A cheap look at a game root: what it is, and a fingerprint that tells whether it must be walked again.
 *
 * Goal: a few system calls a root, however many files lie below it. Non-goal: noticing a change deep inside a
 * payload; whoever makes such a change asks for a forced rescan.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { join } from "../base/std/path.ts";
import { MAX_SENTINEL_BYTES } from "../proto/limits.ts";
import { SENTINEL } from "../proto/manifest.ts";
import { INSTALL_DIR, listRoot } from "./root_listing.ts";

/** Counts up when the scanner begins to read roots in another way, so that no older result is used again. */
const SCANNER_RULES = 1;
const ARCHIVE = /\.eti$/i;

/** A root's `version.ini`. */
export interface Sentinel {
  /** Bytes. */
  readonly size: number;
  /** The content; `null` where it is larger than a sentinel may be, or can't be read. */
  readonly content: Uint8Array | null;
}

/** What one look at a game root shows. */
export interface Glance {
  /** `null` where the game is not downloaded. */
  readonly sentinel: Sentinel | null;
  /** Whether `local/` is a directory, and not a link to one. */
  readonly installed: boolean;
  /** SHA-256 in hexadecimal. */
  readonly fingerprint: string;
}

/** Looks at a game root. Throws what the file system throws where the root can't be listed. */
export async function glanceAt(root: string): Promise<Glance> {
  const entries = await listRoot(root);
  const files = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  const installed = entries.some(({ name, kind }) => name === INSTALL_DIR && kind === "directory");
  const hash = createHash("sha256").update(JSON.stringify([SCANNER_RULES, installed]));
  for (const name of files.filter((name) => ARCHIVE.test(name))) {
    hash.update(JSON.stringify([name, await statFile(join(root, name))]));
  }
  const sentinel = files.includes(SENTINEL) ? await lookAtSentinel(join(root, SENTINEL), hash) : null;
  return { sentinel, installed, fingerprint: hash.digest("hex") };
}

async function lookAtSentinel(path: string, hash: Hash): Promise<Sentinel | null> {
  const stat = await statFile(path);
  if (!stat) return null;
  const content = stat.size > MAX_SENTINEL_BYTES ? null : await Deno.readFile(path).catch(() => null);
  hash.update(JSON.stringify([SENTINEL, stat, content !== null]));
  // Two versions of the same length may be written within one tick of the file system's clock.
  hash.update(content ?? "");
  return { size: stat.size, content };
}

async function statFile(path: string): Promise<{ size: number; mtime_ms: number } | undefined> {
  try {
    const info = await Deno.lstat(path);
    return info.isFile ? { size: info.size, mtime_ms: info.mtime?.getTime() ?? 0 } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
