/**
 * What the scheduler hears and what it wants done: the words between it and whoever moves the bytes.
 *
 * Participants: `scheduler.ts` takes events and gives actions; `transfer.ts` carries them out on a real network,
 * `tests/simulation` on one in virtual time.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import type { Chunk } from "../../proto/manifest.ts";
import type { ManifestPath } from "../../proto/paths.ts";

/** Bytes of one file, inside one chunk. */
export interface ByteRange {
  readonly path: ManifestPath;
  readonly offset: number;
  readonly length: number;
}

/** A range that one source is asked for. The object itself is its identity. */
export interface Assignment extends ByteRange {
  readonly peer_id: PeerId;
}

/** Who sent which bytes of a chunk, and in how many seconds. */
export interface Part extends ByteRange {
  readonly peer_id: PeerId;
  readonly seconds: number;
}

/** What a failure says: the source is busy, out of reach, failed with this range, or is of no use any more. */
export type FailureVerdict = "busy" | "lost" | "retry" | "drop";

/** What happened. */
export type ScheduleEvent =
  /** Sources are there: those of the beginning together, later ones as they come. */
  | { type: "joined"; peer_ids: readonly PeerId[] }
  /** By its own word the source has these chunks wrong: others are asked for them while there are any. */
  | { type: "avoid"; peer_id: PeerId; chunks: readonly Chunk[] }
  /** A source went away for good. */
  | { type: "gone"; peer_id: PeerId; reason: string }
  /** The source began to answer: what follows is the range. */
  | { type: "header"; assignment: Assignment }
  /** The next bytes of the range are in the file. */
  | { type: "bytes"; assignment: Assignment; count: number }
  /** The range is over as it should be: all of it is here, or as much as was left of it. */
  | { type: "ended"; assignment: Assignment }
  /** The range broke off; `keeps` where the bytes that came are good. */
  | { type: "failed"; assignment: Assignment; verdict: FailureVerdict; keeps: boolean; reason: string }
  /** The chunk is right, or nobody can tell that it is not. */
  | { type: "verified"; chunk: Chunk }
  /** The chunk is wrong and has to come again. */
  | { type: "corrupt"; chunk: Chunk }
  /** The chunk has to come again, all of it from one source; nobody is to blame. */
  | { type: "again"; chunk: Chunk }
  /** The source was found to lie: it is not used any more, and what it sent of unfinished chunks comes again. */
  | { type: "distrusted"; peer_id: PeerId; reason: string }
  /** Time has passed. */
  | { type: "tick" };

/** What to do. */
export type ScheduleAction =
  /** Ask the source for the range; `ended` or `failed` follows. */
  | { type: "start"; assignment: Assignment }
  /** Of a range that is on its way only the first `length` bytes are wanted still; `ended` follows when they are here. */
  | { type: "shorten"; assignment: Assignment; length: number }
  /** Nothing more of the range is wanted; `ended` follows when nothing of it is written any more. */
  | { type: "cancel"; assignment: Assignment; reason: string }
  /** All bytes of the chunk are here; `verified`, `corrupt` or `again` follows. The parts are in order and lie side by side. */
  | { type: "check"; chunk: Chunk; parts: readonly Part[] }
  /** The source is not used any more, `for_good` where it must not join again either. */
  | { type: "drop"; peer_id: PeerId; reason: string; for_good: boolean };
