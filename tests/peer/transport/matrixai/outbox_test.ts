import fc from "fast-check";
import { Outbox } from "../../../../src/peer/transport/matrixai/outbox.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../../support/assert.ts";
import { holds } from "../../../support/seeds.ts";

/** Takes so many bytes of each offer; `null` for nothing at all. */
function taker(limits: (number | null)[] = []) {
  const taken: { bytes: number[]; is_end: boolean }[] = [];
  const box = new Outbox((bytes, is_end) => {
    const limit = limits.shift();
    if (limit === null) return null;
    const part = bytes.subarray(0, limit ?? bytes.length);
    taken.push({ bytes: [...part], is_end: is_end && part.length === bytes.length });
    return part.length;
  });
  return { box, taken };
}

function drainWhole(box: Outbox): void {
  for (let i = 0; !box.drain(); i++) assert(i < 1_000, "it never ends");
}

Deno.test("the last byte waits for the end, and goes with it", async () => {
  const { box, taken } = taker();
  const writing = box.add(new Uint8Array([1, 2, 3]), false);
  assert(box.drain());
  await writing;
  assertEquals(taken, [{ bytes: [1, 2], is_end: false }]);
  assert(box.is_holding && !box.is_ended);
  const ending = box.add(new Uint8Array(0), true);
  assert(box.drain());
  await ending;
  assertEquals(taken[1], { bytes: [3], is_end: true });
  assert(box.is_ended && !box.is_holding);
  box.repeatEnd();
  assertEquals(taken.length, 2);
});

Deno.test("a byte that is let go goes alone, when it is taken; so does the end behind it, and may be told again", () => {
  const { box, taken } = taker([null]);
  box.add(new Uint8Array([1]), false);
  assert(box.drain());
  assertEquals(taken, []);
  box.letGo();
  assert(!box.drain(), "it was not taken");
  assert(box.drain());
  assertEquals(taken, [{ bytes: [1], is_end: false }]);
  box.add(new Uint8Array(0), true);
  assert(box.drain());
  box.repeatEnd();
  assertEquals(taken.slice(1), [{ bytes: [], is_end: true }, { bytes: [], is_end: true }]);
});

Deno.test("the bytes are the caller's again once they were taken", async () => {
  const { box, taken } = taker();
  const bytes = new Uint8Array([1, 2]);
  const writing = box.add(bytes, false);
  box.drain();
  await writing;
  bytes.fill(9);
  box.add(new Uint8Array(0), true);
  box.drain();
  assertEquals(taken.flatMap((part) => part.bytes), [1, 2]);
});

Deno.test("whatever is taken at a time, all bytes go once and in order, and the end once, with the last", () => {
  const writes = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 8 });
  const limits = fc.array(fc.option(fc.nat(5), { nil: null }), { maxLength: 40 });
  holds(fc.property(writes, limits, (parts, limited) => {
    const { box, taken } = taker(limited);
    for (const part of parts) box.add(new Uint8Array(part), false);
    box.add(new Uint8Array(0), true);
    drainWhole(box);
    assertEquals(taken.flatMap((part) => part.bytes), parts.flatMap((part) => [...part]));
    assertEquals(taken.map((part) => part.is_end).lastIndexOf(true), taken.length - 1);
    assertEquals(taken.filter((part) => part.is_end).length, 1);
    if (parts.some((part) => part.length > 0)) assertEquals(taken.at(-1)?.bytes.length, 1);
  }));
});

Deno.test("what waits fails with the box, and what sending throws comes out of drain()", async () => {
  const box = new Outbox(() => {
    throw new Error("stopped");
  });
  const writing = box.add(new Uint8Array(2), false);
  assertThrows(() => box.drain(), Error, "stopped");
  box.fail(new Error("over"));
  await assertRejects(() => writing, Error, "over");
  assert(box.is_empty && !box.is_holding);
});
