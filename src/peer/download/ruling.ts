/**
 * Whether a chunk that came is right, by the votes of the sources. Pure.
 *
 * A source has one vote on a chunk: the hash that it told, or that of the bytes that it sent of the chunk alone. One
 * whose two differ contradicts itself: it has no vote, and what it sent is wrong unless the others say that it is right.
 * As long as all votes say what came nobody else is asked. Where they differ, sources without a vote are asked for
 * their bytes, one after another and at most four, until one hash has more votes than any other could still get: then
 * the chunk is right or wrong, and whose vote was another one was wrong. So one source that hashed its own damaged copy
 * outvotes nobody, and two that agree on it lose against three that do not. What was sent by one who was found to lie
 * since is no vote, and comes again where no other vote says that it is right.
 *
 * Where nobody is left to be asked and two hashes share the first place, nobody can tell who is wrong, and nobody is
 * blamed. Of these hashes one that was told goes before one that was only sent, as more can go wrong on the way of the
 * latter; then the one that the smallest peer_id names, as among file lists. What differs from it comes once more, from
 * who names it. Then the chunk is kept as disputed, whatever came: it is not verified, and an event names it.
 *
 * @module
 */

import { compareText, type PeerId, type Sha256 } from "../../proto/ids.ts";

/** So many sources are asked at most for the bytes of a chunk on which others differ. */
export const MAX_WITNESSES = 4;

/** What is known of a chunk that came. */
export interface Evidence {
  /** The hash of what lies in the file. */
  readonly content: Sha256;
  /** Who sent that; nobody where it was here from before. */
  readonly senders: readonly PeerId[];
  /** One vote a source. */
  readonly votes: ReadonlyMap<PeerId, Sha256>;
  /** The hashes among them that were told before they were sent. */
  readonly told: ReadonlySet<Sha256>;
  /** Whose bytes are not those that it told. */
  readonly contradicting: readonly PeerId[];
  /** Whether one who is not believed any more sent some of it. */
  readonly is_from_liar: boolean;
}

/** What can still be done about it. */
export interface Means {
  /** Who may be asked for its bytes, in this order. */
  readonly silent: readonly PeerId[];
  /** How many of them. */
  readonly room: number;
  /** Whether it may come once more though nobody is to blame. */
  readonly may_come_again: boolean;
}

/** What is to be done with the chunk. */
export type Ruling =
  /** It is right, by the word of some source or by what several sent; or nobody says anything of it. */
  | { readonly type: "verified" | "unknown"; readonly outvoted: readonly PeerId[] }
  /** It is wrong. */
  | { readonly type: "corrupt"; readonly outvoted: readonly PeerId[] }
  /** This source is to be asked for its bytes first. */
  | { readonly type: "ask"; readonly peer_id: PeerId }
  /** It is to come once more, rather not from these: nobody is to blame. */
  | { readonly type: "again"; readonly others: readonly PeerId[] }
  /** Nobody can tell, and it is kept; these have a vote. */
  | { readonly type: "disputed"; readonly voters: readonly PeerId[] };

/** Rules on a chunk. */
export function ruleOn(evidence: Evidence, { silent, room, may_come_again }: Means): Ruling {
  const { content, senders, votes, told, is_from_liar } = evidence;
  const [first, second] = ranked(votes);
  if (!first) {
    if (is_from_liar && may_come_again) return { type: "again", others: [] };
    return { type: isUnbelievable(evidence) ? "corrupt" : "unknown", outvoted: [] };
  }
  const [hash, count] = first;
  const isKnown = told.has(hash) || count > 1;
  if (!second && hash === content) return { type: isKnown ? "verified" : "unknown", outvoted: [] };
  if (hash !== content && isUnbelievable(evidence)) return { type: "corrupt", outvoted: [] };
  const left = Math.min(silent.length, room);
  if (count > (second?.[1] ?? 0) + left) {
    const outvoted = [...whoDoesNotName(hash, votes), ...evidence.contradicting];
    return { type: hash === content ? "verified" : "corrupt", outvoted };
  }
  // What one source sends of all of it is a vote; what several sent together is none.
  if (senders.length > 1 && hash !== content && may_come_again) return { type: "again", others: [] };
  const [peer_id] = silent;
  if (left > 0 && peer_id) return { type: "ask", peer_id };
  const chosen = firstOfEqual(evidence, count);
  if (content !== chosen && may_come_again) return { type: "again", others: whoDoesNotName(chosen, votes) };
  return { type: "disputed", voters: [...votes.keys()].sort() };
}

/** All hashes with the number of their votes, the most first. */
function ranked(votes: ReadonlyMap<PeerId, Sha256>): [Sha256, number][] {
  const counts = new Map<Sha256, number>();
  for (const hash of votes.values()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Whether the one that sent all of it is no witness for it. */
function isUnbelievable({ senders, contradicting, is_from_liar }: Evidence): boolean {
  const [peer_id, ...others] = senders;
  if (peer_id === undefined || others.length > 0) return false;
  return is_from_liar || contradicting.includes(peer_id);
}

function whoDoesNotName(hash: Sha256, votes: ReadonlyMap<PeerId, Sha256>): PeerId[] {
  return [...votes].filter(([, other]) => other !== hash).map(([peer_id]) => peer_id);
}

function firstOfEqual({ content, votes, told }: Evidence, count: number): Sha256 {
  const leading = ranked(votes).filter(([, own]) => own === count).map(([hash]) => hash);
  const some_told = leading.filter((hash) => told.has(hash));
  const eligible = new Set(some_told.length > 0 ? some_told : leading);
  const in_order = [...votes].sort(([a], [b]) => compareText(a, b)).map(([, hash]) => hash);
  return in_order.find((hash) => eligible.has(hash)) ?? content;
}
