/**
 * Whether the bytes that arrived are right: the hash of every chunk, computed from the disk, against what the sources
 * say of it.
 *
 * Participants: `verify.ts` counts the sources' words, the hashing worker reads the chunk back, `transfer.ts` does what
 * the verdict says. Goals: nothing that the majority calls wrong is ever committed; the transfer does not wait for
 * hashes. Non-goals: sources that know no hashes yet; what they send is `unknown`, and the download says so.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { abortable } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { isCode } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import { ChunkHashes } from "../../proto/chunk_hashes.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import { type Chunk, type Manifest, SENTINEL } from "../../proto/manifest.ts";
import type { FileRange, HashedRange } from "../../watch/hash_protocol.ts";
import type { MemoryFile } from "./sinks.ts";
import { parseVersionIni } from "../../watch/version_ini.ts";
import { HashVotes, type Verdict } from "./verify.ts";

/** The transfer begins without the words of those who take longer, in milliseconds. */
const FIRST_WORDS_MS = 500;
/** A chunk that is here waits this long for them, in milliseconds. */
const LATE_WORDS_MS = 5_000;

/** What verification needs of the rest of the peer. */
export interface VerificationPorts {
  game_dir: string;
  clock: Clock;
  /** What the peer says of the chunks of this manifest, as it travelled. */
  askHashes(peer_id: PeerId, manifest: Manifest, signal: AbortSignal): Promise<string>;
  /** Hashes a range of a file, soon. Throws `LanspreadError`. */
  hash(range: FileRange, signal: AbortSignal): Promise<HashedRange>;
}

/** What was found out about a chunk. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly sha256: Sha256;
}

/** The verification of one download. Disposing it ends the questions that are still open. */
export class Verification implements AsyncDisposable {
  readonly votes: HashVotes;
  readonly #manifest: Manifest;
  readonly #chunks: readonly Chunk[];
  readonly #ports: VerificationPorts;
  readonly #sentinel: MemoryFile;
  readonly #scope: Scope;
  readonly #asked = new Set<PeerId>();
  /** Who lied: its word counts no more, however late it comes. */
  readonly #liars = new Set<PeerId>();
  /** The hashes of what came, in the order of the chunks. */
  readonly #arrived: ChunkHashes;
  readonly #senders = new Map<Chunk, readonly PeerId[]>();
  #is_complete = false;
  #words: Promise<unknown> = Promise.resolve();

  /** `chunks` are those of the manifest; the sentinel's bytes lie in memory. */
  constructor(
    manifest: Manifest,
    chunks: readonly Chunk[],
    sentinel: MemoryFile,
    ports: VerificationPorts,
    signal: AbortSignal,
  ) {
    this.#chunks = chunks;
    this.votes = new HashVotes(manifest.files);
    this.#arrived = new ChunkHashes(this.votes.order.count);
    this.#manifest = manifest;
    this.#sentinel = sentinel;
    this.#ports = ports;
    // A peer that gives no answer has no vote.
    this.#scope = new Scope({ parent: signal, onError: () => {} });
  }

  /** Whether `recheck` found that every chunk is known to be right. */
  get isComplete(): boolean {
    return this.#is_complete;
  }

