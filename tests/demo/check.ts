/**
 * Compares what arrived with what it came from, byte for byte. The first difference is an error that names the
 * file and the place.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { walk } from "../../src/base/std/fs.ts";
import { join, relative } from "../../src/base/std/path.ts";
import { contentOf, type Game } from "./games.ts";

const PIECE_BYTES = 1024 * 1024;

/** What was found equal. */
export interface Checked {
  files: number;
  folders: number;
  bytes: number;
}

/** Holds an install against the original content: the same files and folders, no more, no less, and every byte. */
export async function checkInstall(local_dir: string, game: Game, signal: AbortSignal): Promise<Checked> {
  const wanted = [
    ...game.files.map(({ path, size }) => `${path} (${size} bytes)`),
    ...game.folders.map((path) => `${path}/`),
  ];
  requireSame(local_dir, wanted, await listTree(local_dir));
  let bytes = 0;
  for (const { path, size } of game.files) {
    const content = contentOf(game, path);
    await compare(join(local_dir, path), size, (offset, length) => content.bytes(offset, length), signal);
    bytes += size;
  }
  return { files: game.files.length, folders: game.folders.length, bytes };
}

/** Holds the files of the game root `copy`, without its install, against those of `original`. */
export async function checkCopy(copy: string, original: string, signal: AbortSignal): Promise<Checked> {
  requireSame(copy, await listFiles(original), await listFiles(copy));
  const checked = { files: 0, folders: 0, bytes: 0 };
  for (const { name } of [...Deno.readDirSync(original)].filter((entry) => entry.isFile)) {
    using file = await Deno.open(join(original, name));
    const { size } = await file.stat();
    await compare(join(copy, name), size, (_, length) => readPiece(file, length), signal);
    checked.files++;
    checked.bytes += size;
  }
  return checked;
}

/** Adds up. */
export function total(checks: readonly Checked[]): Checked {
  return checks.reduce((a, b) => ({
    files: a.files + b.files,
    folders: a.folders + b.folders,
    bytes: a.bytes + b.bytes,
  }), { files: 0, folders: 0, bytes: 0 });
}

async function listTree(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of walk(root)) {
    const path = relative(root, entry.path).replaceAll("\\", "/");
    if (path === "") continue;
    found.push(entry.isDirectory ? `${path}/` : await describe(entry.path, path));
  }
  return found;
}

async function listFiles(root: string): Promise<string[]> {
  const files = [...Deno.readDirSync(root)].filter((entry) => entry.isFile);
  return await Promise.all(files.map(({ name }) => describe(join(root, name), name)));
}

async function describe(path: string, name: string): Promise<string> {
  const { isFile, size } = await Deno.lstat(path);
  return isFile ? `${name} (${size} bytes)` : `${name} (not a file)`;
}

function requireSame(root: string, wanted: readonly string[], found: readonly string[]): void {
  const missing = wanted.find((name) => !found.includes(name));
  if (missing !== undefined) throw new Error(`${root}: ${missing} is missing`);
  const extra = found.find((name) => !wanted.includes(name));
  if (extra !== undefined) throw new Error(`${root}: ${extra} should not be there`);
}

/** Reads the file at `path` to its end and holds it against `size` bytes that `original` gives. */
async function compare(
  path: string,
  size: number,
  original: (offset: number, length: number) => Uint8Array | Promise<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  using file = await Deno.open(path);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    signal.throwIfAborted();
    const length = Math.min(PIECE_BYTES, size - at);
    const wanted = await original(at, length);
    const found = await readPiece(file, length);
    if (Buffer.compare(found, wanted) === 0) continue;
    const differs = wanted.findIndex((byte, i) => byte !== found[i]);
    throw new Error(`${path} differs from the original at byte ${at + Math.max(0, differs)}`);
  }
}

/** The next `length` bytes, fewer at the end of the file. */
async function readPiece(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const piece = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await file.read(piece.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return piece.subarray(0, filled);
}
