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

/** A chunk that came, and who can be asked for its bytes. */
export interface Question {
  readonly chunk: Chunk;
  /** Its place in the order of the votes. */
  readonly index: number;
  usable(): readonly PeerId[];
  /** Whether the transfer is over. */
  readonly is_late: boolean;
}

/** The hash of a chunk's bytes at a source; `undefined` where they can't be had. */
export type AskForHash = (peer_id: PeerId, chunk: Chunk, signal: AbortSignal) => Promise<Sha256 | undefined>;

const VERIFIED: Decision = { verdict: "verified", avoid: [], liars: [], voters: [] };

/** Contested chunks wait for each other: who was wrong thrice has no vote on the next one, and nobody is asked because of it. */
export class Contests {
  readonly #arbiter: Arbiter;
  /** Over when nobody is asked. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(readonly evidence: ChunkEvidence, readonly ask: AskForHash) {
    this.#arbiter = new Arbiter(evidence);
  }

  /** Throws the signal's reason. */
  async decide(question: Question, signal: AbortSignal): Promise<Decision> {
    const { index, usable, is_late } = question;
    if (this.evidence.isUndisputed(index)) return VERIFIED;
    const ruling = this.#arbiter.rule(index, usable());
    if (ruling.type !== "ask") return this.#arbiter.decide(index, ruling, is_late);
    const contest = this.#running.then(() => this.#contest(question, signal));
    this.#running = contest.catch(() => {});
    return await contest;
  }

  async #contest({ chunk, index, usable, is_late }: Question, signal: AbortSignal): Promise<Decision> {
    while (true) {
      signal.throwIfAborted();
      const ruling = this.#arbiter.rule(index, usable());
      if (ruling.type !== "ask") return this.#arbiter.decide(index, ruling, is_late);
      this.#arbiter.asked(index, ruling.peer_id);
      const sha256 = await this.ask(ruling.peer_id, chunk, signal);
      if (sha256) this.evidence.showed(index, ruling.peer_id, sha256);
    }
  }
}
