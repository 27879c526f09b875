import { LanspreadError } from "../../src/base/errors.ts";
import type { ActiveOperation } from "../../src/peer/events.ts";
import { Operations } from "../../src/peer/operations.ts";
import { GameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

const [a, b] = [GameId.parse("a"), GameId.parse("b")];

function lab() {
  const told: ActiveOperation[][] = [];
  return { told, operations: new Operations((list) => void told.push(list)) };
}

Deno.test("one operation a game: a second one is refused by name, another game is free", () => {
  const { operations, told } = lab();
  using _ = operations.begin(a, "download");
  const error = assertThrows(() => operations.begin(a, "install"), LanspreadError);
  assertEquals(error.code, "operation_active");
  assertStringIncludes(error.message, "download");
  using __ = operations.begin(b, "install");
  assertEquals(told.at(-1), [{ game_id: a, operation: "download" }, { game_id: b, operation: "install" }]);
  assertEquals([operations.kindOf(a), operations.kindOf(b)], ["download", "install"]);
  assertEquals(told.length, 2);
});

Deno.test("a disposed operation is cleared, told once, and leaves the next one alone", () => {
  const { operations, told } = lab();
  const first = operations.begin(a, "download");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals([told.length, told.at(-1)], [2, []]);
  using second = operations.begin(a, "install");
  first[Symbol.dispose]();
  assertEquals([operations.kindOf(a), second.kind], ["install", "install"]);
});

Deno.test("an operation goes on as another kind without a moment in between", () => {
  const { operations, told } = lab();
  using operation = operations.begin(a, "download");
  operation.become("install");
  assertEquals(operation.kind, "install");
  const kinds = told.map((list) => list.map((entry) => entry.operation));
  assertEquals(kinds, [["download"], ["install"]]);
});

Deno.test("a cancel aborts what runs with code cancelled, and only what is of the kinds", () => {
  const { operations } = lab();
  using operation = operations.begin(a, "download");
  for (const [id, kind] of [[a, "install"], [b, "download"]] as const) {
    assertEquals(assertThrows(() => operations.cancel(id, [kind]), LanspreadError).code, "invalid_request");
  }
  assert(!operation.signal.aborted);
  operations.cancel(a, ["install", "download"]);
  assertEquals(operation.signal.reason.code, "cancelled");
  assertEquals(operations.kindOf(a), "download");
  using hold = operations.hold(b, "launch");
  assertThrows(() => operations.cancel(b, ["download"]), LanspreadError);
  operations.cancel(b, ["launch"]);
  assertEquals([hold.signal.reason.code, operations.list().length], ["cancelled", 1]);
});

Deno.test("a held game is no operation and begins none; another game is free, and so is this one afterwards", () => {
  const { operations, told } = lab();
  {
    using _ = operations.hold(a, "launch");
    assertEquals([operations.list(), operations.kindOf(a), told.length], [[], null, 0]);
    for (const again of [() => operations.begin(a, "uninstall"), () => operations.hold(a, "launch")]) {
      const error = assertThrows(again, LanspreadError);
      assertEquals(error.code, "operation_active");
      assertStringIncludes(error.message, "its launch is still running");
    }
    using __ = operations.begin(b, "install");
  }
  using _ = operations.begin(a, "uninstall");
  assertThrows(() => operations.hold(a, "launch"), LanspreadError, "its uninstall is still running");
});
