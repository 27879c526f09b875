/** Types for the part of `@std/fs` that this program uses. */
export interface WalkEntry extends Deno.DirEntry {
  path: string;
}
export interface WalkOptions {
  maxDepth?: number;
  includeFiles?: boolean;
  includeDirs?: boolean;
  includeSymlinks?: boolean;
  followSymlinks?: boolean;
  skip?: RegExp[];
}
export function ensureDir(dir: string | URL): Promise<void>;
export function walk(root: string | URL, options?: WalkOptions): AsyncIterableIterator<WalkEntry>;
