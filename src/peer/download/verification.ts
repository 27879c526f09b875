/**
 * Whether the bytes that arrived are right: the hash of every chunk, computed from the disk, against what the sources
 * say of it and what they send of it.
 *
 * Participants: `verify.ts` keeps the sources' words, `evidence.ts` what came, `contests.ts` decides, and has
 * another source asked for its bytes where the sources differ; the hashing worker reads the chunk back, and `transfer.ts`
 * does what the verdict says. Goals: nothing that the majority calls wrong is ever committed, and no source
 * is a majority by itself; the transfer does not wait for hashes. Non-goals: sources that know no hashes yet; what they
 * send is `unknown`, and the download says so.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { abortable } from "../../base/abort.ts";
import { isCode } from "../../base/errors.ts";
import { nextTurn } from "../../base/turns.ts";
import { Scope } from "../../base/scope.ts";
import type { PeerId, Sha256 } from "../../proto/ids.ts";
import { type Chunk, type Manifest, SENTINEL } from "../../proto/manifest.ts";
import type { FileRange, HashedRange } from "../../watch/hash_protocol.ts";
import { type Decision, isToComeAgain } from "./arbiter.ts";
import { Contests } from "./contests.ts";
import { ChunkEvidence } from "./evidence.ts";
import type { MemoryFile } from "./sinks.ts";
import { parseVersionIni } from "../../watch/version_ini.ts";
import { HashVotes } from "./verify.ts";
import { hashAtSource, type WitnessPorts } from "./witness.ts";

/** The transfer begins without the words of those who take longer, in milliseconds. */
const FIRST_WORDS_MS = 500;
/** A chunk that is here waits this long for them, in milliseconds. */
const LATE_WORDS_MS = 5_000;
/** So many chunks are looked at before the peer does other things. */
const LOOKS_AT_ONCE = 4_096;

/** What verification needs of the rest of the peer. */
export interface VerificationPorts extends WitnessPorts {
  game_dir: string;
  /** What the peer says of the chunks of this manifest, as it travelled. */
  askHashes(peer_id: PeerId, manifest: Manifest, signal: AbortSignal): Promise<string>;
  /** Hashes a range of a file, soon. Throws `LanspreadError`. */
  hash(range: FileRange, signal: AbortSignal): Promise<HashedRange>;
}

/** What was found out about a chunk. */
export interface Judgement extends Decision {
  readonly sha256: Sha256;
}

/** What a last look at all chunks found. */
export interface Recheck {
  /** What has to be told of which chunks, or done about them; of all others nothing. */
  readonly findings: ReadonlyMap<Chunk, Decision>;
  /** Who was found to lie. */
  readonly liars: ReadonlySet<PeerId>;
  /** Whether every chunk is known to be right. */
  readonly is_complete: boolean;
}

const CORRUPT: Decision = { verdict: "corrupt", avoid: [], liars: [], voters: [] };

/** The verification of one download. Disposing it ends the questions that are still open. */
export class Verification implements AsyncDisposable {
  readonly votes: HashVotes;
  readonly #manifest: Manifest;
  readonly #chunks: readonly Chunk[];
  readonly #ports: VerificationPorts;
  readonly #sentinel: MemoryFile;
  readonly #scope: Scope;
  readonly #asked = new Set<PeerId>();
  readonly #evidence: ChunkEvidence;
  readonly #contests: Contests;
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
    this.#evidence = new ChunkEvidence(this.votes);
    const ask = (peer_id: PeerId, chunk: Chunk, signal: AbortSignal) =>
      hashAtSource(peer_id, manifest, chunk, ports, signal);
    this.#contests = new Contests(this.#evidence, ask);
    this.#manifest = manifest;
    this.#sentinel = sentinel;
    this.#ports = ports;
    // A peer that gives no answer has no vote.
    this.#scope = new Scope({ parent: signal, onError: () => {} });
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
    // However late it comes: the word of one who lied counts no more.
    if (!this.#evidence.isLiar(peer_id)) this.votes.add(peer_id, hashes);
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
    this.#evidence.distrust(peer_id);
  }

