/**
 * What a downloader told of the parts that it fetched, held against the files that it had to fetch.
 *
 * Goals: each byte is accounted for, whoever sent it and however it was cut: a source may take over what another one
 * left of a chunk. Non-goals: what lies on the disk; `assertSameTree` looks at that.
 *
 * ```ts ignore
 * const parts = chunksTold(bob, "alienswarm");
 * await assertWhole(root, parts);
 * assertGreater(bytesBy(parts, alice), 0);
 * ```
 *
 * @module
 */

import type { PeerId } from "../../src/proto/ids.ts";
import { assertEquals } from "./assert.ts";
import { filesBelow } from "./games.ts";
import type { EventOf, PeerProcess } from "./swarm.ts";

/** Bytes from `offset` to before `end` of one file. */
interface Range {
  path: string;
  offset: number;
  end: number;
}

/** A part of a file that a source sent. */
export type Told = EventOf<"download-chunk-finished">;

/** The parts of one game that a peer told of, from line `from` on. */
export function chunksTold(peer: PeerProcess, game_id: string, from = 0): Told[] {
  return peer.eventsOf("download-chunk-finished", from).filter((part) => part.game_id === game_id);
}

/** How many bytes the parts hold together. */
export function bytesOf(parts: readonly { length: number }[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** How many bytes of the parts one source sent. */
export function bytesBy(parts: readonly Told[], source: { peer_id: PeerId }): number {
  return bytesOf(parts.filter(({ peer_id }) => peer_id === source.peer_id));
}

/** Fails where a byte was told twice. */
export function assertNoneTwice(parts: readonly Told[]): void {
  const before = new Map<string, Range>();
  for (const range of inOrder(parts)) {
    const last = before.get(range.path);
    if (last && last.end > range.offset) throw new Error(`told twice: ${show(last)} and ${show(range)}`);
    before.set(range.path, range);
  }
}

/** Fails unless the parts are the files below `root`, each byte once and nothing else. */
export async function assertWhole(root: string, parts: readonly Told[]): Promise<void> {
  assertNoneTwice(parts);
  assertEquals(await missing(root, parts), []);
  assertEquals(bytesOf(parts), await bytesBelow(root));
}

/** The bytes of the files below `root` that none of the parts holds, told as `path offset end`. */
export async function missing(root: string, parts: readonly Told[]): Promise<string[]> {
  return (await gaps(root, parts)).map(show);
}

/** How many bytes of the files below `root` none of the parts holds. */
export async function bytesMissing(root: string, parts: readonly Told[]): Promise<number> {
  return (await gaps(root, parts)).reduce((sum, { offset, end }) => sum + end - offset, 0);
}

/** The size of all files below `root`. */
export async function bytesBelow(root: string): Promise<number> {
  return await bytesMissing(root, []);
}

async function gaps(root: string, parts: readonly Told[]): Promise<Range[]> {
  const ranges = inOrder(parts);
  const found: Range[] = [];
  for (const path of await filesBelow(root)) {
    const { size } = await Deno.stat(`${root}/${path}`);
    let at = 0;
    for (const { offset, end } of ranges.filter((range) => range.path === path)) {
      if (offset > at) found.push({ path, offset: at, end: offset });
      at = Math.max(at, end);
    }
    if (at < size) found.push({ path, offset: at, end: size });
  }
  return found;
}

function inOrder(parts: readonly Told[]): Range[] {
  return parts.map(({ path, offset, length }) => ({ path, offset, end: offset + length }))
    .sort((a, b) => a.offset - b.offset);
}

function show({ path, offset, end }: Range): string {
  return `${path} ${offset} ${end}`;
}
