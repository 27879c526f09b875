/**
 * What failures are called.
 *
 * @module
 */

import { isAbort, isDiskFull, LanspreadError, messageOf, toLanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../support/assert.ts";
import { print } from "../support/print.ts";

const FULL_DEVICE = "/dev/full";
const has_full_device = await Deno.stat(FULL_DEVICE).then(() => true, () => false);
if (!has_full_device) print(`no ${FULL_DEVICE} here: the test with a real full device is left out`);

const coded = (code: string) => Object.assign(new Error("write failed"), { code });

Deno.test("a LanspreadError carries its code, its message and its cause", () => {
  const cause = new Error("below");
  const error = new LanspreadError("archive_damaged", "a.eti is damaged; download it again", { cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code], ["LanspreadError", "archive_damaged"]);
  assertEquals(error.message, "a.eti is damaged; download it again");
  assertStrictEquals(error.cause, cause);
});

Deno.test("messageOf() has a text for anything that can be thrown", () => {
  assertEquals(messageOf(new Error("a")), "a");
  assertEquals(messageOf(new LanspreadError("io", "b")), "b");
  assertEquals(messageOf(new DOMException("c", "AbortError")), "c");
  assertEquals([messageOf("d"), messageOf(7), messageOf(undefined)], ["d", "7", "undefined"]);
  assertEquals(typeof messageOf(null), "string");
});

Deno.test("isAbort() knows a cancellation from a failure", () => {
  assert(isAbort(AbortSignal.abort().reason));
  assert(isAbort(new DOMException("x", "AbortError")));
  assert(isAbort(new LanspreadError("cancelled", "x")));
  for (
    const other of [
      new DOMException("x", "TimeoutError"),
      new LanspreadError("timeout", "x"),
      new Error("AbortError"),
    ]
  ) {
    assert(!isAbort(other), String(other));
  }
  assert(!isAbort(undefined) && !isAbort("AbortError") && !isAbort({ name: "AbortError" }));
});

Deno.test("an aborted read of a file counts as a cancellation", async () => {
  const reading = Deno.readFile(new URL(import.meta.url), { signal: AbortSignal.abort() });
  assert(isAbort(await reading.catch((error) => error)));
});

Deno.test({
  name: "isDiskFull() knows what a write to a full device throws",
  ignore: !has_full_device,
  async fn() {
    using file = await Deno.open(FULL_DEVICE, { write: true });
    const error = await file.write(new Uint8Array(16)).catch((error) => error);
    assert(isDiskFull(error));
    const wrapped = toLanspreadError(error, "io", "Cannot save alienswarm");
    assertEquals(wrapped.code, "disk_full");
    assertStrictEquals(wrapped.cause, error);
  },
});

Deno.test("isDiskFull() knows the codes for no space and for a used-up quota, and no others", () => {
  assert(isDiskFull(coded("ENOSPC")) && isDiskFull(coded("EDQUOT")));
  for (const code of ["EIO", "EROFS", "ENOENT", "EMFILE", "ENOSYS"]) assert(!isDiskFull(coded(code)), code);
  assert(!isDiskFull("ENOSPC") && !isDiskFull({ code: "ENOSPC" }) && !isDiskFull(undefined));
});

Deno.test("isDiskFull() does not take another number that begins alike for a full disk", () => {
  for (const number of [2, 8, 12, 280, 1_220, 1_120, 11, 22]) {
    assert(!isDiskFull(new Error(`failed (os error ${number})`)), `${number}`);
  }
});

// The same number means different things: 112 is a full disk on Windows, but a host that is down on Linux.
const FULL_NUMBERS: Record<string, number[]> = { linux: [28, 122], darwin: [28, 69], windows: [39, 112] };
const own_numbers = FULL_NUMBERS[Deno.build.os] ?? [];

Deno.test("isDiskFull() reads a number as this system means it", () => {
  const all = new Set(Object.values(FULL_NUMBERS).flat());
  const taken = [...all].filter((number) => isDiskFull(new Error(`failed (os error ${number})`)));
  assertEquals(taken.toSorted(), own_numbers.toSorted());
});

Deno.test("toLanspreadError() gives back what already is one", () => {
  const error = new LanspreadError("busy", "x");
  assertStrictEquals(toLanspreadError(error, "io", "Cannot y"), error);
});

Deno.test("toLanspreadError() says what was tried, why it failed, and keeps the cause", () => {
  const cause = new Deno.errors.NotFound("no such file");
  const error = toLanspreadError(cause, "io", "Cannot read peer.json");
  assertEquals([error.code, error.message], ["io", "Cannot read peer.json: no such file"]);
  assertStrictEquals(error.cause, cause);
  assertEquals(toLanspreadError("odd", "internal", "Cannot z").message, "Cannot z: odd");
});

Deno.test("toLanspreadError() tells cancellation and a full disk from the fallback", () => {
  assertEquals(toLanspreadError(AbortSignal.abort().reason, "io", "Cannot read").code, "cancelled");
  const full = toLanspreadError(coded("ENOSPC"), "io", "Cannot save");
  assertEquals(full.code, "disk_full");
  assert(full.message.startsWith("Cannot save: ") && full.message.includes("free some space"));
});
