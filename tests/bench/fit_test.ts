import fc from "fast-check";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { fitPower, growth, valueAt } from "./fit.ts";

const Law = fc.record({
  factor: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  exponent: fc.double({ min: -2, max: 3, noNaN: true }),
});

Deno.test("fitPower() finds the law that exact points follow", async () => {
  const property = fc.property(Law, (law) => {
    const found = fitPower([5, 10, 20, 300].map((n) => ({ n, value: valueAt(law, n) })));
    assert(found);
    assert(Math.abs(found.exponent - law.exponent) < 1e-6);
    assert(Math.abs(found.factor / law.factor - 1) < 1e-6);
  });
  await holds(property);
});

Deno.test("fitPower() lies between points that scatter", () => {
  const found = fitPower([{ n: 1, value: 2 }, { n: 1, value: 8 }, { n: 10, value: 20 }, {
    n: 10,
    value: 80,
  }]);
  assertEquals([found?.exponent.toFixed(6), found?.factor.toFixed(6)], ["1.000000", "4.000000"]);
});

Deno.test("fitPower() leaves out what has no logarithm, and knows nothing of one number of peers", () => {
  const points = [{ n: 10, value: 10 }, { n: 20, value: 20 }, { n: 30, value: 0 }, { n: 40, value: -1 }];
  assertEquals(fitPower(points)?.exponent.toFixed(6), "1.000000");
  for (const few of [[], [{ n: 5, value: 1 }], [{ n: 5, value: 1 }, { n: 5, value: 2 }]]) {
    assertEquals(fitPower(few), undefined);
  }
});

Deno.test("growth() names what stays, what grows as the peers and as their square", () => {
  const told = [0.05, 1.1, 1.5, 1.95].map((exponent) => growth({ factor: 1, exponent }));
  assertEquals(told, ["n^0.05, stays", "n^1.10, as the peers", "n^1.50", "n^1.95, as their square"]);
  assertEquals(growth(undefined), "not known");
});
