/**
 * A game's file list: its hash, its rules as a whole, its chunks.
 *
 * @module
 */

import fc from "fast-check";
import { GameId, GameVersion } from "../../src/proto/ids.ts";
import { CHUNK_BYTES, MAX_FILES_PER_GAME, MAX_SENTINEL_BYTES } from "../../src/proto/limits.ts";
import {
  chunksOf,
  filesProblem,
  makeManifest,
  ManifestFile,
  ManifestFiles,
  SENTINEL,
  totalBytes,
} from "../../src/proto/manifest.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const ID = GameId.parse("alienswarm");
const VERSION = GameVersion.parse("1.10");

const anyPath = fc.stringMatching(/^[a-z]{1,6}(\/[a-z0-9]{1,6}){0,2}\.[a-z]{3}$/);
const anyFile = fc.record({ path: anyPath, size: fc.maxSafeNat() }).map((file) => ManifestFile.parse(file));
const anyFiles = fc.uniqueArray(anyFile, { selector: (file) => file.path, maxLength: 12 });
const shuffled = anyFiles.chain((files) =>
  fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))
);

function file(path: string, size: number): ManifestFile {
  return ManifestFile.parse({ path, size });
}

Deno.test("a manifest's hash and order do not depend on the order its files were found in", async () => {
  await holds(fc.property(shuffled, ([files, others]) => {
    const manifest = makeManifest(ID, VERSION, files);
    assertEquals(makeManifest(ID, VERSION, others), manifest);
    const paths = manifest.files.map((file): string => file.path);
    assertEquals(paths, paths.toSorted());
    assertEquals(paths.length, files.length);
  }));
});

Deno.test("makeManifest() leaves the list that it was given as it was", () => {
  const files = [file("b", 1), file("a", 2)];
  makeManifest(ID, VERSION, files);
  assertEquals(files, [file("b", 1), file("a", 2)]);
});

Deno.test("a manifest's hash changes with the id, the version, and every field of every file", async () => {
  const filled = anyFiles.filter((files) => files.length > 0);
  await holds(fc.property(filled, fc.nat(), (files, pick) => {
    const hash = makeManifest(ID, VERSION, files).manifest_hash;
    const at = pick % files.length;
    const other = (change: Partial<ManifestFile>) =>
      makeManifest(ID, VERSION, files.map((file, i) => i === at ? { ...file, ...change } : file))
        .manifest_hash;
    const size = files[at]?.size === 0 ? 1 : 0;
    assertNotEquals(makeManifest(GameId.parse("alienswarm2"), VERSION, files).manifest_hash, hash);
    assertNotEquals(makeManifest(ID, GameVersion.parse("1.1"), files).manifest_hash, hash);
    assertNotEquals(other({ size }), hash);
    assertNotEquals(other({ path: file("NEW", 0).path }), hash);
    assertNotEquals(makeManifest(ID, VERSION, files.toSpliced(at, 1)).manifest_hash, hash);
    assertNotEquals(makeManifest(ID, VERSION, [...files, file("NEW", 0)]).manifest_hash, hash);
  }));
});

Deno.test("a file has no field that the manifest's hash does not know", () => {
  assertEquals(Object.keys(ManifestFile.shape).toSorted(), ["path", "size"]);
});

Deno.test("chunksOf() covers each byte of each file exactly once, in order", async () => {
  const size = fc.oneof(
    fc.nat({ max: 3 * CHUNK_BYTES }),
    fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: -1, max: 1 }))
      .map(([chunks, around]) => Math.max(0, chunks * CHUNK_BYTES + around)),
  );
  await holds(
    fc.property(fc.array(size, { maxLength: 5 }), (sizes) => {
      const files = sizes.map((size, i) => file(`${i}`, size));
      const left = [...chunksOf(files)];
      for (const { path, size } of files) {
        const own = left.splice(0, Math.max(1, Math.ceil(size / CHUNK_BYTES)));
        let at = 0;
        for (const chunk of own) {
          assertEquals([chunk.path, chunk.offset], [path, at]);
          assert(chunk.length <= CHUNK_BYTES && (chunk.length > 0 || size === 0), `${chunk.length}`);
          assertEquals(chunk.offset % CHUNK_BYTES, 0);
          at += chunk.length;
        }
        assertEquals(at, size);
      }
      assertEquals(left, []);
    }),
    { examples: [[[0]], [[CHUNK_BYTES]], [[CHUNK_BYTES + 1, 0, 1]], [[]]] },
  );
});

