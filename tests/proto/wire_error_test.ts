/**
 * Failures on their way to another peer and back.
 *
 * @module
 */

import fc from "fast-check";
import { LanspreadError } from "../../src/base/errors.ts";
import { fromWireError, toWireError, WireError, WireErrorCode } from "../../src/proto/wire_error.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

Deno.test("the codes of the wire are those of the contract", () => {
  assertEquals(WireErrorCode.options.toSorted(), [
    "busy",
    "game_not_found",
    "incompatible",
    "internal",
    "invalid_request",
    "manifest_changed",
    "not_transferable",
    "unauthorized",
  ]);
});

Deno.test("an error with a code of the wire keeps its code and its message on the way", async () => {
  await holds(
    fc.property(
      fc.constantFrom(...WireErrorCode.options),
      fc.string({ maxLength: 1_024 }),
      (code, message) => {
        const wire = WireError.parse(toWireError(new LanspreadError(code, message)));
        assertEquals(wire, { type: "error", code, message });
        const back = fromWireError(wire, "kitchen");
        assertEquals(back.code, code);
        assertStringIncludes(back.message, "kitchen answered");
        assertStringIncludes(back.message, message);
      },
    ),
  );
});

Deno.test("any other error is `internal` and tells nothing of this machine", () => {
  const secret = "C:\\Users\\anna\\party.key";
  const others = [
    new Error(secret),
    new LanspreadError("io", secret),
    new LanspreadError("disk_full", secret),
    new DOMException(secret, "AbortError"),
    { code: "busy", message: secret },
    secret,
    undefined,
    null,
  ];
  for (const error of others) {
    const wire = toWireError(error);
    assertEquals(wire.code, "internal");
    assertEquals(wire.message.includes(secret), false);
  }
});

Deno.test("whatever was thrown, the answer is one that the other side accepts", async () => {
  const long = fc.string({ unit: "binary", maxLength: 3_000 });
  const thrown = fc.oneof(
    fc.anything(),
    fc.tuple(fc.constantFrom(...WireErrorCode.options), long).map(([code, text]) =>
      new LanspreadError(code, text)
    ),
  );
  await holds(
    fc.property(thrown, (error) => {
      const wire = toWireError(error);
      assertEquals(WireError.parse(JSON.parse(JSON.stringify(wire))), wire);
    }),
    { examples: [[new LanspreadError("busy", "x".repeat(2_000))]] },
  );
});
