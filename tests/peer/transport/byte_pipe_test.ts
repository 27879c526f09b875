import fc from "fast-check";
import { BytePipe, PIPE_BYTES } from "../../../src/peer/transport/byte_pipe.ts";
import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { holds } from "../../support/seeds.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("whatever is written in pieces is read in other pieces, each as full as can be", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 20 });
  await holds(fc.asyncProperty(sizes, fc.integer({ min: 1, max: 3_000 }), async (writes, read_size) => {
    const pipe = new BytePipe();
    const total = writes.reduce((sum, size) => sum + size, 0);
    const whole = Uint8Array.from({ length: total }, (_, i) => i & 255);
    const writing = (async () => {
      let at = 0;
      for (const size of writes) await pipe.write(whole.slice(at, at += size));
      pipe.end();
    })();
    const got: number[] = [];
    for (let part = await pipe.read(new Uint8Array(read_size)); part;) {
      got.push(...part);
      assert(part.length === read_size || got.length === total, "a part is not full");
      part = await pipe.read(new Uint8Array(read_size));
    }
    await writing;
    assertEquals(new Uint8Array(got), whole);
  }));
});

Deno.test("a writer is held back by its reader, and little waits between them", async () => {
  const pipe = new BytePipe();
  let is_written = false;
  const writing = pipe.write(new Uint8Array(3 * PIPE_BYTES)).then(() => is_written = true);
  let read = 0;
  while (read < 2 * PIPE_BYTES) {
    assertLess(pipe.buffered_bytes, 2 * PIPE_BYTES);
    assertEquals(is_written, false);
    read += (await pipe.read(new Uint8Array(65_536)))?.length ?? 0;
  }
  await pipe.read(new Uint8Array(65_536));
  await within("the writer goes on", writing);
});

Deno.test("a write takes a copy", async () => {
  const pipe = new BytePipe();
  const buffer = bytes(1, 2);
  await pipe.write(buffer);
  buffer.fill(9);
  assertEquals(await pipe.read(new Uint8Array(2)), bytes(1, 2));
});

Deno.test("what was ended is read to the end, again and again null", async () => {
  const pipe = new BytePipe();
  await pipe.write(bytes(1));
  pipe.end();
  await assertRejects(() => pipe.write(bytes(2)), Error, "finished");
  assertEquals(await pipe.read(new Uint8Array(4)), bytes(1));
  for (const _ of [1, 2]) assertEquals(await pipe.read(new Uint8Array(4)), null);
});

Deno.test("a failure wakes reader and writer, and drops what waits", async () => {
  const pipe = new BytePipe();
  const writing = pipe.write(new Uint8Array(PIPE_BYTES));
  const other = new BytePipe();
  const reading = other.read(new Uint8Array(1));
  for (const broken of [pipe, other]) broken.fail(new Error("broken"));
  await assertRejects(() => within("writer", writing), Error, "broken");
  await assertRejects(() => within("reader", reading), Error, "broken");
  assertEquals(pipe.buffered_bytes, 0);
  await assertRejects(() => pipe.read(new Uint8Array(1)), Error, "broken");
  await assertRejects(() => pipe.write(bytes(1)), Error, "broken");
  assertThrows(() => pipe.end(), Error, "broken");
});

Deno.test("the first failure counts, and after an end that was read none does", async () => {
  const pipe = new BytePipe();
  pipe.fail(new Error("first"));
  pipe.fail(new Error("second"));
  await assertRejects(() => pipe.read(new Uint8Array(1)), Error, "first");
  const over = new BytePipe();
  over.end();
  over.fail(new Error("late"));
  assertEquals(await over.read(new Uint8Array(1)), null);
});
