import { NameGuard } from "../../src/install/name_guard.ts";
import { MAX_FILES_PER_GAME, MAX_STREAM_PATH_LENGTH } from "../../src/proto/limits.ts";
import { InstallPath } from "../../src/proto/paths.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";

const path = (text: string) => InstallPath.parse(text);

/** Takes names in, `/` at the end for a folder. Gives what is wrong with the last one. */
function lastProblem(...names: string[]): string | undefined {
  const guard = new NameGuard();
  const problems = names.map((name) =>
    name.endsWith("/") ? guard.addFolder(path(name.slice(0, -1))) : guard.addFile(path(name))
  );
  assertEquals(problems.slice(0, -1).filter(Boolean), [], "an earlier name");
  return problems.at(-1);
}

const FINE: string[][] = [
  ["a", "b", "c/d", "c/e/f"],
  ["a/", "a/b", "a/"],
  ["a/b", "a/"],
  // Folders that differ in case are one folder on some systems, which changes nothing.
  ["Data/a", "data/b"],
];
for (const names of FINE) {
  Deno.test(`NameGuard takes ${names.join(", ")}`, () => assertEquals(lastProblem(...names), undefined));
}

const REFUSED: [names: string[], problem: string][] = [
  [["a", "a"], "came before"],
  [["readme.txt", "README.TXT"], "came before"],
  [["straße", "STRASSE"], "came before"],
  [["a/b", "A"], "a folder of this name"],
  [["a/", "a"], "a folder of this name"],
  [["a", "a/b"], "is a file"],
  [["A", "a/b/c"], "is a file"],
  [["a/b", "a/B/"], "is a file"],
];
for (const [names, problem] of REFUSED) {
  Deno.test(`NameGuard refuses ${names.at(-1)} after ${names.slice(0, -1)}`, () => {
    assertStringIncludes(lastProblem(...names) ?? "nothing", problem);
  });
}

Deno.test("NameGuard remembers a bounded number of names, and of characters", () => {
  const deep = new NameGuard();
  const takes = (guard: NameGuard, name: string) => guard.addFile(name as InstallPath) === undefined;
  let files = 0;
  while (takes(deep, `${files}/${"x/".repeat(1_000)}f`)) files++;
  assertEquals(files, Math.floor(2 * MAX_FILES_PER_GAME / 1_002));
  const long = new NameGuard();
  const name = (n: number) => `${"long name ".repeat(20)}${n}/`.repeat(9) + n;
  let length = 0;
  for (files = 0; takes(long, name(files)); files++) length += name(files).length;
  assertEquals([length <= MAX_STREAM_PATH_LENGTH, length > MAX_STREAM_PATH_LENGTH / 2], [true, true]);
});