Deno.test("an empty file has one empty chunk, so that it is asked for too", () => {
  assertEquals([...chunksOf([file("empty", 0)])], [{ path: file("empty", 0).path, offset: 0, length: 0 }]);
});

Deno.test("chunksOf() is lazy: the first chunk of the largest file comes at once", () => {
  const first = chunksOf([file("huge", Number.MAX_SAFE_INTEGER)]).next();
  assertEquals(first.value, { path: file("huge", 0).path, offset: 0, length: CHUNK_BYTES });
});

Deno.test("totalBytes() adds sizes that do not fit in 32 bits", () => {
  assertEquals(totalBytes([file("a", 8 * 2 ** 30), file("b", 8 * 2 ** 30), file("c", 1)]), 16 * 2 ** 30 + 1);
});

const sentinel = { path: "version.ini", size: 10 };
const REFUSED: Record<string, [string, { path: string; size: number }[]]> = {
  "without the sentinel": ["version.ini is missing", [{ path: "a.eti", size: 1 }]],
  "with the sentinel in another case only": ["version.ini is missing", [{ path: "VERSION.INI", size: 1 }]],
  "with a nested sentinel only": ["version.ini is missing", [{ path: "x/version.ini", size: 1 }]],
  "that is empty": ["version.ini is missing", []],
  "with a sentinel too large to hold": ["larger than", [{
    path: "version.ini",
    size: MAX_SENTINEL_BYTES + 1,
  }]],
  "with the sentinel twice": ["can't stand beside", [sentinel, { path: "Version.ini", size: 1 }]],
  "with the sentinel as a directory": ["can't stand beside", [sentinel, { path: "version.ini/a", size: 1 }]],
  "with a file and a directory of one name": [
    "can't stand beside",
    [sentinel, { path: "maps", size: 1 }, { path: "Maps/a", size: 1 }],
  ],
  "whose sizes add up to more than a number holds": [
    "add up",
    [sentinel, { path: "a", size: Number.MAX_SAFE_INTEGER }],
  ],
  "with a path that leaves the root": ["not allowed", [sentinel, { path: "../a", size: 1 }]],
  "with the user's install": ["reserved", [sentinel, { path: "local/a", size: 1 }]],
};

for (const [what, [why, files]] of Object.entries(REFUSED)) {
  Deno.test(`a file list is refused ${what}`, () => {
    const result = ManifestFiles.safeParse(files);
    assert(!result.success);
    assertStringIncludes(result.error.issues.map((issue) => issue.message).join(" "), why);
  });
}

Deno.test("a file list with the largest sentinel and an ordinary nested version.ini passes", () => {
  const files = [file(SENTINEL, MAX_SENTINEL_BYTES), file("x/version.ini", MAX_SENTINEL_BYTES + 1)];
  assertEquals(filesProblem(files), undefined);
  assertEquals(ManifestFiles.parse(files), files);
});

Deno.test("a list of more files than a game may have is refused for its count", () => {
  const files = Array.from({ length: MAX_FILES_PER_GAME }, (_, i) => ({ path: `f${i}`, size: 0 }));
  const result = ManifestFiles.safeParse([sentinel, ...files]);
  assert(!result.success);
  assertEquals(result.error.issues.map((issue) => issue.code), ["too_big"]);
});
