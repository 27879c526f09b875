/**
 * Games on disk for tests: content from a seed, archives with known content, and trees compared byte by byte.
 *
 * Goals: no two places of any file hold the same bytes, so that a chunk at the wrong offset is seen; a hundred
 * megabytes in a fraction of a second. Non-goals: content that compresses or means something.
 *
 * ```ts ignore
 * const root = await makeGame(dir, "alienswarm", { version: "1.0", files: { "maps/a.bsp": 1024 } });
 * await assertSameTree(root, copy);
 * ```
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createCipheriv, createHash } from "node:crypto";
import { dirname, join } from "../../src/base/std/path.ts";
import { walk } from "../../src/base/std/fs.ts";
import { assert, assertEquals } from "./assert.ts";
import { type RarWriterEntry, writeStoredRar5 } from "./rar_writer.ts";

/** Bytes in a MiB. */
export const MIB = 1024 * 1024;

/** Files by their path; a number stands for that many bytes made from the path. */
export type Files = Record<string, string | Uint8Array | number>;

const BLOCK_BYTES = MIB;

/** Gives `size` bytes in blocks; the same for the same seed, different at every offset. */
export function* contentOf(seed: string, size: number): Generator<Uint8Array> {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const stream = createCipheriv("aes-128-ctr", key, new Uint8Array(16));
  const zeros = new Uint8Array(BLOCK_BYTES);
  for (let left = size; left > 0; left -= BLOCK_BYTES) {
    yield new Uint8Array(stream.update(zeros.subarray(0, Math.min(left, BLOCK_BYTES))));
  }
}

/** Writes files and the folders above them. */
export async function makeTree(root: string, files: Files, seed = ""): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, ...path.split("/"));
    await Deno.mkdir(dirname(full), { recursive: true });
    using file = await Deno.open(full, { write: true, create: true, truncate: true });
    for (const block of blocksOf(seed + path, content)) {
      for (let at = 0; at < block.length;) at += await file.write(block.subarray(at));
    }
  }
}

function blocksOf(seed: string, content: Files[string]): Iterable<Uint8Array> {
  if (typeof content === "number") return contentOf(seed, content);
  return [typeof content === "string" ? new TextEncoder().encode(content) : content];
}

/** Makes a downloaded game: the files and its sentinel. Games with the same id and files are equal. Gives its root. */
export async function makeGame(
  game_dir: string,
  id: string,
  { version, files = {} }: { version: string; files?: Files },
): Promise<string> {
  const root = join(game_dir, id);
  await makeTree(root, { ...files, "version.ini": version }, id);
  return root;
}

/** Makes a downloaded game whose one archive, a stored RAR5, unpacks to `content`. Gives its root. */
export async function makeArchiveGame(
  game_dir: string,
  id: string,
  { version, content }: { version: string; content: Files },
): Promise<string> {
  const root = await makeGame(game_dir, id, { version });
  const entries = Object.entries(content).map(([name, bytes]): RarWriterEntry => ({
    name,
    bytes: concat([...blocksOf(id + name, bytes)]),
  }));
  await writeStoredRar5(join(root, `${id}.eti`), entries);
  return root;
}

function concat(blocks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

/** Copies a game root to another game directory. Gives the copy's root. */
export async function copyGame(root: string, game_dir: string, id: string): Promise<string> {
  const copy = join(game_dir, id);
  for (const path of await filesBelow(root)) {
    await Deno.mkdir(dirname(join(copy, path)), { recursive: true });
    await Deno.copyFile(join(root, path), join(copy, path));
  }
  return copy;
}

/** Everything below `root` but its folders, as paths with `/`, sorted; links too, unfollowed. */
export async function filesBelow(root: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of walk(root, { includeDirs: false, followSymlinks: false })) {
    paths.push(entry.path.slice(root.length + 1).replaceAll("\\", "/"));
  }
  return paths.sort();
}

/** Fails unless both trees hold the same files with the same bytes. `ignore`: names directly below the roots. */
export async function assertSameTree(
  expected: string,
  actual: string,
  { ignore = [] }: { ignore?: readonly string[] } = {},
): Promise<void> {
  const wanted = (path: string) => !ignore.includes(path.split("/")[0] ?? "");
  const paths = (await filesBelow(expected)).filter(wanted);
  assertEquals((await filesBelow(actual)).filter(wanted), paths, `files of ${actual}`);
  for (const path of paths) await assertSameFile(join(expected, path), join(actual, path));
}

async function assertSameFile(expected: string, actual: string): Promise<void> {
  assert((await Deno.lstat(actual)).isFile, `${actual} is not a regular file`);
  using left = await Deno.open(expected);
  using right = await Deno.open(actual);
  assertEquals((await right.stat()).size, (await left.stat()).size, `size of ${actual}`);
  for (let offset = 0;; offset += BLOCK_BYTES) {
    const [a, b] = await Promise.all([readBlock(left), readBlock(right)]);
    assert(Buffer.compare(a, b) === 0, `${actual} differs between ${offset} and ${offset + BLOCK_BYTES}`);
    if (a.length === 0) return;
  }
}

async function readBlock(file: Deno.FsFile): Promise<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for (let read: number | null = 0; read !== null && filled < block.length; filled += read ?? 0) {
    read = await file.read(block.subarray(filled));
  }
  return block.subarray(0, filled);
}
