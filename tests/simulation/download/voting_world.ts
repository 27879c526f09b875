/**
 * A simulated download whose sources vote: some told their hashes, some have damaged copies, some tell what they do not
 * send.
 *
 * @module
 */

import type { PeerId, Sha256 } from "../../../src/proto/ids.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import { Random } from "../random.ts";
import type { Nature } from "./sim_source.ts";
import { hash, type World, worldOf } from "./world.ts";

const RIGHT = "a".repeat(64) as Sha256;
/** Copies that were damaged in the same way. */
const DAMAGED = "d".repeat(64) as Sha256;
const NEVER = { from_ms: Infinity, to_ms: Infinity };

/** Why a source is not to be believed. */
type Fault =
  /** It has wrong bytes and tells their hashes. */
  | "damaged and hashed"
  /** It has wrong bytes and tells nothing. */
  | "damaged"
  /** It tells wrong hashes and sends what is right. */
  | "lying"
  /** It tells what is right and sends something else. */
  | "rotten";
const FAULTS: readonly Fault[] = ["damaged and hashed", "damaged and hashed", "damaged", "lying", "rotten"];

/** A world, and who is to be believed in it. */
export interface VotingWorld extends World {
  readonly honest: ReadonlySet<PeerId>;
  readonly faulty: ReadonlySet<PeerId>;
  /** No honest source ever fails, hangs or leaves: they are always there to be asked. */
  readonly is_calm: boolean;
}

/** The world of a seed. */
export function votingWorldOf(seed: number, is_traced = false): VotingWorld {
  const base = worldOf(seed, is_traced);
  const random = new Random(hash(`${seed} votes`));
  const faulty_count = random.pick([0, 1, 1, 1, 2, 2]);
  const faults = new Map<PeerId, { fault: Fault; share: number }>();
  for (const { peer_id } of base.natures.slice(0, faulty_count)) {
    faults.set(peer_id, { fault: random.pick(FAULTS), share: random.pick([0.1, 0.5, 1]) });
  }
  const is_calm = random.chance(0.7);
  const natures = base.natures.map((nature) => ({ ...(is_calm ? calm(nature) : nature), lies: 0 }));
  const told_share = random.pick([0, 0, 0.3, 1]);
  const tellers = new Set(natures.filter(() => random.chance(told_share)).map(({ peer_id }) => peer_id));
  const faultAt = (peer_id: PeerId, chunk: Chunk): Fault | undefined => {
    const own = faults.get(peer_id);
    const at = `${seed} ${peer_id} ${chunk.path} ${chunk.offset}`;
    return own && new Random(hash(at)).chance(own.share) ? own.fault : undefined;
  };
  const sent = (peer_id: PeerId, chunk: Chunk) => {
    const fault = faultAt(peer_id, chunk);
    return fault && fault !== "lying" ? DAMAGED : RIGHT;
  };
  const told = (peer_id: PeerId, chunk: Chunk) => {
    const fault = faultAt(peer_id, chunk);
    if (fault === "damaged and hashed" || fault === "lying") return DAMAGED;
    if (fault === "rotten") return RIGHT;
    return faults.get(peer_id)?.fault !== "damaged" && tellers.has(peer_id) ? RIGHT : undefined;
  };
  const peer_ids = natures.map(({ peer_id }) => peer_id);
  return {
    ...base,
    natures,
    isLie: (peer_id, chunk) => sent(peer_id, chunk) !== RIGHT,
    votes: { files: base.files, told, sent },
    honest: new Set(peer_ids.filter((peer_id) => !faults.has(peer_id))),
    faulty: new Set(faults.keys()),
    is_calm,
  };
}

function calm(nature: Nature): Nature {
  return { ...nature, joins_ms: 0, dies_ms: Infinity, stalls: [], busy: NEVER, breaks_ms: [], fails: false };
}
