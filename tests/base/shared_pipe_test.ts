import { makePipeMemory, PipeReader, PipeWriter } from "../../src/base/shared_pipe.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import type { PipeNews, PipeOrder } from "../support/pipe_worker.ts";

const CAPACITY = 1_024;

/** A worker that writes `total_bytes` into a pipe, and the pipe's other end. */
class Writing implements Disposable {
  readonly memory = makePipeMemory(CAPACITY);
  readonly reader = new PipeReader(this.memory);
  readonly worker = new Worker(new URL("../support/pipe_worker.ts", import.meta.url), { type: "module" });
  readonly #last = Promise.withResolvers<PipeNews>();

  constructor(total_bytes: number) {
    this.worker.onmessage = ({ data }: MessageEvent<PipeNews>) => {
      if (data.type === "wake") return this.reader.wake();
      this.reader.end();
      this.#last.resolve(data);
    };
    this.worker.postMessage({ memory: this.memory, total_bytes } satisfies PipeOrder);
  }

  /** How the worker ended. */
  ended(): Promise<PipeNews> {
    return within("the writer's end", this.#last.promise);
  }

  [Symbol.dispose](): void {
    this.worker.terminate();
  }
}

Deno.test("every byte comes out of the pipe once and in order, and never more waits than fits", async () => {
  const total_bytes = 50_000;
  using writing = new Writing(total_bytes);
  let read_bytes = 0;
  const sizes = [1, 7, 500, CAPACITY, 3 * CAPACITY];
  for (let turn = 0;; turn++) {
    const buffer = new Uint8Array(sizes[turn % sizes.length] ?? 1);
    const part = await within("a part", writing.reader.read(buffer));
    if (!part) break;
    for (const [i, byte] of part.entries()) assertEquals(byte, (read_bytes + i) % 251);
    read_bytes += part.length;
    assert(writing.reader.written_bytes <= read_bytes + CAPACITY, "the pipe held more than its capacity");
  }
  assertEquals(read_bytes, total_bytes);
  assertEquals(await writing.ended(), { type: "done" });
});

Deno.test("a writer that sleeps because nobody reads wakes and fails when the reader stops", async () => {
  using writing = new Writing(10 * CAPACITY);
  await until("the pipe is full", () => writing.reader.written_bytes === CAPACITY);
  writing.reader.stop();
  const news = await writing.ended();
  assertEquals(news.type, "failed");
  assertEquals(writing.reader.written_bytes, CAPACITY);
  await assertRejects(() => writing.reader.read(new Uint8Array(8)), Error, "nobody reads");
});

Deno.test("a reader that waits is told of the end, and of an error after what came before it", async () => {
  const memory = makePipeMemory(CAPACITY);
  const reader = new PipeReader(memory);
  const writer = new PipeWriter(memory, () => reader.wake());
  const waiting = reader.read(new Uint8Array(8));
  writer.write(Uint8Array.of(1, 2, 3));
  writer.flush();
  assertEquals(await within("the bytes", waiting), Uint8Array.of(1, 2, 3));
  writer.write(Uint8Array.of(4));
  reader.end({ error: new Error("broken") });
  assertEquals(await within("the rest", reader.read(new Uint8Array(8))), Uint8Array.of(4));
  await assertRejects(() => within("the error", reader.read(new Uint8Array(8))), Error, "broken");

  const other = new PipeReader(makePipeMemory(CAPACITY));
  const end = other.read(new Uint8Array(8));
  other.end();
  assertEquals(await within("the end", end), null);
});

Deno.test("a pipe's capacity is a power of two", () => {
  for (const capacity of [1_000, 2 ** 31, -4]) assertThrows(() => makePipeMemory(capacity), RangeError);
});
