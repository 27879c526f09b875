/**
 * The books of a simulated download: which bytes came from whom, and what came in vain. What must never be is an error
 * as soon as it is.
 *
 * @module
 */

import { MAX_WITNESSES } from "../../../src/peer/download/ruling.ts";
import type { Assignment, Part } from "../../../src/peer/download/schedule.ts";
import type { PeerId } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import type { Transfer } from "./sim_source.ts";
import type { World } from "./world.ts";

const MAX_REQUESTS = 32;

/** One download's books. */
export class Ledger {
  readonly #committed = new Set<Chunk>();
  readonly #used = new Map<PeerId, number>();
  /** Bytes that were found to be wrong, by source. */
  readonly #corrupt = new Map<PeerId, number>();
  /** Bytes that came because sources differ, and were not kept. */
  readonly #disputed = new Map<PeerId, number>();
  /** Who was asked about which chunk. */
  readonly contested = new Map<Chunk, Set<PeerId>>();
  /** What sources were asked about, and is wrong all the same. */
  readonly kept_wrong: Chunk[] = [];
  /** Bytes that left each source. */
  sent: ReadonlyMap<PeerId, number> = new Map();

  constructor(readonly world: World) {}

  /** All bytes that were found to be wrong. */
  get corrupt_bytes(): number {
    return sumOf(this.#corrupt);
  }

  /** All bytes that came because sources differ, and were not kept. */
  get disputed_bytes(): number {
    return sumOf(this.#disputed);
  }

  /** A range is asked for while these are under way. */
  starts({ peer_id, path, offset, length }: Assignment, running: readonly Transfer[]): void {
    const at_source = running.filter((other) => other.assignment.peer_id === peer_id);
    if (at_source.length >= MAX_REQUESTS) throw new Error(`${peer_id} is asked too often at a time`);
    if (length > CHUNK_BYTES) throw new Error("a range is too long");
    for (const { assignment, limit } of running) {
      if (assignment.path !== path) continue;
      const apart = assignment.offset + limit <= offset || offset + length <= assignment.offset;
      if (!apart) throw new Error(`${path} ${offset}+${length} is asked for twice`);
    }
  }

  /** A chunk is said to be here: every byte of it exactly once. */
  checks(chunk: Chunk, parts: readonly Part[]): void {
    if (this.#committed.has(chunk)) throw new Error(`${chunk.path} ${chunk.offset} comes again`);
    let at = chunk.offset;
    for (const { path, offset, length } of parts) {
      if (path !== chunk.path || offset !== at) {
        throw new Error(`${chunk.path} ${chunk.offset} has a gap at ${at}`);
      }
      at += length;
    }
    if (at !== chunk.offset + chunk.length) throw new Error(`${chunk.path} ${chunk.offset} ends at ${at}`);
  }

  /** Whether no part of a chunk was sent by somebody who has it wrong. */
  isRight(chunk: Chunk, parts: readonly Part[]): boolean {
    return !parts.some(({ peer_id, length }) => length > 0 && this.world.isLie(peer_id, chunk));
  }

  /** The chunk is kept, or thrown away: because it is wrong, or because it was disputed and nobody is to blame. */
  judged(chunk: Chunk, parts: readonly Part[], verdict: "kept" | "corrupt" | "disputed"): void {
    const book = { kept: this.#used, corrupt: this.#corrupt, disputed: this.#disputed }[verdict];
    for (const { peer_id, length } of parts) book.set(peer_id, (book.get(peer_id) ?? 0) + length);
    if (verdict !== "kept") return;
    this.#committed.add(chunk);
    if (this.contested.has(chunk) && !this.isRight(chunk, parts)) this.kept_wrong.push(chunk);
  }

  /** A source is asked for its bytes of a chunk on which others differ. */
  witnesses(peer_id: PeerId, chunk: Chunk): void {
    const asked = this.contested.get(chunk) ?? new Set();
    if (asked.has(peer_id)) throw new Error(`${peer_id} is asked twice about ${chunk.path} ${chunk.offset}`);
    if (asked.size === MAX_WITNESSES) throw new Error("too many are asked about one chunk");
    this.contested.set(chunk, asked.add(peer_id));
    this.#disputed.set(peer_id, (this.#disputed.get(peer_id) ?? 0) + chunk.length);
  }

  /** Everything is here. */
  close(): void {
    const missing = this.world.chunks.filter((chunk) =>
      !this.#committed.has(chunk) && !this.world.done.has(chunk)
    );
    if (missing.length > 0) throw new Error(`${missing.length} chunks are missing`);
  }

  /** Bytes of a source that were found to be wrong. */
  corruptOf(peer_id: PeerId): number {
    return this.#corrupt.get(peer_id) ?? 0;
  }

  /** Bytes that left a source and were of no use, beside those that were wrong or disputed. */
  wasteOf(peer_id: PeerId): number {
    const wanted = (this.#used.get(peer_id) ?? 0) + (this.#disputed.get(peer_id) ?? 0);
    return (this.sent.get(peer_id) ?? 0) - wanted - this.corruptOf(peer_id);
  }
}

function sumOf(bytes: ReadonlyMap<PeerId, number>): number {
  return bytes.values().reduce((sum, own) => sum + own, 0);
}
