import { assertEquals } from "../support/assert.ts";
import { batchesOf } from "./batches.ts";
import { failuresOf, lineOf, summaryOf } from "./summary.ts";

Deno.test("batchesOf() runs scenarios one by one and first, and every file exactly once", () => {
  const batches = batchesOf([
    "tests/base/b_test.ts",
    "tests/scenarios/s02_test.ts",
    "tests/base/a_test.ts",
    "tests/scenarios/runner/table_test.ts",
    "tests/scenarios/s01_test.ts",
    "tests/house_test.ts",
  ]);
  assertEquals(batches, [
    ["tests/scenarios/runner/table_test.ts"],
    ["tests/scenarios/s01_test.ts"],
    ["tests/scenarios/s02_test.ts"],
    ["tests/base/a_test.ts", "tests/base/b_test.ts"],
    ["tests/house_test.ts"],
  ]);
});

Deno.test("summaryOf() reads the last line, coloured or plain, and finds none in a crash", () => {
  const plain = "FAILED | 12 passed (3 steps) | 1 failed | 2 ignored (4s)\n\nerror: Test failed\n";
  assertEquals(summaryOf(plain), { passed: 12, failed: 1, ignored: 2 });
  const coloured = "\u001b[0m\u001b[32mok\u001b[0m | 7 passed | 0 failed \u001b[38;5;245m(5ms)\u001b[0m";
  assertEquals(summaryOf(coloured), { passed: 7, failed: 0, ignored: 0 });
  assertEquals(summaryOf("running 3 tests\nSegmentation fault"), undefined);
});

Deno.test("failuresOf() lists what failed, and lineOf() says it like Deno", () => {
  const output = " FAILURES \n\nit works => ./tests/base/a_test.ts:3:6\n\nFAILED | 0 passed | 1 failed (4ms)";
  assertEquals(failuresOf(output), ["it works => ./tests/base/a_test.ts:3:6"]);
  assertEquals(
    lineOf({ passed: 8, failed: 1, ignored: 0 }, 125),
    "FAILED | 8 passed | 1 failed | 0 ignored (2m5s)",
  );
  assertEquals(
    lineOf({ passed: 8, failed: 0, ignored: 2 }, 5),
    "ok | 8 passed | 0 failed | 2 ignored (0m5s)",
  );
});
