/**
 * Which bytes of which chunk are here, on their way, or wait for a source. Pure.
 *
 * A chunk is one piece until it is cut: a range that was left unfinished, or of which another source takes the end,
 * leaves a piece that waits. A chunk is here when no piece of it is open, and done when it was found to be right.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import type { Chunk } from "../../proto/manifest.ts";
import type { Part } from "./schedule.ts";

/** One chunk that was begun. */
export interface OpenChunk {
  readonly chunk: Chunk;
  /** What is here, in the order it came. */
  parts: Part[];
  /** Pieces that wait or are on their way. */
  open_pieces: number;
  /** All of it has to come from one source, so that it is clear who is to blame where it is wrong. */
  is_whole: boolean;
  /** Sources that failed with it; they are asked again only when no other is left. */
  readonly avoided: Set<PeerId>;
  /** Sources that sent it wrong; they are asked again only when there is no other, sound or not. */
  readonly liars: Set<PeerId>;
}

/** Bytes of a chunk that wait for a source. The offset counts from the beginning of the file. */
export interface Piece {
  readonly of: OpenChunk;
  readonly offset: number;
  readonly length: number;
}

/** How much something is to fetch. */
export interface Work {
  readonly bytes: number;
  readonly requests: number;
}

/** Whether a piece is all of its chunk. */
export function isEntire({ of, length }: Piece): boolean {
  return length === of.chunk.length;
}

/** All chunks of one download. */
export class ChunkBook {
  /** Chunks that nobody was asked for yet, the first one last: taking it costs nothing. */
  readonly #fresh: Chunk[];
  /** Pieces that go before them, the next one last. */
  readonly #returned: Piece[] = [];
  /** Who is not to be asked for which of them. */
  readonly #avoided = new Map<Chunk, Set<PeerId>>();
  /** Chunks that are begun and not done. */
  readonly #begun = new Map<Chunk, OpenChunk>();
  #waiting_bytes = 0;
  #done_bytes = 0;

  /** `done` are chunks of the same list that need not come again. */
  constructor(chunks: Iterable<Chunk>, done: ReadonlySet<Chunk>) {
    this.#fresh = [];
    for (const chunk of chunks) {
      if (done.has(chunk)) this.#done_bytes += chunk.length;
      else this.#fresh.push(chunk);
    }
    this.#fresh.reverse();
    for (const { length } of this.#fresh) this.#waiting_bytes += length;
  }

  /** Whether every chunk is done. */
  get isDone(): boolean {
    return this.#fresh.length === 0 && this.#begun.size === 0;
  }

  /** Whether a piece waits for a source. */
  get hasWaiting(): boolean {
    return this.#returned.length > 0 || this.#fresh.length > 0;
  }

  /** Whether chunks are here that nobody has judged yet. */
  get hasUnjudged(): boolean {
    return this.#begun.values().some(({ open_pieces }) => open_pieces === 0);
  }

  /** All waiting pieces. */
  get waiting(): Work {
    return { bytes: this.#waiting_bytes, requests: this.#returned.length + this.#fresh.length };
  }

  /** Bytes that are here, judged or not. */
  get done_bytes(): number {
    return this.#done_bytes;
  }

  /** The next waiting piece that suits; it still waits afterwards. */
  find(suits: (piece: Piece) => boolean): Piece | undefined {
    const returned = this.#returned.findLast(suits);
    if (returned) return returned;
    const chunk = this.#fresh.at(-1);
    const piece = chunk && entirePiece(openChunk(chunk, this.#avoided.get(chunk)));
    return piece && suits(piece) ? piece : undefined;
  }

  /** Others than this source are asked for these chunks while there are any. */
  avoid(peer_id: PeerId, chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      const begun = this.#begun.get(chunk)?.avoided;
      const avoided = begun ?? this.#avoided.get(chunk) ?? new Set();
      avoided.add(peer_id);
      if (!begun) this.#avoided.set(chunk, avoided);
    }
  }

  /** A source takes a piece that `find` gave. */
  take(piece: Piece): void {
    const at = this.#returned.lastIndexOf(piece);
    if (at >= 0) this.#returned.splice(at, 1);
    else {
      this.#fresh.pop();
      this.#begun.set(piece.of.chunk, piece.of);
    }
    this.#waiting_bytes -= piece.length;
  }

  /** A piece waits for another source, before all others. */
  giveBack(piece: Piece): void {
    this.#returned.push(piece);
    this.#waiting_bytes += piece.length;
  }

  /** Bytes of a chunk become a piece of their own. */
  split(piece: Piece): void {
    piece.of.open_pieces++;
    this.giveBack(piece);
  }

  /** Bytes are here. */
  keep(of: OpenChunk, part: Part): void {
    of.parts.push(part);
    this.#done_bytes += part.length;
  }

  /** A piece is here as a whole; `true` when it was the last one of its chunk. */
  close(of: OpenChunk): boolean {
    of.open_pieces--;
    return of.open_pieces === 0;
  }

  /** The chunk is right. Gives its sources. */
  done(chunk: Chunk): PeerId[] {
    const of = this.#begun.get(chunk);
    this.#begun.delete(chunk);
    return of ? sourcesOf(of) : [];
  }

  /** The chunk is wrong: it comes again, from one source where it was not clear whose bytes were. Gives its sources. */
  redo(chunk: Chunk): PeerId[] {
    const of = this.#begun.get(chunk);
    if (!of || of.open_pieces > 0) return [];
    const sources = sourcesOf(of);
    const [liar, ...others] = sources;
    if (liar && others.length === 0) of.liars.add(liar);
    this.#reopen(of, others.length > 0);
    return sources;
  }

  /** The chunk comes again, all of it from one source; nobody is to blame. */
  again(chunk: Chunk): void {
    const of = this.#begun.get(chunk);
    if (of?.open_pieces === 0) this.#reopen(of, true);
  }

  #reopen(of: OpenChunk, is_whole: boolean): void {
    for (const { length } of of.parts) this.#done_bytes -= length;
    of.parts = [];
    of.is_whole = is_whole;
    this.split(entirePiece(of));
  }

  /** Whatever this source sent of chunks that are not complete comes again. */
  distrust(peer_id: PeerId): void {
    for (const of of this.#begun.values()) {
      if (of.open_pieces === 0) continue;
      const bad = of.parts.filter((part) => part.peer_id === peer_id);
      of.parts = of.parts.filter((part) => part.peer_id !== peer_id);
      for (const { offset, length } of bad) {
        this.#done_bytes -= length;
        this.split({ of, offset, length });
      }
    }
  }
}

/** All of a chunk as one piece. */
export function entirePiece(of: OpenChunk): Piece {
  return { of, offset: of.chunk.offset, length: of.chunk.length };
}

/** The parts of a complete chunk in order; neighbours that came from one source are one part. */
export function joinParts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts.toSorted((a, b) => a.offset - b.offset)) {
    const before = joined.at(-1);
    if (before?.peer_id !== part.peer_id) joined.push(part);
    else {
      const [length, seconds] = [before.length + part.length, before.seconds + part.seconds];
      joined[joined.length - 1] = { ...before, length, seconds };
    }
  }
  return joined;
}

function sourcesOf({ parts }: OpenChunk): PeerId[] {
  return [...new Set(parts.map(({ peer_id }) => peer_id))];
}

function openChunk(chunk: Chunk, avoided = new Set<PeerId>()): OpenChunk {
  return { chunk, parts: [], open_pieces: 1, is_whole: false, avoided, liars: new Set() };
}
