/**
 * A bounded pipe of bytes from a worker, whose writes block, to a thread that must not block. The memory is shared, so
 * nothing queues up anywhere else: when the reader is behind, the writer sleeps.
 *
 * Participants: the worker's `PipeWriter`; the other side's `PipeReader`, which is told by a message from the worker
 * that there is something to read. Goals: no byte is copied more than twice, and a writer that sleeps wakes at once
 * when its reader gives up. Non-goals: several readers or writers.
 *
 * ```ts
 * import { makePipeMemory, PipeReader, PipeWriter } from "./shared_pipe.ts";
 *
 * const memory = makePipeMemory(64);
 * const reader = new PipeReader(memory);
 * const writer = new PipeWriter(memory, () => reader.wake());
 * writer.write(Uint8Array.of(1, 2, 3));
 * writer.flush();
 * console.assert((await reader.read(new Uint8Array(8)))?.length === 3);
 * ```
 *
 * @module
 */

import { LanspreadError } from "./errors.ts";

/** The cells of the control block. `stopped` is the first, so that others can look at it alone. */
const CELL = { stopped: 0, written: 1, read: 2, turn: 3, sleeping: 4 } as const;
const CELLS = 5;

/** The memory of one pipe; to be posted to the worker. */
export interface PipeMemory {
  /** `control[0]` other than 0: the reader gave up. */
  control: Int32Array<SharedArrayBuffer>;
  data: Uint8Array<SharedArrayBuffer>;
}

/** Memory for a pipe that holds `capacity_bytes`, a power of two of at most 1 GiB. */
export function makePipeMemory(capacity_bytes: number): PipeMemory {
  if (capacity_bytes > 2 ** 30 || (capacity_bytes & (capacity_bytes - 1)) !== 0) {
    throw new RangeError(`${capacity_bytes} is not a power of two up to 2^30`);
  }
  return {
    control: new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)),
    data: new Uint8Array(new SharedArrayBuffer(capacity_bytes)),
  };
}

/** The worker's end. */
export class PipeWriter {
  readonly #memory: PipeMemory;
  readonly #wake: () => void;

  /** `wake` tells the reader, in its own thread, to look again. */
  constructor(memory: PipeMemory, wake: () => void) {
    this.#memory = memory;
    this.#wake = wake;
  }

  /** Writes all bytes; blocks while the pipe is full. Throws `cancelled` when the reader gave up. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#writeSome(bytes.subarray(at));
  }

  /** The reader looks now, however little there is. */
  flush(): void {
    if (Atomics.exchange(this.#memory.control, CELL.sleeping, 0) !== 0) this.#wake();
  }

  #writeSome(bytes: Uint8Array): number {
    const { control, data } = this.#memory;
    const written = Atomics.load(control, CELL.written);
    const free = this.#waitForRoom(written);
    const start = written & (data.length - 1);
    const part = bytes.subarray(0, Math.min(free, data.length - start));
    data.set(part, start);
    Atomics.store(control, CELL.written, (written + part.length) | 0);
    // A reader that is woken for every few bytes is busy with waking up.
    if (data.length - free + part.length >= data.length / 4) this.flush();
    return part.length;
  }

  #waitForRoom(written: number): number {
    const { control, data } = this.#memory;
    while (true) {
      // Read before anything else is looked at: whatever happens from here on ends the wait.
      const turn = Atomics.load(control, CELL.turn);
      if (Atomics.load(control, CELL.stopped) !== 0) throw stopped();
      const free = data.length - ((written - Atomics.load(control, CELL.read)) | 0);
      if (free > 0) return free;
      this.flush();
      Atomics.wait(control, CELL.turn, turn);
    }
  }
}

/** The end in the thread that does not block. */
export class PipeReader {
  readonly #memory: PipeMemory;
  #end: { error?: unknown } | undefined;
  #onChange: () => void = () => {};

  constructor(memory: PipeMemory) {
    this.#memory = memory;
  }

  /** How many bytes were written so far, modulo 2^32. */
  get written_bytes(): number {
    return Atomics.load(this.#memory.control, CELL.written) >>> 0;
  }

  /** There may be something to read. */
  wake(): void {
    this.#onChange();
  }

  /** The writer has ended, with or without an error; what it wrote before is still read. */
  end(end: { error?: unknown } = {}): void {
    this.#end ??= end;
    this.#onChange();
  }

  /** Nothing is read any more: a writer that sleeps wakes and fails. */
  stop(): void {
    const { control } = this.#memory;
    Atomics.store(control, CELL.stopped, 1);
    this.#passTurn();
    this.#onChange();
  }

  /**
   * Waits for bytes and copies as many as there are and fit; `null` when the writer has ended. Throws the writer's
   * error, and `cancelled` after `stop()`.
   */
  async read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    const { control, data } = this.#memory;
    while (true) {
      if (Atomics.load(control, CELL.stopped) !== 0) throw stopped();
      const change = new Promise<void>((resolve) => this.#onChange = resolve);
      Atomics.store(control, CELL.sleeping, 1);
      const read = Atomics.load(control, CELL.read);
      const waiting = (Atomics.load(control, CELL.written) - read) | 0;
      if (waiting > 0) return this.#take(buffer, read & (data.length - 1), waiting);
      if (this.#end && "error" in this.#end) throw this.#end.error;
      if (this.#end) return null;
      await change;
    }
  }

  #take(buffer: Uint8Array<ArrayBuffer>, start: number, waiting: number): Uint8Array<ArrayBuffer> {
    const { control, data } = this.#memory;
    Atomics.store(control, CELL.sleeping, 0);
    const length = Math.min(buffer.length, waiting, data.length - start);
    buffer.set(data.subarray(start, start + length));
    Atomics.add(control, CELL.read, length);
    this.#passTurn();
    return buffer.subarray(0, length);
  }

  #passTurn(): void {
    const { control } = this.#memory;
    Atomics.add(control, CELL.turn, 1);
    Atomics.notify(control, CELL.turn);
  }
}

function stopped(): LanspreadError {
  return new LanspreadError("cancelled", "nobody reads this pipe any more");
}
