/**
 * Counts bytes and tells them, not too often.
 *
 * @module
 */

const PROGRESS_MS = 100;

/** How far a job is. */
export interface ByteProgress {
  done_bytes: number;
  total_bytes: number;
}

/** Tells at the beginning, at most ten times a second, and once when everything is done. */
export class ProgressMeter {
  readonly #total_bytes: number;
  readonly #report: (progress: ByteProgress) => void;
  #done_bytes = 0;
  #told_ms = -Infinity;

  constructor(total_bytes: number, report: (progress: ByteProgress) => void) {
    this.#total_bytes = total_bytes;
    this.#report = report;
    this.#tell();
  }

  /** So many bytes more are done. */
  add(bytes: number): void {
    this.#done_bytes += bytes;
    // The last state is told by finish(), once.
    if (this.#done_bytes < this.#total_bytes && performance.now() - this.#told_ms >= PROGRESS_MS) {
      this.#tell();
    }
  }

  /** Everything is done. */
  finish(): void {
    if (this.#total_bytes > 0) this.#tell();
  }

  #tell(): void {
    this.#told_ms = performance.now();
    this.#report({ done_bytes: this.#done_bytes, total_bytes: this.#total_bytes });
  }
}
