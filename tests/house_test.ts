/**
 * The habits of the house that a machine can see. Each rule is held against the tree and against samples that
 * it must catch.
 *
 * @module
 */

import fc from "fast-check";
import { z } from "zod";
import { walk } from "../src/base/std/fs.ts";
import { basename, fromFileUrl, join, relative } from "../src/base/std/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "./support/assert.ts";
import { holds, SEED_VARIABLE } from "./support/seeds.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));
const MAX_LINES = 350;

/** One habit: where it holds, what breaks it, and samples that do. */
interface Rule {
  readonly applies: (file: string) => boolean;
  /** What is wrong with `text` in `file`, a path below the repository with `/`. */
  readonly problems: (file: string, text: string) => string[];
  readonly caught: readonly [file: string, text: string][];
  readonly passes: readonly [file: string, text: string][];
}

const inSource = (file: string) => file.startsWith("src/") || file === "main.ts";
const always = () => true;
const REASON = / -- \S.{9,}/;
// Put together here, so that this file does not break its own rule.
const MARKS = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
const IGNORES = /deno-lint-ignore|@ts-(ignore|expect-error|nocheck)/;
const ANY = /\bas\s+any\b|\bany\s*\[\]|[:<,|&]\s*any\b(?!\s*[:(.?])/;

const RULES: Record<string, Rule> = {
  "a source file begins with a module doc": {
    applies: (file) => inSource(file) && !file.endsWith(".d.ts") && !file.startsWith("src/base/std/"),
    problems: (_, text) =>
      /^(#!.*\n|\s*\/\/.*\n)*\s*\/\*\*(?:(?!\*\/)[\s\S])*@module\b/.test(text)
        ? []
        : ["no @module at the top"],
    caught: [
      ["src/a.ts", "export const a = 1;\n"],
      ["src/a.ts", "/** A doc. */\nexport const a = 1;\n/** @module */\n"],
    ],
    passes: [["src/a.ts", "/**\n * A doc.\n *\n * @module\n */\n"]],
  },
  "a file's name is snake_case": {
    applies: always,
    problems: (file) =>
      /^[a-z0-9]+(_[a-z0-9]+)*(\.d)?\.tsx?$/.test(basename(file)) ? [] : ["the name is not snake_case"],
    caught: [["src/atomicFile.ts", ""], ["src/atomic-file.ts", ""], ["src/Atomic.ts", ""], [
      "src/a__b.ts",
      "",
    ]],
    passes: [["src/atomic_file.ts", ""], ["src/ipv4.ts", ""], ["src/std/path.d.ts", ""]],
  },
  "a file is a small room": {
    applies: inSource,
    problems: (_, text) => {
      const lines = text.trimEnd().split("\n").length;
      return lines > MAX_LINES ? [`${lines} lines, more than ${MAX_LINES}`] : [];
    },
    caught: [["src/a.ts", "x\n".repeat(MAX_LINES + 1)]],
    passes: [["src/a.ts", "x\n".repeat(MAX_LINES)]],
  },
  "no work is left for later": {
    applies: always,
    problems: (_, text) => linesWith(text, (line) => MARKS.test(line)),
    caught: [["src/a.ts", `// ${"TO" + "DO"}: later\n`], ["src/a.ts", `/* ${"FIX" + "ME"} */\n`]],
    passes: [["src/a.ts", "const todos = 1;\n"]],
  },
  "a check is switched off only with a written reason": {
    applies: inSource,
    problems: (_, text) => linesWith(text, (line) => IGNORES.test(line) && !REASON.test(line)),
    caught: [
      ["src/a.ts", "// deno-lint-ignore no-explicit-any\n"],
      ["src/a.ts", "// deno-lint-ignore-file\n"],
      ["src/a.ts", "// deno-lint-ignore no-eval -- x\n"],
      ["src/a.ts", "// @ts-ignore\n"],
      ["src/a.ts", "// @ts-expect-error\n"],
      ["src/a.ts", "// @ts-nocheck\n"],
    ],
    passes: [["src/a.ts", "// deno-lint-ignore no-control-regex -- control characters are refused\n"]],
  },
  "`any` stands only under a written reason": {
    applies: inSource,
    problems: (_, text) => {
      const lines = text.split("\n");
      const code = withoutTexts(text).split("\n");
      return linesWith(code.join("\n"), (line, i) => ANY.test(line) && !REASON.test(lines[i - 1] ?? ""));
    },
    caught: [
      ["src/a.ts", "const a: any = 1;\n"],
      ["src/a.ts", "const a = b as any;\n"],
      ["src/a.ts", "function a(b: string, c: any[]): Map<string, any> {}\n"],
      ["src/a.ts", "type A = string | any;\n"],
      ["src/a.ts", "/* a\n b */ const a: any = 1;\n"],
    ],
    passes: [
      ["src/a.ts", "// for any peer: any\nconst a = AbortSignal.any([b, c]);\nconst d = 'as any';\n"],
      ["src/a.ts", "// deno-lint-ignore no-explicit-any -- an error class\nnew (...args: any[]) => E;\n"],
      ["src/a.ts", "const a = { b, any: 1 };\n"],
    ],
  },
};

/** Code without comments and texts, on the same lines. */
function withoutTexts(text: string): string {
  return text.replace(
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (found) => found.replace(/[^\n]/g, " "),
  );
}

function linesWith(text: string, isBad: (line: string, i: number) => boolean): string[] {
  return text.split("\n").flatMap((line, i) => isBad(line, i) ? [`line ${i + 1}: ${line.trim()}`] : []);
}

async function filesIn(folder: string, ending: RegExp): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const entry of walk(join(ROOT, folder), { includeDirs: false })) {
    if (!ending.test(entry.name)) continue;
    files.push([relative(ROOT, entry.path).replaceAll("\\", "/"), await Deno.readTextFile(entry.path)]);
  }
  return files.toSorted();
}

