/**
 * The mutation check itself, on a program of one line.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { Catcher, Mutant } from "./mutant.ts";
import { runMutants } from "./run.ts";
import { judge } from "./trial.ts";

const SOURCE = "export const sum = (a: number, b: number) => a + b;\n";
const TESTS = `import { sum } from "../src/sum.ts";
const check = (is_right: boolean) => { if (!is_right) throw new Error("wrong"); };
Deno.test("two and nothing", () => check(sum(2, 0) === 2));
Deno.test("two and three", () => check(sum(2, 3) === 5));
Deno.test("never right", () => check(false));
Deno.test("hangs where there is nothing", async () => {
  if (sum(1, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 600_000));
});
`;

function mutant(name: string, replace: string, filter: string, find = "a + b"): Mutant {
  const caught_by: Catcher = { file: "tests/sum_test.ts", filter };
  return { name, defect: "", file: "src/sum.ts", find, replace, caught_by };
}

const MUTANTS = [
  mutant("caught", "a - b", "two and three"),
  mutant("survivor", "a - b", "two and nothing"),
  mutant("red-without", "a - b", "never right"),
  mutant("gone", "a - b", "two and nothing", "a ** b"),
  mutant("no-code", "a +", "two and nothing"),
  mutant("no-test", "a - b", "no test is called like this"),
];

async function program(): Promise<TempDir> {
  const dir = await TempDir.make();
  await dir.write("program/src/sum.ts", SOURCE);
  await dir.write("program/tests/sum_test.ts", TESTS);
  return dir;
}

const FILES = ["src/sum.ts", "tests/sum_test.ts"];

Deno.test("a mutant is caught by a test that fails, and by nothing else", async () => {
  await using dir = await program();
  const root = dir.join("program");
  const told: string[] = [];
  const results = await runMutants([], {
    mutants: MUTANTS,
    root,
    files: FILES,
    onResult: ({ mutant: { name } }) => told.push(name),
  });
  assertEquals(told.sort(), MUTANTS.map(({ name }) => name).sort());
  assertEquals(results.filter(({ is_caught }) => is_caught).map(({ what }) => what), ["two and three"]);
  const [, survivor, red, gone, no_code, no_test] = results.map(({ what }) => what);
  assertStringIncludes(survivor ?? "", "nobody noticed");
  assertStringIncludes(red ?? "", "not green without it: red");
  assertStringIncludes(gone ?? "", "stands no more in src/sum.ts");
  assertStringIncludes(no_code ?? "", "the code did not load");
  assertStringIncludes(no_test ?? "", "not green without it: void");
  assertEquals(await Deno.readTextFile(`${root}/src/sum.ts`), SOURCE);
});

Deno.test("tests that hang with a mutant have noticed it, and are ended", async () => {
  await using dir = await program();
  const mutants = [mutant("hang", "a - b", "hangs where there is nothing")];
  const run = { mutants, root: dir.join("program"), files: FILES, deadline_ms: 5_000 };
  const [result] = await runMutants(["hang"], run);
  assertEquals([result?.is_caught, result?.what], [true, "the tests did not end"]);
});

Deno.test("a cancelled run ends with the signal's reason", async () => {
  await using dir = await program();
  const signal = AbortSignal.abort(new Error("enough"));
  const run = { mutants: MUTANTS, root: dir.join("program"), files: FILES, signal };
  await assertRejects(() => runMutants([], run), Error, "enough");
});

Deno.test("a mutant that there is not is refused by name", async () => {
  await assertRejects(() => runMutants(["hang", "hag"], { mutants: MUTANTS }), RangeError, '"hang"');
});

Deno.test("judge() takes a module that fails for nothing that was tested", () => {
  assertEquals(judge("Uncaught error from ./tests/a_test.ts FAILED\n", false), { end: "void", failed: [] });
  assertEquals(judge("one ... ok (1ms)\ntwo ... FAILED (2ms)\n", false), { end: "red", failed: ["two"] });
  const long =
    "two ...'two' has been running for over (1m0s)\n FAILED (1m1s)\n\ntwo => ./tests/a_test.ts:1:6\n";
  assertEquals(judge(long, false), { end: "red", failed: ["two"] });
  assertEquals(judge("one ... ok (1ms)\n", true), { end: "green", failed: [] });
  assertEquals(judge("one ... ignored (0ms)\n", true), { end: "void", failed: [] });
});
