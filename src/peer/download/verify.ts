/**
 * What the sources say of the hashes of a game's chunks, before any of them has come. Pure.
 *
 * A chunk's expected hash is the one that most name. Where two different hashes are named equally often, none is
 * expected: between one word and another nobody can tell who is wrong, and to trust either would let one damaged copy
 * shut out a good one. It decides whom to ask, and what of an earlier try is of use; whether what came is right is
 * ruled by `ruling.ts`, to which what the sources sent is a vote as well. A peer has one word, however often it answers.
 *
 * @module
 */

import { ChunkHashes } from "../../proto/chunk_hashes.ts";
import { ChunkOrder } from "../../proto/chunk_order.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import type { Chunk, ManifestFile } from "../../proto/manifest.ts";
import { MAX_WITNESSES, ruleOn } from "./ruling.ts";

/** The votes of one download. Memory: 32 bytes a chunk for each source that answered, and once more. */
export class HashVotes {
  /** Where each chunk stands in what travels. */
  readonly order: ChunkOrder;
  readonly #by_peer = new Map<PeerId, ChunkHashes>();
  /** What was counted since the last vote came. */
  #counted: ChunkHashes;
  #is_counted: Uint8Array;

  /** `files` are those of the manifest, in its order. */
  constructor(files: readonly ManifestFile[]) {
    this.order = new ChunkOrder(files);
    this.#counted = new ChunkHashes(this.order.count);
    this.#is_counted = new Uint8Array(this.order.count);
  }

  /** A source answered `get_hashes`: `hashes` as they travelled. What is too long for the game is left out. */
  add(peer_id: PeerId, hashes: string): void {
    this.#by_peer.set(peer_id, ChunkHashes.decode(hashes, this.order.count));
    this.#recount();
  }

  /** The source is not used any more: its word does not count either. */
  remove(peer_id: PeerId): void {
    if (this.#by_peer.delete(peer_id)) this.#recount();
  }

  #recount(): void {
    this.#counted = new ChunkHashes(this.order.count);
    this.#is_counted.fill(0);
  }

  /** The hash that the chunk should have, or `undefined` where nobody knows or equally many disagree. */
  expected(chunk: Chunk): Sha256 | undefined {
    const index = this.order.indexOf(chunk);
    return index === undefined ? undefined : this.#expectedAt(index);
  }

  /**
   * Whether a chunk of this hash is wrong by what was told, whatever those of the sources may still send that told
   * nothing of it. Where they could change it, they have to be asked first.
   */
  isOutvoted(chunk: Chunk, sha256: Sha256, sources: readonly PeerId[]): boolean {
    const expected = this.expected(chunk);
    const index = this.order.indexOf(chunk);
    if (index === undefined || expected === undefined || expected === sha256) return false;
    const words = [...this.#by_peer].map(([peer_id, hashes]) => [peer_id, hashes.get(index)] as const);
    const votes = new Map(words.flatMap(([peer_id, word]) => word === undefined ? [] : [[peer_id, word]]));
    const told = new Set(votes.values());
    const evidence = { content: sha256, senders: [], votes, told, contradicting: [], is_from_liar: false };
    const silent = sources.filter((peer_id) => !votes.has(peer_id));
    return ruleOn(evidence, { silent, room: MAX_WITNESSES, may_come_again: false }).type === "corrupt";
  }

  #expectedAt(index: number): Sha256 | undefined {
    if (!this.#is_counted[index]) {
      const winner = this.#agreed(index)?.get(index) ??
        mostVotes([...this.#by_peer.values()].flatMap((hashes) => hashes.get(index) ?? []));
      if (winner) this.#counted.set(index, winner);
      this.#is_counted[index] = 1;
    }
    return this.#counted.get(index);
  }

  /** The words of one source that told the chunk's hash, where no other one told another hash. */
  #agreed(index: number): ChunkHashes | undefined {
    let first: ChunkHashes | undefined;
    for (const hashes of this.#by_peer.values()) {
      if (!hashes.has(index)) continue;
      first ??= hashes;
      if (!first.isSame(index, hashes)) return undefined;
    }
    return first;
  }

  /** The places of the chunks that it makes no sense to ask the source for: by its own word it has something else. */
  wrongAt(peer_id: PeerId): number[] {
    const own = this.#by_peer.get(peer_id);
    if (!own) return [];
    const others = [...this.#by_peer.values()];
    const wrong: number[] = [];
    for (let index = 0; index < own.length; index++) {
      // Almost always all say the same, and there may be 200,000 chunks.
      if (!own.has(index) || others.every((hashes) => own.isSame(index, hashes) || !hashes.has(index))) {
        continue;
      }
      const expected = this.#expectedAt(index);
      if (expected !== undefined && own.get(index) !== expected) wrong.push(index);
    }
    return wrong;
  }

  /** What each source said that said anything, chunk by chunk. */
  get words(): ReadonlyMap<PeerId, ChunkHashes> {
    return this.#by_peer;
  }
}

/** The hash that was named most often; `undefined` where there is none, or where two share the first place. */
export function mostVotes(votes: readonly Sha256[]): Sha256 | undefined {
  if (votes.every((vote) => vote === votes[0])) return votes[0];
  const counts = new Map<Sha256, number>();
  for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  return first && first[1] !== second?.[1] ? first[0] : undefined;
}
