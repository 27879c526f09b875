import { lookQuickly, Pace } from "../../src/base/pace.ts";
import { assert, assertEquals, assertGreaterOrEqual } from "../support/assert.ts";

Deno.test("of thousands of short calls one in 64 gives the others their turn, and each gives its own result", async () => {
  let handed_over = 0;
  const results: number[] = [];
  for (let n = 0; n < 6_400; n++) {
    results.push(
      await lookQuickly(() => n, () => {
        handed_over++;
        return Promise.resolve(n);
      }),
    );
  }
  assertEquals(results, Array.from({ length: 6_400 }, (_, n) => n));
  assertGreaterOrEqual(handed_over, 100);
});

Deno.test("after a call that took long none blocks for two seconds", () => {
  const pace = new Pace();
  assert(pace.mayBlock(0));
  pace.took(0, 8);
  assert(pace.mayBlock(8));
  pace.took(10, 19);
  assert(!pace.mayBlock(19) && !pace.mayBlock(2_018));
  assert(pace.mayBlock(2_019));
});