  /** The chunks that the source has wrong by its own word. */
  wrongAt(peer_id: PeerId): Chunk[] {
    return this.votes.wrongAt(peer_id).flatMap((index) => this.#chunks[index] ?? []);
  }

  /**
   * All bytes of a chunk are in its file. `sources` sent them, `usable` says who can be asked for theirs. Throws
   * `LanspreadError` and the signal's reason.
   */
  async judge(
    chunk: Chunk,
    sources: readonly PeerId[],
    usable: () => readonly PeerId[],
    signal: AbortSignal,
  ): Promise<Judgement> {
    const [sha256] = await Promise.all([this.#hash(chunk, signal), this.#heard(LATE_WORDS_MS, signal)]);
    if (chunk.path === SENTINEL && !this.#isSentinelRight()) return { ...CORRUPT, sha256 };
    const index = this.#indexOf(chunk);
    this.#evidence.arrived(index, sha256, sources);
    return { ...await this.#contests.decide({ chunk, index, usable, is_late: false }, signal), sha256 };
  }

  #indexOf(chunk: Chunk): number {
    const index = this.votes.order.indexOf(chunk);
    if (index === undefined) throw new RangeError(`${chunk.path} has no chunk at ${chunk.offset}`);
    return index;
  }

  /** Who sent the chunk when it was judged last; nobody where it was here from before. */
  sendersOf(chunk: Chunk): readonly PeerId[] {
    return this.#evidence.sendersOf(this.#indexOf(chunk));
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
    this.#evidence.arrived(this.#indexOf(chunk), sha256);
  }

  /**
   * Everything is here. Where some of it can't be judged, or is disputed, the sources are asked once more: they may have
   * computed their hashes meanwhile. Then all is judged by what is known now: who came later had a word on it, too.
   */
  async recheck(peer_ids: readonly PeerId[], signal: AbortSignal): Promise<Recheck> {
    const is_settled = await this.#isAllUndisputed(signal);
    if (is_settled) return { findings: new Map(), liars: new Set(), is_complete: true };
    this.#asked.clear();
    await this.ask(peer_ids, signal);
    return await this.#judgeAll(peer_ids, signal);
  }

  async #isAllUndisputed(signal: AbortSignal): Promise<boolean> {
    for await (const _ of this.#doubtful(new Map(), signal)) return false;
    return true;
  }

  /** The chunks that are kept so far, and that somebody disputes or nobody can judge. */
  async *#doubtful(
    findings: ReadonlyMap<Chunk, Decision>,
    signal: AbortSignal,
  ): AsyncGenerator<[number, Chunk]> {
    for (const [index, chunk] of this.#chunks.entries()) {
      if (index % LOOKS_AT_ONCE === LOOKS_AT_ONCE - 1) await nextTurn(signal);
      const finding = findings.get(chunk);
      const is_kept = !finding || !isToComeAgain(finding);
      if (is_kept && !this.#evidence.isUndisputed(index)) yield [index, chunk];
    }
  }

  /** Who is found to lie vouches for nothing any more, not even for what was looked at before. */
  async #judgeAll(peer_ids: readonly PeerId[], signal: AbortSignal): Promise<Recheck> {
    const findings = new Map<Chunk, Decision>();
    const liars = new Set<PeerId>();
    const usable = () => peer_ids.filter((peer_id) => !this.#evidence.isLiar(peer_id));
    for (let is_complete = true;; is_complete = true) {
      const known_liars = liars.size;
      for await (const [index, chunk] of this.#doubtful(findings, signal)) {
        const question = { chunk, index, usable, is_late: true };
        const decision = await this.#contests.decide(question, signal);
        for (const peer_id of decision.liars) liars.add(peer_id);
        const { verdict } = decision;
        is_complete &&= verdict === "verified";
        if (verdict === "verified") findings.delete(chunk);
        else if (verdict !== "unknown") findings.set(chunk, decision);
      }
      if (liars.size === known_liars) {
        return { findings, liars, is_complete: is_complete && findings.size === 0 };
      }
    }
  }

  /** Ends the questions that nobody has answered yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}
