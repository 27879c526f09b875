/**
 * The verdicts of a simulated download whose sources vote: the real evidence, arbiter and rulings, over simulated links.
 *
 * @module
 */

import { Arbiter, type Decision } from "../../../src/peer/download/arbiter.ts";
import { ChunkEvidence } from "../../../src/peer/download/evidence.ts";
import type { Part, ScheduleEvent } from "../../../src/peer/download/schedule.ts";
import { HashVotes } from "../../../src/peer/download/verify.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import type { PeerId, Sha256 } from "../../../src/proto/ids.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import type { Ledger } from "./ledger.ts";
import type { SimVotes, World } from "./world.ts";

/** What it needs of its simulation. */
export interface CourtOptions {
  readonly world: World;
  readonly votes: SimVotes;
  readonly ledger: Ledger;
  /** The sources that can be asked now. */
  usable(): readonly PeerId[];
  /** Fetches a chunk beside what is scheduled. */
  ask(peer_id: PeerId, chunk: Chunk, onAnswer: (came: boolean) => void): void;
  tell(event: ScheduleEvent): void;
}

/** One chunk at a time is contested, as in a real download. */
export class SimCourt {
  readonly #words: HashVotes;
  readonly #evidence: ChunkEvidence;
  readonly #arbiter: Arbiter;
  readonly #contested: { readonly chunk: Chunk; readonly parts: readonly Part[] }[] = [];

  constructor(readonly options: CourtOptions) {
    this.#words = new HashVotes(options.votes.files);
    this.#evidence = new ChunkEvidence(this.#words);
    this.#arbiter = new Arbiter(this.#evidence);
  }

  /** Sources tell their hashes before anything is asked of them. */
  joined(peer_ids: readonly PeerId[]): ScheduleEvent[] {
    const { world: { chunks }, votes } = this.options;
    for (const peer_id of peer_ids) {
      const told = new ChunkHashes(chunks.length);
      for (const chunk of chunks) {
        const hash = votes.told(peer_id, chunk);
        if (hash) told.set(this.#indexOf(chunk), hash);
      }
      if (!this.#evidence.isLiar(peer_id)) this.#words.add(peer_id, told.encode());
    }
    return peer_ids.map((peer_id) => {
      const wrong = this.#words.wrongAt(peer_id).flatMap((index) => chunks[index] ?? []);
      return { type: "avoid", peer_id, chunks: wrong };
    });
  }

  distrust(peer_id: PeerId): void {
    this.#evidence.distrust(peer_id);
  }

  /** A chunk is in its file, and hashed. */
  judge(chunk: Chunk, parts: readonly Part[]): void {
    const index = this.#indexOf(chunk);
    const senders = [...new Set(parts.map(({ peer_id }) => peer_id))];
    this.#evidence.arrived(index, this.#contentOf(chunk, parts), senders);
    const ruling = this.#arbiter.rule(index, this.options.usable());
    if (ruling.type !== "ask") return this.#decided(chunk, parts, this.#arbiter.decide(index, ruling));
    this.#contested.push({ chunk, parts });
    if (this.#contested.length === 1) this.#goOn();
  }

  #goOn(): void {
    const [contest] = this.#contested;
    if (!contest) return;
    const { chunk, parts } = contest;
    const index = this.#indexOf(chunk);
    const ruling = this.#arbiter.rule(index, this.options.usable());
    if (ruling.type !== "ask") {
      this.#contested.shift();
      this.#decided(chunk, parts, this.#arbiter.decide(index, ruling));
      return this.#goOn();
    }
    const { peer_id } = ruling;
    this.#arbiter.asked(index, peer_id);
    this.options.ledger.witnesses(peer_id, chunk);
    this.options.ask(peer_id, chunk, (came) => {
      if (came) this.#evidence.showed(index, peer_id, this.options.votes.sent(peer_id, chunk));
      this.#goOn();
    });
  }

  #decided(chunk: Chunk, parts: readonly Part[], { verdict, avoid, liars }: Decision): void {
    const { ledger, tell } = this.options;
    if (verdict === "corrupt" || verdict === "again") {
      ledger.judged(chunk, parts, verdict === "corrupt" ? "corrupt" : "disputed");
      for (const peer_id of avoid) tell({ type: "avoid", peer_id, chunks: [chunk] });
      tell({ type: verdict, chunk });
    } else {
      ledger.judged(chunk, parts, "kept");
      tell({ type: "verified", chunk });
    }
    for (const peer_id of liars) tell({ type: "distrusted", peer_id, reason: "the others differ" });
  }

  #contentOf(chunk: Chunk, parts: readonly Part[]): Sha256 {
    const hashes = new Set(parts.map(({ peer_id }) => this.options.votes.sent(peer_id, chunk)));
    const [all] = hashes;
    // Pieces of different copies make up what nobody has.
    return all && hashes.size === 1 ? all : "f".repeat(64) as Sha256;
  }

  #indexOf(chunk: Chunk): number {
    const index = this.#words.order.indexOf(chunk);
    if (index === undefined) throw new Error("no such chunk");
    return index;
  }
}
