/**
 * Decides on the chunks of one download, and asks other sources for their bytes where those that sent or told something
 * differ.
 *
 * Participants: `arbiter.ts` rules, `witness.ts` asks.
 *
 * @module
 */

import type { PeerId, Sha256 } from "../../proto/ids.ts";
import type { Chunk } from "../../proto/manifest.ts";
import { Arbiter, type Decision } from "./arbiter.ts";
import type { ChunkEvidence } from "./evidence.ts";
import { isLost } from "./failures.ts";
import type { Ruling } from "./ruling.ts";

/** A chunk that came, and who can be asked for its bytes. */
export interface Question {
  readonly chunk: Chunk;
  /** Its place in the order of the votes. */
  readonly index: number;
  usable(): readonly PeerId[];
  /** Whether the transfer is over. */
  readonly is_late: boolean;
}

/** A source that was out of reach so often when it was asked, or took too long, is asked no more. */
const MAX_SILENCES = 2;

/**
 * The hash of a chunk's bytes at a source; `undefined` where it has none to show now. Throws `connection_lost`,
 * `handshake_failed` and `timeout` where it is out of reach or takes too long, and the signal's reason.
 */
export type AskForHash = (peer_id: PeerId, chunk: Chunk, signal: AbortSignal) => Promise<Sha256 | undefined>;

const VERIFIED: Decision = { verdict: "verified", avoid: [], liars: [], voters: [] };

/** Contested chunks wait for each other: who was wrong thrice has no vote on the next one, and nobody is asked because of it. */
export class Contests {
  readonly #arbiter: Arbiter;
  /** Over when nobody is asked. */
  #running: Promise<unknown> = Promise.resolve();
  /** To wait for the same source at every chunk would take hours. */
  readonly #silences = new Map<PeerId, number>();

  constructor(readonly evidence: ChunkEvidence, readonly ask: AskForHash) {
    this.#arbiter = new Arbiter(evidence);
  }

  /** Throws the signal's reason. */
  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { index, is_late } = question;
    if (this.evidence.isUndisputed(index)) return VERIFIED;
    const ruling = this.#rule(question);
    if (ruling.type !== "ask") return this.#arbiter.decide(index, ruling, is_late);
    const contest = this.#running.then(() => this.#contest(question, signal));
    this.#running = contest.catch(() => {});
    return await contest;
  }

  #rule({ index, usable }: Question): Ruling {
    const may_answer = usable().filter((peer_id) => (this.#silences.get(peer_id) ?? 0) < MAX_SILENCES);
    return this.#arbiter.rule(index, may_answer);
  }

  async #contest(question: Question, signal: AbortSignal): Promise<Decision> {
    const { chunk, index, is_late } = question;
    while (true) {
      signal.throwIfAborted();
      const ruling = this.#rule(question);
      if (ruling.type !== "ask") return this.#arbiter.decide(index, ruling, is_late);
      this.#arbiter.asked(index, ruling.peer_id);
      const sha256 = await this.#hashAt(ruling.peer_id, chunk, signal);
      if (sha256) this.evidence.showed(index, ruling.peer_id, sha256);
    }
  }

  async #hashAt(peer_id: PeerId, chunk: Chunk, signal: AbortSignal): Promise<Sha256 | undefined> {
    try {
      return await this.ask(peer_id, chunk, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isLost(error)) throw error;
      this.#silences.set(peer_id, (this.#silences.get(peer_id) ?? 0) + 1);
      return undefined;
    }
  }
}
