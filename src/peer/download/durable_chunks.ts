/**
 * Brings written chunks to the disk beside the transfer, and only then into the journal.
 *
 * Participants: the download tells of every chunk that it has written and checked; `sync` makes one file's content
 * durable; the journal remembers. Goals: the journal never runs ahead of the disk; one sync of a file is enough for all
 * chunks of it that were written before the sync began; one write of the journal for many chunks. Everything runs in
 * the scope of the transfer: when that is joined without an abort, all is durable, and a failure ends it.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Scope } from "../../base/scope.ts";
import type { ManifestPath } from "../../proto/paths.ts";
import { toLanspreadError } from "../../base/errors.ts";
import type { JournalChunk } from "./journal.ts";

/** Syncs that run at a time: a disk writes its own journal once for several. */
const MAX_SYNCS = 8;
/** Of those that bring much to the disk, so that an exit does not wait for long. */
const MAX_LARGE_SYNCS = 2;
const LARGE_BYTES = 1024 * 1024;
/** What is synced waits this long for more, in milliseconds. */
const GATHER_MS = 250;
/** So many chunks wait for no more. */
const MAX_GATHERED = 64;

/** What it needs. */
export interface DurableChunksPorts {
  readonly clock: Clock;
  readonly scope: Pick<Scope, "spawn" | "signal">;
  /** Makes the content of a file durable. Throws `io` and `disk_full`. */
  sync(path: ManifestPath): Promise<void>;
  readonly journal: { record(chunks: readonly JournalChunk[]): Promise<void> };
}

/** The chunks of one download between the page cache and the journal. */
export class DurableChunks {
  readonly #ports: DurableChunksPorts;
  /** Written, by file. */
  readonly #written = new Map<ManifestPath, JournalChunk[]>();
  /** Whether what is brought to the disk is much, by file. */
  readonly #syncing = new Map<ManifestPath, boolean>();
  #synced: JournalChunk[] = [];
  #is_gathering = false;
  #full = Promise.withResolvers<void>();
  #is_in_a_hurry = false;
  #idle = Promise.withResolvers<void>();

  constructor(ports: DurableChunksPorts) {
    this.#ports = ports;
    this.#idle.resolve();
  }

  /** The chunk's bytes are in its file, and found to be right or not known to be wrong. */
  written(chunk: JournalChunk): void {
    if (this.#isIdle) this.#idle = Promise.withResolvers();
    const others = this.#written.get(chunk.path);
    if (others) others.push(chunk);
    else this.#written.set(chunk.path, [chunk]);
    this.#pump();
  }

  /**
   * Resolves when all that was written is durable and in the journal; does not wait for more to come. Rejects with the
   * signal's reason. A failure is thrown by the scope.
   */
  async flush(signal: AbortSignal): Promise<void> {
    this.#is_in_a_hurry = true;
    this.#full.resolve();
    try {
      const either = AbortSignal.any([signal, this.#ports.scope.signal]);
      await Promise.race([this.#idle.promise, rejected(either)]);
    } finally {
      this.#is_in_a_hurry = false;
    }
  }

  get #isIdle(): boolean {
    return this.#written.size + this.#syncing.size + this.#synced.length === 0 && !this.#is_gathering;
  }

  get #large_syncs(): number {
    return this.#syncing.values().reduce((count, is_large) => count + Number(is_large), 0);
  }

  /** Starts the syncs that can be started. After an abort there are none: the exit must not wait for the disk. */
  #pump(): void {
    const { scope } = this.#ports;
    for (const [path, chunks] of this.#written) {
      if (this.#syncing.size >= MAX_SYNCS || scope.signal.aborted) return;
      const is_large = chunks.reduce((sum, { length }) => sum + length, 0) > LARGE_BYTES;
      if (this.#syncing.has(path) || (is_large && this.#large_syncs >= MAX_LARGE_SYNCS)) continue;
      this.#written.delete(path);
      this.#syncing.set(path, is_large);
      scope.spawn("sync", () => this.#sync(path, chunks));
    }
  }

  async #sync(path: ManifestPath, chunks: readonly JournalChunk[]): Promise<void> {
    try {
      await this.#ports.sync(path);
    } catch (error) {
      throw toLanspreadError(error, "io", `Cannot write ${path}`);
    }
    this.#synced.push(...chunks);
    this.#gather();
    this.#syncing.delete(path);
    this.#pump();
  }

  #gather(): void {
    if (this.#synced.length >= MAX_GATHERED) this.#full.resolve();
    if (this.#is_gathering) return;
    this.#is_gathering = true;
    this.#ports.scope.spawn("journal", () => this.#record());
  }

  /** One write of the journal at a time. */
  async #record(): Promise<void> {
    while (this.#synced.length > 0) {
      if (!this.#is_in_a_hurry) await this.#gathered();
      await this.#ports.journal.record(this.#synced.splice(0));
    }
    this.#is_gathering = false;
    if (this.#isIdle) this.#idle.resolve();
  }

  /** An abort ends the wait: what is on the disk is still written down. */
  async #gathered(): Promise<void> {
    const { clock, scope } = this.#ports;
    this.#full = Promise.withResolvers();
    if (this.#synced.length >= MAX_GATHERED) return;
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, scope.signal]);
    await Promise.race([clock.sleep(GATHER_MS, either).catch(() => {}), this.#full.promise]);
    over.abort();
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
