/**
 * Who fetches which chunk next. Pure: events in, assignments out; no I/O, no clock.
 *
 * Every source has a bounded number of bytes and requests in flight, so that it is never idle between two chunks
 * and small files do not cost a round trip each. The source with the least in flight is served first, which starts
 * balanced and then follows the speed of each. A chunk that failed goes to another source; a source that fails
 * repeatedly is dropped. Chunks that were asked for at the same time and fail together count as one failure.
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import { CHUNK_BYTES } from "../../proto/limits.ts";
import type { Chunk } from "../../proto/manifest.ts";

const MAX_BYTES_IN_FLIGHT = 2 * CHUNK_BYTES;
const MAX_REQUESTS_IN_FLIGHT = 16;
/** Failures in a row after which a source is dropped. */
const MAX_FAILURES = 3;

interface SourceState {
  readonly peer_id: PeerId;
  bytes: number;
  requests: number;
  /** In a row. */
  failures: number;
  /** Failures ever; what was asked before the last one says nothing new when it fails, too. */
  generation: number;
}

interface Job {
  readonly chunk: Chunk;
  readonly failed_at: Set<PeerId>;
  /** The source's generation when the chunk was asked for. */
  generation: number;
}

/** A chunk for a source; to be given back with `finished` or `failed`. */
export interface Assignment {
  readonly peer_id: PeerId;
  readonly chunk: Chunk;
}

/** What a failure says of its source: busy for now, failed this time, or of no use any more. */
export type FailureVerdict = "wait" | "retry" | "drop";

/** The state of one download. */
export class ChunkScheduler {
  readonly #sources = new Map<PeerId, SourceState>();
  readonly #waiting: Job[];
  readonly #running = new Map<Assignment, Job>();

  constructor(chunks: Iterable<Chunk>, sources: readonly PeerId[]) {
    this.#waiting = Array.from(chunks, (chunk) => ({ chunk, failed_at: new Set<PeerId>(), generation: 0 }))
      .reverse();
    for (const peer_id of sources) {
      this.#sources.set(peer_id, { peer_id, bytes: 0, requests: 0, failures: 0, generation: 0 });
    }
  }

  /** Whether every chunk is here. */
  get isDone(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** Whether chunks are missing and no source is left. */
  get isStuck(): boolean {
    return !this.isDone && this.#running.size === 0 && this.#sources.size === 0;
  }

  /** The next chunk to ask for, or `undefined` while there is nothing to do but wait. */
  next(): Assignment | undefined {
    const order = [...this.#sources.values()].sort((a, b) => a.bytes - b.bytes || a.requests - b.requests);
    for (const source of order) {
      const at = this.#findJob(source);
      if (at < 0) continue;
      const [job] = this.#waiting.splice(at, 1);
      if (job) return this.#assign(source, job);
    }
    return undefined;
  }

  // The queue is kept in reverse: taking the next job from its end costs nothing.
  #findJob(source: SourceState): number {
    const at = this.#waiting.findLastIndex((job) => this.#mayTry(source, job));
    const job = this.#waiting[at];
    return job && hasRoom(source, job.chunk) ? at : -1;
  }

  /** A source gets a chunk again that failed there only when every source left has failed with it. */
  #mayTry(source: SourceState, job: Job): boolean {
    if (!job.failed_at.has(source.peer_id)) return true;
    return [...this.#sources.keys()].every((peer_id) => job.failed_at.has(peer_id));
  }

  #assign(source: SourceState, job: Job): Assignment {
    const assignment = { peer_id: source.peer_id, chunk: job.chunk };
    source.bytes += job.chunk.length;
    source.requests++;
    job.generation = source.generation;
    this.#running.set(assignment, job);
    return assignment;
  }

  /** The chunk is on disk. */
  finished(assignment: Assignment): void {
    const source = this.#release(assignment)?.source;
    if (source) source.failures = 0;
  }

  /** The chunk did not come. `true` when the source was dropped by this. */
  failed(assignment: Assignment, verdict: FailureVerdict): boolean {
    const released = this.#release(assignment);
    if (!released) return false;
    const { job, source } = released;
    this.#waiting.push(job);
    if (verdict === "wait") return false;
    job.failed_at.add(assignment.peer_id);
    if (!source) return false;
    // A connection that breaks takes all its chunks along: that is one failure.
    if (job.generation === source.generation) {
      source.generation++;
      source.failures++;
    }
    return (verdict === "drop" || source.failures >= MAX_FAILURES) && this.#sources.delete(source.peer_id);
  }

  #release(assignment: Assignment): { job: Job; source: SourceState | undefined } | undefined {
    const job = this.#running.get(assignment);
    if (!job) return undefined;
    this.#running.delete(assignment);
    const source = this.#sources.get(assignment.peer_id);
    if (source) {
      source.bytes -= job.chunk.length;
      source.requests--;
    }
    return { job, source };
  }
}

function hasRoom(source: SourceState, chunk: Chunk): boolean {
  if (source.requests === 0) return true;
  return source.requests < MAX_REQUESTS_IN_FLIGHT && source.bytes + chunk.length <= MAX_BYTES_IN_FLIGHT;
}
