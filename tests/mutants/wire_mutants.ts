/**
 * Mutants of the wire: limits, paths, file lists.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

export const WIRE_MUTANTS: readonly Mutant[] = [
  {
    name: "frame-limit-ignored",
    defect: "a frame may be as long as its header says, and memory is taken for it",
    file: "src/proto/codec.ts",
    find: "if (length > this.#limit_bytes) throw frameTooLong(length, this.#limit_bytes);",
    replace: "",
    caught_by: { file: "tests/proto/codec_test.ts", filter: "refused before anything is allocated" },
  },
  {
    name: "local-served",
    defect: "`local/` is a folder like any other: listed in the manifest and served",
    file: "src/proto/paths.ts",
    find: "/^(local|\\.local\\..*|",
    replace: "/^(\\.local\\..*|",
    caught_by: { file: "tests/scenarios/s32_requests_test.ts", filter: "S32: local/ is never served" },
  },
  {
    name: "backslash-allowed",
    defect: "a path may hold a backslash, which is a separator on Windows",
    file: "src/proto/paths.ts",
    find: ' || segment.includes("\\\\")',
    replace: "",
    caught_by: { file: "tests/proto/path_refusals_test.ts", filter: "a path is refused for" },
  },
  {
    name: "case-tells-paths-apart",
    defect: "two paths that differ in case only may stand beside each other",
    file: "src/proto/paths.ts",
    find: "key: foldCase(path).replaceAll(",
    replace: "key: path.replaceAll(",
    caught_by: { file: "tests/proto/collisions_test.ts", filter: "two paths collide" },
  },
  {
    name: "sentinel-of-any-size",
    defect: "a `version.ini` of any size is taken, and held in memory",
    file: "src/proto/manifest.ts",
    find:
      "if (sentinel.size > MAX_SENTINEL_BYTES) return `${SENTINEL} is larger than ${MAX_SENTINEL_BYTES} bytes`;",
    replace: "",
    caught_by: { file: "tests/proto/manifest_test.ts", filter: "a file list is refused" },
  },
  {
    name: "chunk-lost-at-the-end",
    defect: "the last, shorter chunk of a file is left out",
    file: "src/proto/manifest.ts",
    find: "for (let offset = 0; offset === 0 || offset < size; offset += CHUNK_BYTES) {",
    replace: "for (let offset = 0; offset === 0 || offset + CHUNK_BYTES <= size; offset += CHUNK_BYTES) {",
    caught_by: { file: "tests/proto/manifest_test.ts", filter: "chunksOf() covers each byte" },
  },
];
