/**
 * Rules on the chunks of one download, and remembers who was asked about which and whose word was wrong. Pure.
 *
 * ```ts ignore
 * let ruling = arbiter.rule(index, usable);
 * for (; ruling.type === "ask"; ruling = arbiter.rule(index, usable)) await arbiter.asked(index, ruling.peer_id);
 * const { verdict } = arbiter.decide(index, ruling);
 * ```
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import type { ChunkEvidence } from "./evidence.ts";
import { MAX_WITNESSES, ruleOn, type Ruling } from "./ruling.ts";

/** A source that was wrong so often is not believed any more. */
const MAX_STRIKES = 3;
const NOBODY: readonly PeerId[] = [];

/**
 * What becomes of a chunk. `unknown`: nobody says what it should be, or it was told as disputed before. `disputed`: it
 * is kept, though the sources differ. `again`: it comes once more, and nobody is to blame.
 */
export type Verdict = "verified" | "unknown" | "disputed" | "corrupt" | "again";

/** A decision, and what follows of it. */
export interface Decision {
  readonly verdict: Verdict;
  /** Who is not to be asked for the chunk while there are others. */
  readonly avoid: readonly PeerId[];
  /** Who was wrong once too often, and is not believed from now on. */
  readonly liars: readonly PeerId[];
  /** Where it is disputed: all who have a vote. */
  readonly voters: readonly PeerId[];
}

/** Whether the chunk has to be fetched once more. */
export function isToComeAgain({ verdict }: Pick<Decision, "verdict">): boolean {
  return verdict === "corrupt" || verdict === "again";
}

/** Chunks are named by their place in the order of the votes. */
export class Arbiter {
  readonly #asked = new Map<number, Set<PeerId>>();
  readonly #struck = new Map<number, Set<PeerId>>();
  readonly #strikes = new Map<PeerId, number>();
  /** What came again though nobody was to blame: once has to do. */
  readonly #came_again = new Set<number>();
  readonly #disputed = new Set<number>();

  constructor(readonly evidence: ChunkEvidence) {}

  /** Rules on a chunk that came, while these sources can be asked. Throws `RangeError` where it did not come. */
  rule(index: number, usable: readonly PeerId[]): Ruling {
    const evidence = this.evidence.of(index);
    if (!evidence) throw new RangeError(`chunk ${index} did not come yet`);
    const { votes, contradicting } = evidence;
    const asked = this.#asked.get(index);
    const silent = usable.filter((peer_id) => {
      const is_heard = votes.has(peer_id) || contradicting.includes(peer_id) || asked?.has(peer_id);
      return !is_heard && !this.evidence.isLiar(peer_id);
    });
    const may_come_again = !this.#came_again.has(index);
    return ruleOn(evidence, { silent, room: MAX_WITNESSES - (asked?.size ?? 0), may_come_again });
  }

  /** A source is asked for its bytes of a chunk, whatever comes of it. */
  asked(index: number, peer_id: PeerId): void {
    const asked = this.#asked.get(index) ?? new Set();
    this.#asked.set(index, asked.add(peer_id));
  }

  /**
   * Takes a ruling that asks nobody any more. `is_late` where it was found out after the transfer: a source that is
   * wrong by what it told itself only then did not lie yet.
   */
  decide(index: number, ruling: Exclude<Ruling, { type: "ask" }>, is_late = false): Decision {
    if (ruling.type === "again") {
      this.#came_again.add(index);
      return { verdict: "again", avoid: ruling.others, liars: NOBODY, voters: NOBODY };
    }
    if (ruling.type === "disputed") {
      const verdict = this.#disputed.has(index) ? "unknown" : "disputed";
      this.#disputed.add(index);
      return { verdict, avoid: NOBODY, liars: NOBODY, voters: ruling.voters };
    }
    const { type: verdict, outvoted } = ruling;
    const liars: PeerId[] = [];
    const senders = this.evidence.sendersOf(index);
    if (verdict === "corrupt" && senders.length === 1 && !is_late) {
      liars.push(...this.#strike(index, senders));
    }
    // Words that differ cost nothing before somebody had to be asked for them.
    const is_asked = this.#asked.has(index);
    if (is_asked) liars.push(...this.#strike(index, outvoted.filter((id) => !this.#isStruck(index, id))));
    return { verdict, avoid: outvoted, liars, voters: NOBODY };
  }

  #isStruck(index: number, peer_id: PeerId): boolean {
    return this.#struck.get(index)?.has(peer_id) ?? false;
  }

  /** Gives those for whom it was once too often. */
  #strike(index: number, peer_ids: readonly PeerId[]): PeerId[] {
    const struck = this.#struck.get(index) ?? new Set();
    this.#struck.set(index, struck);
    return peer_ids.filter((peer_id) => {
      struck.add(peer_id);
      const strikes = (this.#strikes.get(peer_id) ?? 0) + 1;
      this.#strikes.set(peer_id, strikes);
      if (strikes < MAX_STRIKES || this.evidence.isLiar(peer_id)) return false;
      this.evidence.distrust(peer_id);
      return true;
    });
  }
}
