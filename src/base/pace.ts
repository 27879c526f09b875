/**
 * File reads and writes that block while that is quicker, and only as long as it is.
 *
 * The runtime hands a non-blocking file call to another thread and back. For a block that the page cache takes or has
 * that costs more than the copy itself: on two cores that are busy with encryption, a download ran at 590 MiB/s with
 * non-blocking and at 630 MiB/s with blocking calls. A disk that can't keep up must not hold up the whole peer, though:
 * after one slow call all calls are non-blocking, the longer the slower it was, and nothing blocks on a disk that did not
 * answer a moment ago: it may be a network mount that is dead by now.
 *
 * @module
 */

/** A blocking call that took longer than this many milliseconds was slow. */
const SLOW_MS = 8;
/** After a slow call the calls do not block for at least this many milliseconds, and for so many times what it took. */
const CAUTION_MS = 2_000;
const CAUTION_FACTOR = 50;
/** A call that came back after more than this many milliseconds says nothing of the next one. */
const PROMPT_MS = 100;
/** A disk that answered promptly is believed to answer for this many milliseconds. */
const ALIVE_MS = 1_000;
/** Of short calls one after so many does not block. */
const LOOKS_AT_A_TIME = 64;

/** Remembers whether blocking calls are quick. One for each direction. */
export class Pace {
  #cautious_until_ms = -Infinity;
  #alive_until_ms = -Infinity;

  /** Whether the next call may block. */
  mayBlock(now_ms: number): boolean {
    return now_ms >= this.#cautious_until_ms && now_ms < this.#alive_until_ms;
  }

  /** A call is over; one that did not block says only whether the disk answers. */
  took(started_ms: number, ended_ms: number, blocked: boolean): void {
    const ms = ended_ms - started_ms;
    if (ms <= PROMPT_MS) this.#alive_until_ms = ended_ms + ALIVE_MS;
    if (blocked && ms > SLOW_MS) {
      this.#cautious_until_ms = ended_ms + Math.max(CAUTION_MS, CAUTION_FACTOR * ms);
    }
  }

  /** Runs whichever call suits now. */
  run<T>(blocking: () => T, non_blocking: () => Promise<T>): T | Promise<T> {
    const started_ms = performance.now();
    const may_block = this.mayBlock(started_ms);
    const onEnd = () => this.took(started_ms, performance.now(), may_block);
    if (!may_block) return non_blocking().finally(onEnd);
    try {
      return blocking();
    } finally {
      onEnd();
    }
  }
}

const READING = new Pace();
const WRITING = new Pace();
const LOOKING = new Pace();

/** Reads from where the file stands; like `file.read`. */
export async function readQuickly(file: Deno.FsFile, buffer: Uint8Array): Promise<number | null> {
  return await READING.run(() => file.readSync(buffer), () => file.read(buffer));
}

/** Writes all bytes where the file stands. */
export async function writeQuickly(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at);
    at += await WRITING.run(() => file.writeSync(rest), () => file.write(rest));
  }
}

let looks = 0;

/**
 * Runs a short call on the names of a disk: a look at a file, a new file. Where there are thousands of them the peer
 * does other things in between.
 */
export async function lookQuickly<T>(blocking: () => T, non_blocking: () => Promise<T>): Promise<T> {
  return await (++looks % LOOKS_AT_A_TIME === 0 ? non_blocking() : LOOKING.run(blocking, non_blocking));
}
