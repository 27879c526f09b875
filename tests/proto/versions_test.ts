/**
 * The order of versions.
 *
 * @module
 */

import fc from "fast-check";
import { compareText, compareVersions, GameVersion } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const part = fc.oneof(
  fc.constantFrom("", "0", "1", "01", "9", "10", "1a", "9z", "a", "A", "20240101", "9007199254740993"),
  fc.stringMatching(/^[0-9A-Za-z]{1,6}$/),
);
const version = fc.tuple(part, fc.array(fc.tuple(fc.constantFrom(".", "_", "-"), part), { maxLength: 3 }))
  .map(([first, more]) => first + more.flat().join(""))
  .filter((text) => GameVersion.safeParse(text).success);

const OLDER_FIRST: [string, string][] = [
  ["1.9", "1.10"],
  ["1.9", "2"],
  ["9", "20240101"],
  ["20231231", "20240101"],
  ["1", "1.0"],
  ["1.0", "1.0.1"],
  ["1.0.0", "1.1"],
  ["1-9", "1-10"],
  ["1_9_9", "1_10_0"],
  ["2024-09-30", "2024-10-01"],
  ["9007199254740992", "9007199254740993"],
  ["v1.2a", "v1.2b"],
];

for (const [older, newer] of OLDER_FIRST) {
  Deno.test(`version ${older} is older than ${newer}`, () => {
    assert(compareVersions(older, newer) < 0);
    assert(compareVersions(newer, older) > 0);
  });
}

Deno.test("swapping two versions turns their order round, and only equal texts are equal", async () => {
  await holds(
    fc.property(version, version, (a, b) => {
      assertEquals(Math.sign(compareVersions(a, b)), 0 - Math.sign(compareVersions(b, a)));
      assertEquals(compareVersions(a, b) === 0, a === b);
    }),
    { runs: 1_000, examples: [["1.0", "1_0"], ["01", "1"], ["1", "1"]] },
  );
});

Deno.test("versions are ordered without a circle: older than the older one is older", async () => {
  await holds(
    fc.property(version, version, version, (a, b, c) => {
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
        assert(compareVersions(a, c) <= 0, `${a} <= ${b} <= ${c}, but ${a} > ${c}`);
      }
    }),
    { runs: 3_000, examples: [["9", "10", "1a"], ["10", "1a", "9"]] },
  );
});

Deno.test("the newest of several versions is the same whatever order they come in", async () => {
  await holds(
    fc.property(fc.array(version, { minLength: 1, maxLength: 6 }), fc.nat(), (versions, turn) => {
      const at = turn % versions.length;
      const turned = [...versions.slice(at), ...versions.slice(0, at)];
      assertEquals(newest(turned), newest(versions));
    }),
    { runs: 1_000, examples: [[["9", "10", "1a"], 1]] },
  );
});

function newest(versions: readonly string[]): string | undefined {
  return versions.reduce((best, next) => compareVersions(next, best) > 0 ? next : best);
}

Deno.test("a pair of numbers is ordered by value, whatever its length and zeros", async () => {
  await holds(fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), fc.nat(3), (x, y, zeros) => {
    fc.pre(x !== y);
    assertEquals(compareVersions(`1.${"0".repeat(zeros)}${x}`, `1.${y}`) < 0, x < y);
  }));
});

Deno.test("compareText() orders by code units, not by the language of the machine", () => {
  assertEquals(["\u00e4", "z", "B", "a", "\uffff", "\u{10000}"].toSorted(compareText), [
    "B",
    "a",
    "z",
    "\u00e4",
    "\u{10000}",
    "\uffff",
  ]);
});

Deno.test("a version has 1 to 64 letters, digits, dots, underscores or dashes", () => {
  for (const text of ["1", "1.0", "v1_2-rc.3", "a".repeat(64), "..", "-"]) {
    assert(GameVersion.safeParse(text).success, text);
  }
  for (const text of ["", "a".repeat(65), "1 0", "1\n", "\n1", "1/0", "1:0", "1\u00e9", "\u0661"]) {
    assert(!GameVersion.safeParse(text).success, JSON.stringify(text));
  }
});
