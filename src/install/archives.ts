/**
 * Which files of a game root are its archives.
 *
 * @module
 */

import { join } from "../base/std/path.ts";
import { compareText } from "../proto/ids.ts";
import { isContinuationVolume, VOLUME_HEADER_BYTES } from "./rar_header.ts";

/**
 * The archives to unpack: regular `*.eti` files directly in `game_root` (the ending in any case), in name order,
 * as absolute paths where `game_root` is one. Of an archive in several volumes only the first is listed, told by
 * its header; unpacking it opens the others. Links are left out. Throws what the file system throws.
 */
export async function findArchives(game_root: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(game_root)) {
    if (entry.isFile && /\.eti$/i.test(entry.name)) names.push(entry.name);
  }
  const archives: string[] = [];
  for (const name of names.sort(compareText)) {
    const path = join(game_root, name);
    if (!isContinuationVolume(await readHead(path))) archives.push(path);
  }
  return archives;
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(VOLUME_HEADER_BYTES);
  let filled = 0;
  for (let read: number | null = 0; read !== null && filled < head.length; filled += read ?? 0) {
    read = await file.read(head.subarray(filled));
  }
  return head.subarray(0, filled);
}
