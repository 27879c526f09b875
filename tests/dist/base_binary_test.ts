/**
 * What people read where Deno's part of a binary can't be had.
 *
 * @module
 */

import { baseBinaryUrl, lacksBaseBinary, missingBaseBinary } from "../../src/dist/base_binary.ts";
import { TARGETS } from "../../src/dist/targets.ts";
import { assert, assertEquals } from "../support/assert.ts";

const [linux, , windows] = TARGETS;
assert(linux && windows);

const NO_NAME = `error: Writing deno compile executable to temporary file 'x.tmp'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://dl.deno.land/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip)
    2: client error (Connect)
    3: dns error
    4: failed to lookup address information: Name or service not known`;
const NOT_FOUND = `Caused by:
    0: Setting up base binary.
    1: Import 'https://dl.deno.land/x.zip' failed, status 404`;
const NO_FILE = `Caused by:
    0: Could not find denort at '/opt/denort'
    1: No such file or directory (os error 2)`;

Deno.test("only a missing base binary is told as one", () => {
  const others = [
    "",
    "error: Module not found",
    "Writing binary bytes\n1: Invalid object: Failed to parse PE",
  ];
  assertEquals([NO_NAME, NOT_FOUND, NO_FILE, ...others].map(lacksBaseBinary), [
    ...[true, true, true],
    ...[false, false, false],
  ]);
});

Deno.test("the sentence says what is missing, why, and where a copy of it goes", () => {
  const deno_version = "2.9.6";
  const url = baseBinaryUrl(linux, deno_version);
  assertEquals(url, "https://dl.deno.land/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip");
  assertEquals(
    missingBaseBinary({ target: linux, deno_version, deno_dir: "/home/a b/.cache/deno", printed: NO_NAME }),
    `Cannot make the binary for linux-x64: Deno's part of it, ${url}, can't be downloaded (dns error); ` +
      "run this where dl.deno.land can be reached, or fetch that file elsewhere and put it at " +
      "/home/a b/.cache/deno/dl/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip",
  );
  const on_windows = missingBaseBinary({
    target: windows,
    deno_version,
    deno_dir: "C:\\Users\\a\\deno",
    printed: NOT_FOUND,
  });
  assert(on_windows.includes("status 404"), on_windows);
  assert(
    on_windows.endsWith(String.raw`\deno\dl\release\v2.9.6\denort-x86_64-pc-windows-msvc.zip`),
    on_windows,
  );
});

Deno.test("a base binary of one's own that is not there is named", () => {
  assertEquals(
    missingBaseBinary({ target: linux, deno_version: "2.9.6", deno_dir: "/d", printed: NO_FILE }),
    "Cannot make the binary for linux-x64: DENORT_BIN names /opt/denort, which can't be read; unset it",
  );
});
