/**
 * What the path rules let through stays inside the root on every system and can be created on this one.
 *
 * @module
 */

import fc from "fast-check";
import { posix, win32 } from "node:path";
import { walk } from "../../src/base/std/fs.ts";
import { dirname, join, normalize, relative } from "../../src/base/std/path.ts";
import { MAX_PATH_BYTES, MAX_SEGMENT_BYTES } from "../../src/proto/limits.ts";
import { foldCase, pathProblem, relativePathProblem } from "../../src/proto/paths.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";

const TRAPS = [
  "",
  ".",
  "..",
  "...",
  "~",
  "C:",
  "con",
  "NUL.txt",
  "local",
  ".LOCAL.x",
  ".lanspread",
  "a\0",
  " ",
  "a.",
];
const SEPARATORS = ["/", "/", "/", "//", "\\", "/../", "\\..\\", ":", "\0"];
const anySegment = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("a".repeat(255), "\u00e9".repeat(128), "e\u0301", "\ud800"),
);
const hostilePath = fc.tuple(anySegment, fc.array(fc.tuple(fc.constantFrom(...SEPARATORS), anySegment)))
  .map(([first, more]) => first + more.flat().join(""));

const friendlySegment = fc.oneof(
  fc.stringMatching(/^[a-z0-9_]{1,12}$/),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => text.normalize("NFC")),
);
const friendlyPath = fc.array(friendlySegment, { minLength: 1, maxLength: 6 })
  .map((segments) => segments.join("/"))
  .filter((path) => pathProblem(path) === undefined);
const anyPath = fc.oneof(hostilePath, friendlyPath);

Deno.test("a path that passes stays inside the root by the rules of this system", async () => {
  const root = normalize(join(Deno.cwd(), "game"));
  await holds(
    fc.property(anyPath, (path) => {
      if (pathProblem(path) !== undefined) return;
      const inside = relative(root, normalize(join(root, path)));
      assertEquals(inside.replaceAll("\\", "/"), path);
    }),
    { runs: 2_000 },
  );
});

for (
  const [name, rules, root] of [["posix", posix, "/games/x"], ["windows", win32, "C:\\games\\x"]] as const
) {
  Deno.test(`a path that passes stays inside the root by the rules of ${name}`, async () => {
    await holds(
      fc.property(anyPath, (path) => {
        if (pathProblem(path) !== undefined) return;
        assert(!rules.isAbsolute(path));
        assertEquals(rules.parse(path).root, "");
        const whole = rules.normalize(rules.join(root, path));
        assertEquals(whole, root + rules.sep + path.replaceAll("/", rules.sep));
        assertEquals(rules.resolve(root, path), whole);
      }),
      { runs: 2_000 },
    );
  });
}

Deno.test("the hostile generator reaches both sides of the rules", () => {
  const paths = fc.sample(hostilePath, { numRuns: 2_000, seed: 1 });
  const passed = paths.filter((path) => pathProblem(path) === undefined).length;
  assert(passed > 50 && passed < 1_950, `${passed} of 2,000 passed`);
});

Deno.test("a path that passes is well-formed, in NFC, short and without control characters", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  await holds(
    fc.property(anyPath, (path) => {
      if (relativePathProblem(path) !== undefined) return;
      assert(path.isWellFormed() && path.normalize("NFC") === path);
      assert(bytes(path) <= MAX_PATH_BYTES);
      for (const segment of path.split("/")) {
        assert(segment !== "" && bytes(segment) <= MAX_SEGMENT_BYTES);
        assertEquals(segment.match(/\p{Cc}|[<>:"|?*\\]|[. ]$/u), null);
      }
    }),
    { runs: 2_000 },
  );
});

Deno.test("a reserved first segment is refused in every case of its letters", async () => {
  const names = fc.constantFrom(
    "local",
    ".local.installing",
    ".local.backup",
    ".version.ini.tmp",
    ".lanspread_owned",
  );
  await holds(fc.property(names, fc.infiniteStream(fc.boolean()), (name, upper) => {
    const mixed = [...name].map((letter) => upper.next().value ? letter.toUpperCase() : letter).join("");
    assert(pathProblem(mixed) !== undefined, mixed);
    assert(pathProblem(`${mixed}/a`) !== undefined, mixed);
  }));
});

Deno.test("a path that passes can be created on this disk and is found under the same name", async () => {
  await using dir = await TempDir.make();
  let count = 0;
  const longest = "abcdefg/".repeat(255) + "abcdefgh";
  await holds(
    fc.asyncProperty(friendlyPath, async (path) => {
      const root = join(dir.path, `${count++}`);
      const file = join(root, path);
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeTextFile(file, path, { createNew: true });
      const found: string[] = [];
      for await (const entry of walk(root, { includeDirs: false })) found.push(relative(root, entry.path));
      assertEquals(found.map((name) => name.replaceAll("\\", "/").normalize("NFC")), [path]);
      await Deno.remove(root, { recursive: true });
    }),
    { examples: [["a".repeat(255)], ["\u00e9".repeat(127)], [longest]] },
  );
});

Deno.test("foldCase() is stable: what is folded folds to itself", async () => {
  await holds(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assertEquals(foldCase(foldCase(text)), foldCase(text));
    }),
    { examples: [["\u1e9e"]], runs: 1_000 },
  );
});
