/**
 * The list of mutants against the source as it is: a mutant whose text is gone tests nothing.
 *
 * @module
 */

import { dirname, fromFileUrl, join } from "../../src/base/std/path.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { type Mutant, mutate } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { cellsOf } from "./table.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const read = (file: string) => Deno.readTextFile(join(ROOT, file));

/** A test file, and what it imports directly: a suite may stand in a file of its own. */
async function readTests(file: string): Promise<string> {
  const text = await read(file);
  const imports = [...text.matchAll(/ from "(\.[^"]+)"/g)].flatMap(([, path]) => path ?? []);
  const texts = imports.map((path) => Deno.readTextFile(join(ROOT, dirname(file), path)));
  return [text, ...await Promise.all(texts)].join("\n");
}

Deno.test("every mutant's text stands exactly once in the source, and the mutant changes it", async () => {
  for (const mutant of MUTANTS) {
    const text = await read(mutant.file);
    assert(mutant.file.startsWith("src/"), mutant.name);
    assert(mutate(text, mutant) !== text, `${mutant.name} changes nothing`);
  }
});

Deno.test("every mutant names tests that there are", async () => {
  for (const { name, caught_by: { file, filter = "" } } of MUTANTS) {
    assert((await readTests(file)).includes(filter), `${name}: ${file} has no test called "${filter}"`);
  }
});

Deno.test("mutants have names of their own, and there are enough of them", () => {
  const names = MUTANTS.map(({ name }) => name);
  assertEquals(names.filter((name, at) => names.indexOf(name) !== at), []);
  for (const name of names) assert(/^[a-z]+(-[a-z0-9]+)*$/.test(name), name);
  assert(names.length >= 25, `${names.length} mutants`);
});

Deno.test("docs/SCENARIOS.md lists every mutant as it is, and no other", async () => {
  const text = await read("docs/SCENARIOS.md");
  const section = text.split(/^## /m).find((part) => part.startsWith("Mutants\n")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows, MUTANTS.map(cellsOf), "print the table anew: deno task mutants --list");
});

Deno.test("mutate() refuses a text that is gone, and one that stands there twice", () => {
  const mutant: Mutant = {
    name: "sample",
    defect: "",
    file: "src/a.ts",
    find: "b",
    replace: "c",
    caught_by: { file: "tests/a_test.ts" },
  };
  assertEquals(mutate("abd", mutant), "acd");
  assertThrows(() => mutate("ad", mutant), Error, "stands no more in src/a.ts");
  assertThrows(() => mutate("abdb", mutant), Error, "stands 2 times in src/a.ts");
});
