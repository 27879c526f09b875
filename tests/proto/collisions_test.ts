/**
 * Paths that one file system tells apart and another does not.
 *
 * @module
 */

import fc from "fast-check";
import { collidingPaths, foldCase, pathProblem } from "../../src/proto/paths.ts";
import { fromFileUrl } from "../../src/base/std/path.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const COLLIDING: Record<string, [string, string]> = {
  "the same path twice": ["maps/a", "maps/a"],
  "another case of a file": ["maps/A.bsp", "maps/a.bsp"],
  "another case of a directory on the way": ["Maps/a.bsp", "maps/A.bsp"],
  "a file and a directory of its name": ["maps", "maps/a"],
  "a directory and a file of its name": ["maps/a", "maps"],
  "a file and a deep directory of its name": ["a/b", "a/b/c/d"],
  "a file and a directory of its name in another case": ["MAPS", "maps/a"],
  "a dotless i, which is upper case I": ["\u0131.txt", "I.txt"],
  "a sharp s and two s": ["stra\u00dfe", "STRASSE"],
  "a capital sharp s and a small one": ["STRA\u1e9eE", "stra\u00dfe"],
  "a capital sharp s and two s": ["stra\u1e9ee", "strasse"],
  "a final sigma and a sigma": ["\u03bf\u03c2", "\u03bf\u03c3"],
  "a Kelvin sign and a k": ["\u212a", "k"],
  "a long s and an s": ["\u017fave", "save"],
  "a ligature and its letters": ["\ufb01le", "FILE"],
  "e and acute in one character and in two": ["\u00e9", "E\u0301"],
};

for (const [what, pair] of Object.entries(COLLIDING)) {
  Deno.test(`two paths collide: ${what}`, () => {
    assertEquals(collidingPaths(pair)?.toSorted(), pair.toSorted());
    assertEquals(collidingPaths(["x", ...pair, "y"])?.toSorted(), pair.toSorted());
    assertEquals(collidingPaths(pair.toReversed())?.toSorted(), pair.toSorted());
  });
}

const APART: Record<string, string[]> = {
  "files of one directory": ["maps/a", "maps/b", "maps/c/d"],
  "a name that begins like a directory": ["maps/a", "maps.txt", "maps!", "map"],
  "a dotted capital I and an i, apart on every system": ["\u0130.txt", "i.txt"],
  "one name in several directories": ["a/x", "b/x", "x"],
  "nothing": [],
};

for (const [what, paths] of Object.entries(APART)) {
  Deno.test(`paths can stand beside each other: ${what}`, () =>
    assertEquals(collidingPaths(paths), undefined));
}

// Few names, so that random paths meet often.
const smallPath = fc.array(fc.constantFrom("a", "A", "b", "B", "ab", "a!"), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join("/"));

Deno.test("collidingPaths() finds a pair exactly where comparing every pair finds one", async () => {
  await holds(
    fc.property(fc.array(smallPath, { maxLength: 6 }), (paths) => {
      const found = collidingPaths(paths);
      const expected = paths.some((a, i) => paths.some((b, j) => i < j && meet(a, b)));
      assertEquals(found !== undefined, expected);
      if (found) assert(meet(...found) && found.every((path) => paths.includes(path)), `${found}`);
    }),
    { runs: 2_000 },
  );
});

function meet(a: string, b: string): boolean {
  const x = a.toLowerCase().split("/");
  const y = b.toLowerCase().split("/");
  return x.slice(0, y.length).every((segment, i) => segment === y[i]);
}

Deno.test("no letter of Unicode is told from its own upper or lower case", () => {
  const told: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const letter = String.fromCodePoint(code);
    const forms = [letter.toUpperCase(), letter.toLowerCase()].filter((form) => form !== letter);
    if (forms.some((form) => foldCase(form) !== foldCase(letter))) told.push(`U+${code.toString(16)}`);
  }
  assertEquals(told, []);
});

Deno.test("the case of a name does not depend on where it stands", async () => {
  // A capital sigma is lowered by its neighbours, so a folded path must begin with its folded directory.
  const sigma = fc.stringMatching(/^[\u03b1\u0391\u03a3\u03c3\u03c2.'a-]{1,6}$/);
  await holds(
    fc.property(sigma, sigma, (directory, name) => {
      fc.pre(pathProblem(`${directory}/${name}`) === undefined);
      assertEquals(foldCase(`${directory}/${name}`), `${foldCase(directory)}/${foldCase(name)}`);
    }),
    { runs: 1_000 },
  );
});

Deno.test("the deepest paths that fit an answer are checked within 512 MiB", async () => {
  const module = new URL("../../src/proto/paths.ts", import.meta.url).href;
  const script = `
    import { collidingPaths } from ${JSON.stringify(module)};
    const paths = Array.from({ length: 7500 }, (_, i) => String(i).padStart(4, "0") + "/a".repeat(1020));
    console.log(collidingPaths(paths) ?? "none");`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--config",
      fromFileUrl(new URL("../../deno.json", import.meta.url)),
      "--v8-flags=--max-old-space-size=512",
      script,
    ],
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  assertEquals(new TextDecoder().decode(output.stdout).trim(), "none");
});