const main = await Deno.readTextFile(join(ROOT, "main.ts")).catch(() => undefined);
const files = [
  ...await filesIn("src", /\.tsx?$/),
  ...await filesIn("tests", /\.tsx?$/),
  ...main === undefined ? [] : [["main.ts", main] as [string, string]],
];

Deno.test("the files of the house are really found", () => {
  const names = files.map(([file]) => file);
  for (const name of ["src/proto/message.ts", "src/base/scope.ts", "tests/house_test.ts"]) {
    assert(names.includes(name), name);
  }
});

for (const [name, rule] of Object.entries(RULES)) {
  Deno.test(`house rule: ${name}`, () => {
    const wrong = files.filter(([file]) => rule.applies(file))
      .flatMap(([file, text]) => rule.problems(file, text).map((problem) => `${file}: ${problem}`));
    assertEquals(wrong, []);
  });

  Deno.test(`the rule can fail: ${name}`, () => {
    for (const [file, text] of rule.caught) {
      assert(rule.applies(file) && rule.problems(file, text).length > 0, `not caught: ${file} ${text}`);
    }
    for (const [file, text] of rule.passes) assertEquals(rule.problems(file, text), [], text);
  });
}

const PINNED =
  /^(?:npm|jsr):((?:@[a-z0-9._-]+\/)?[a-z0-9._-]+)@\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\/[^@]*)?$/;

/** The package that `target` names with an exact version, or `undefined`. */
function pinnedPackage(target: string): string | undefined {
  return PINNED.exec(target)?.[1];
}

function hasHeading(doc: string, name: string): boolean {
  const headings = doc.split("\n").filter((line) => /^#{1,6} /.test(line));
  return headings.some((line) => line.split(/[\s`,()[\]]+/).includes(name));
}

Deno.test("every dependency is pinned exactly and explained in docs/DEPENDENCIES.md", async () => {
  const Config = z.object({ imports: z.record(z.string(), z.string()) });
  const { imports } = Config.parse(JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))));
  const doc = await Deno.readTextFile(join(ROOT, "docs", "DEPENDENCIES.md"));
  assert(Object.keys(imports).length > 0, "no imports found");
  for (const [name, target] of Object.entries(imports)) {
    const found = pinnedPackage(target);
    assert(found !== undefined, `${name} is ${target}, not an exact version`);
    assert(hasHeading(doc, found), `docs/DEPENDENCIES.md has no heading for ${found}`);
  }
});

Deno.test("the dependency rules can fail", () => {
  assertEquals(pinnedPackage("npm:zod@4.6.7"), "zod");
  assertEquals(pinnedPackage("npm:@peculiar/x509@2.2.0"), "@peculiar/x509");
  assertEquals(pinnedPackage("npm:deno-std@1.3.0/path/mod.js"), "deno-std");
  for (
    const loose of ["npm:zod", "npm:zod@4", "npm:zod@^4.6.7", "npm:zod@~4.6.7", "npm:zod@*", "npm:zod@4.6.x"]
  ) {
    assertEquals(pinnedPackage(loose), undefined, loose);
  }
  assertEquals(pinnedPackage("https://example.org/zod@4.6.7/mod.ts"), undefined);
  assert(
    hasHeading("# Deps\n\n## `zod` 4.6.7\n", "zod") && hasHeading("## @peculiar/x509\n", "@peculiar/x509"),
  );
  assert(
    !hasHeading("zod is good\n## zod-mini\n## x509\n", "zod") && !hasHeading("## x509\n", "@peculiar/x509"),
  );
});

Deno.test("every fixture that is called .json is JSON", async () => {
  const fixtures = await filesIn("fixtures", /\.json$/);
  assert(fixtures.length > 0, "no fixtures found");
  for (const [file, text] of fixtures) {
    try {
      JSON.parse(text);
    } catch (error) {
      throw new Error(`${file} is not JSON`, { cause: error });
    }
  }
});

Deno.test("a property that fails names a seed, and the seed fails again in the same way", async () => {
  const small = fc.property(fc.integer(), (n) => n < 1_000);
  const failure = await assertRejects(() => holds(small), Error, SEED_VARIABLE);
  const seed = /="([^"]+)"/.exec(failure.message)?.[1];
  assert(seed !== undefined && seed.includes("/"));
  const again = await assertRejects(() => holds(small, { seed }), Error);
  assertStringIncludes(again.message, `"${seed}"`);
  assertStringIncludes(again.message, "Counterexample: [1000]");
  await assertRejects(() => holds(small, { seed: "seven" }), TypeError, SEED_VARIABLE);
});

Deno.test("an example of a property is tried before anything else", async () => {
  const tried: number[] = [];
  const property = fc.property(fc.nat(), (n) => void tried.push(n));
  await holds(property, { examples: [[7], [8]], runs: 5 });
  assertEquals([tried.length, ...tried.slice(0, 2)], [5, 7, 8]);
});