  /** Asks sources for their hashes, each once. Resolves when they have answered, or after half a second. */
  async ask(peer_ids: readonly PeerId[], signal: AbortSignal): Promise<void> {
    const answers = peer_ids.filter((peer_id) => !this.#asked.has(peer_id)).map((peer_id) => {
      const answered = Promise.withResolvers<void>();
      this.#asked.add(peer_id);
      this.#scope.spawn("hashes", (inner) => this.#askOne(peer_id, inner).finally(answered.resolve));
      return answered.promise;
    });
    // Who was asked before was waited for before.
    if (answers.length === 0) return;
    this.#words = Promise.all([this.#words, ...answers]);
    await this.#heard(FIRST_WORDS_MS, signal);
  }

  async #askOne(peer_id: PeerId, signal: AbortSignal): Promise<void> {
    const hashes = await this.#ports.askHashes(peer_id, this.#manifest, signal);
    if (!this.#liars.has(peer_id)) this.votes.add(peer_id, hashes);
  }

  async #heard(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const pause = this.#ports.clock.sleep(ms, AbortSignal.any([over.signal, signal])).catch(() => {});
    try {
      await abortable(Promise.race([this.#words, pause]), signal);
    } finally {
      over.abort();
    }
  }

  /** A source lied: its word counts no more. */
  distrust(peer_id: PeerId): void {
    this.#liars.add(peer_id);
    this.votes.remove(peer_id);
  }

  /** The chunks that the source has wrong by its own word. */
  wrongAt(peer_id: PeerId): Chunk[] {
    return this.#chunks.filter((chunk) => !this.votes.mayServe(peer_id, chunk));
  }

  /** All bytes of a chunk are in its file. `sources` sent them. Throws `LanspreadError` and the signal's reason. */
  async judge(chunk: Chunk, sources: readonly PeerId[], signal: AbortSignal): Promise<Judgement> {
    const [sha256] = await Promise.all([this.#hash(chunk, signal), this.#heard(LATE_WORDS_MS, signal)]);
    const is_wrong = chunk.path === SENTINEL && !this.#isSentinelRight();
    const verdict = is_wrong ? "corrupt" : this.votes.check(chunk, sha256, sources);
    this.#keep(chunk, sha256);
    this.#senders.set(chunk, sources);
    return { verdict, sha256 };
  }

  /** Who sent the chunk when it was judged last; nobody where it was here from before. */
  sendersOf(chunk: Chunk): readonly PeerId[] {
    return this.#senders.get(chunk) ?? [];
  }

  /** That one tells of itself whether it is wrong. */
  #isSentinelRight(): boolean {
    return parseVersionIni(this.#sentinel.bytes) === this.#manifest.version;
  }

  async #hash(chunk: Chunk, signal: AbortSignal): Promise<Sha256> {
    const { path, offset, length } = chunk;
    if (path === SENTINEL) {
      const bytes = this.#sentinel.bytes.subarray(offset, offset + length);
      return createHash("sha256").update(bytes).digest("hex") as Sha256;
    }
    const { game_dir, hash } = this.#ports;
    const file = `${this.#manifest.game_id}/${path}`;
    const range = { root: game_dir, path: file, offset, length, is_growing: true };
    // A worker that crashed is no reason to lose a download: the next one may do better.
    const hashed = await hash(range, signal).catch((error) => {
      if (!isCode(error, "internal")) throw error;
      return hash(range, signal);
    });
    return hashed.sha256;
  }

  /** A chunk is here from before. */
  resumed(chunk: Chunk, sha256: Sha256): void {
    this.#keep(chunk, sha256);
  }

  #keep(chunk: Chunk, sha256: Sha256): void {
    const index = this.votes.order.indexOf(chunk);
    if (index !== undefined) this.#arrived.set(index, sha256);
  }

  /**
   * Everything is here. Where some of it can't be judged the sources are asked once more: they may have computed their
   * hashes meanwhile. Gives the chunks that are wrong by what is known now: who came later had a word on them, too.
   */
  async recheck(peer_ids: readonly PeerId[], signal: AbortSignal): Promise<Chunk[]> {
    const wrong = this.#compare();
    if (this.isComplete) return wrong;
    this.#asked.clear();
    await this.ask(peer_ids, signal);
    return this.#compare();
  }

  #compare(): Chunk[] {
    this.#is_complete = true;
    return this.#chunks.filter((chunk, index) => {
      const expected = this.votes.expected(chunk);
      if (expected === undefined) this.#is_complete = false;
      return expected !== undefined && expected !== this.#arrived.get(index);
    });
  }

  /** Ends the questions that nobody has answered yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}
