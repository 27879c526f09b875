/**
 * What is known of each chunk of a download: what the sources told of it, what came, and who sent it. Pure.
 *
 * @module
 */

import { ChunkHashes } from "../../proto/chunk_hashes.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import type { Evidence } from "./ruling.ts";
import type { HashVotes } from "./verify.ts";

const NOBODY: readonly PeerId[] = [];

/** The evidence of one download. Chunks are named by their place in the order of the votes. */
export class ChunkEvidence {
  readonly #votes: HashVotes;
  /** The hashes of what lies in the files. */
  readonly #content: ChunkHashes;
  readonly #senders: (readonly PeerId[] | undefined)[];
  /** What single sources sent of a chunk beside that. */
  readonly #shown = new Map<number, Map<PeerId, Sha256>>();
  /** Who lied: neither its word nor its bytes count. */
  readonly #liars = new Set<PeerId>();

  constructor(votes: HashVotes) {
    this.#votes = votes;
    this.#content = new ChunkHashes(votes.order.count);
    this.#senders = new Array(votes.order.count).fill(undefined);
  }

  /** A chunk is in its file; nobody is named where it was here from before. */
  arrived(index: number, sha256: Sha256, senders: readonly PeerId[] = NOBODY): void {
    const [before] = this.sendersOf(index);
    const content = this.#content.get(index);
    if (before && content && this.sendersOf(index).length === 1) this.showed(index, before, content);
    this.#content.set(index, sha256);
    this.#senders[index] = senders;
    const [alone, ...others] = senders;
    if (alone && others.length === 0) this.#shown.get(index)?.delete(alone);
  }

  /** A source was asked for its bytes of the chunk, and these came. */
  showed(index: number, peer_id: PeerId, sha256: Sha256): void {
    const shown = this.#shown.get(index) ?? new Map<PeerId, Sha256>();
    this.#shown.set(index, shown.set(peer_id, sha256));
  }

  /** A source lied: nothing that it told or sent counts any more. */
  distrust(peer_id: PeerId): void {
    this.#liars.add(peer_id);
    this.#votes.remove(peer_id);
  }

  /** Whether the source lied. */
  isLiar(peer_id: PeerId): boolean {
    return this.#liars.has(peer_id);
  }

  /** Who sent what lies in the file; nobody where it was here from before. */
  sendersOf(index: number): readonly PeerId[] {
    return this.#senders[index] ?? NOBODY;
  }

  /** Whether the chunk is known, some source told its hash, and nothing that anybody told or sent is different. */
  isUndisputed(index: number): boolean {
    if (!this.#content.has(index) || this.#shown.has(index)) return false;
    let is_told = false;
    for (const words of this.#votes.words.values()) {
      if (!words.has(index)) continue;
      if (!words.isSame(index, this.#content)) return false;
      is_told = true;
    }
    return is_told;
  }

  /** What is known of a chunk; `undefined` where it did not come yet. */
  of(index: number): Evidence | undefined {
    const content = this.#content.get(index);
    if (content === undefined) return undefined;
    const senders = this.sendersOf(index);
    const sent = this.#sentBySingles(index, content);
    const votes = new Map(sent);
    const told = new Set<Sha256>();
    const contradicting: PeerId[] = [];
    for (const [peer_id, words] of this.#votes.words) {
      const word = words.get(index);
      if (word === undefined) continue;
      if ((sent.get(peer_id) ?? word) === word) {
        votes.set(peer_id, word);
        told.add(word);
      } else {
        votes.delete(peer_id);
        contradicting.push(peer_id);
      }
    }
    const is_from_liar = senders.some((peer_id) => this.#liars.has(peer_id));
    return { content, senders, votes, told, contradicting, is_from_liar };
  }

  #sentBySingles(index: number, content: Sha256): Map<PeerId, Sha256> {
    const sent = new Map(this.#shown.get(index));
    const [alone, ...others] = this.sendersOf(index);
    if (alone && others.length === 0) sent.set(alone, content);
    for (const peer_id of sent.keys()) if (this.#liars.has(peer_id)) sent.delete(peer_id);
    return sent;
  }
}
