/**
 * Every class of names that the contract refuses, with examples; and what stands close to it and passes.
 *
 * @module
 */

import { GameId, gameIdProblem, parseGameId } from "../../src/proto/ids.ts";
import { MAX_PATH_BYTES, MAX_SEGMENT_BYTES } from "../../src/proto/limits.ts";
import { isReservedRootName, ManifestPath, pathProblem } from "../../src/proto/paths.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

const REFUSED: Record<string, string[]> = {
  "an empty path": [""],
  "an empty segment": ["a//b", "a/", "a/b/"],
  "a dot": [".", "./a", "a/./b", "a/."],
  "two dots": ["..", "../a", "a/../b", "a/..", "a/../../b"],
  "an absolute path": ["/", "/etc/passwd", "//server/share/a"],
  "a backslash": ["\\", "a\\b", "..\\a", "\\\\server\\share\\a", "\\\\?\\C:\\a"],
  "a NUL": ["\0", "a\0", "a\0.txt", "maps/a\0b"],
  "a control character": ["a\nb", "a\rb", "a\tb", "\x1b[31m", "a\x7f", "a\x85b"],
  "a drive letter": ["C:", "C:/a", "c:a", "a/D:/b"],
  "a stream of a file": ["a.txt:hidden", "a.txt::$DATA"],
  "a character that Windows has no names with": ["a<b", "a>b", 'a"b', "a|b", "a?b", "a*b"],
  "a segment over 255 bytes": ["a".repeat(256), "\u00e9".repeat(128), `maps/${"a".repeat(256)}/b`],
  "a path over 2,048 bytes": ["abcdefg/".repeat(256) + "a"],
  "a reserved Windows name": [
    "CON",
    "prn",
    "Aux",
    "nul",
    "COM1",
    "com9",
    "LPT1",
    "maps/con",
    "con/a",
    "COM\u00b9",
  ],
  "a reserved Windows name with an ending": ["con.txt", "NUL.tar.gz", "com1.ini", "aux .txt"],
  "a console name": ["CONIN$", "conout$"],
  "a trailing dot": ["a.", "a./b", "...", "a.."],
  "a trailing space": ["a ", " ", "a /b", "local "],
  "a name that is not in form NFC": ["e\u0301", "maps/e\u0301", "\u212a", "\u2126"],
  "half a character": ["\ud800", "a\udc00b"],
  "the install": ["local", "local/a", "LOCAL/a", "Local"],
  "scratch of an install": [".local.installing/a", ".local.backup", ".LOCAL.Backup/a", ".local."],
  "scratch of a download": [".version.ini.tmp", ".Version.INI.discarded", ".version.ini."],
  "files of lanspread": [".lanspread", ".lanspread_owned", ".lanspread/index.json", ".LanSpread.json"],
  "a reserved name by another letter": [".lan\u017fpread", ".LAN\u017fPREAD/a"],
  "a reserved name with a line separator": [".local.\u2028", ".lanspread\u2029/a", ".version.ini.\u2028x"],
};

for (const [what, paths] of Object.entries(REFUSED)) {
  Deno.test(`a path is refused for ${what}`, () => {
    for (const path of paths) {
      assert(pathProblem(path) !== undefined, `${JSON.stringify(path)} passed`);
      assert(!ManifestPath.safeParse(path).success, `${JSON.stringify(path)} passed the schema`);
    }
  });

  Deno.test(`a game id is refused for ${what}`, () => {
    for (const id of paths) {
      assert(gameIdProblem(id) !== undefined, `${JSON.stringify(id)} passed`);
      assert(!GameId.safeParse(id).success, `${JSON.stringify(id)} passed the schema`);
      assertEquals(assertThrows(() => parseGameId(id), LanspreadError).code, "invalid_request");
    }
  });
}

Deno.test("a game id is one segment", () => {
  for (const id of ["a/b", "maps/a.bsp"]) {
    assertEquals(pathProblem(id), undefined);
    assert(gameIdProblem(id) !== undefined, `${id} passed`);
  }
});

Deno.test("parseGameId() refuses what is no text, names what it refuses and says what to do", () => {
  for (const id of [undefined, null, 7, {}, ["a"]]) {
    assertEquals(assertThrows(() => parseGameId(id), LanspreadError).code, "invalid_request");
  }
  const error = assertThrows(() => parseGameId("../x"), LanspreadError, "use the name of a game folder");
  assertStringIncludes(error.message, '"../x"');
  const long = assertThrows(() => parseGameId("x".repeat(100_000)), LanspreadError);
  assert(long.message.length < 500, "a hostile id fills the message");
});

const ACCEPTED = [
  "version.ini",
  "alienswarm.eti",
  "maps/version.ini",
  "maps/local/a",
  "maps/.local.backup",
  "maps/.lanspread",
  "locale",
  "local.cfg",
  ".locale",
  ".local",
  ".version.ini",
  "lanspread",
  "console.txt",
  "com10",
  "com",
  "context/aux_1",
  ".hidden",
  "...a",
  " a",
  "a b/c d.txt",
  "\u00e9t\u00e9/\u30b2\u30fc\u30e0.txt",
  "\u{1f3ae}/a",
  "a&b (1) [2] {3} 'x' $HOME %TEMP% ~ #;,=+@!`^",
  "a".repeat(MAX_SEGMENT_BYTES),
  "\u00e9".repeat(127) + "a",
  "abcdefg/".repeat(255) + "abcdefgh",
];

Deno.test("what only looks like a refused name passes", () => {
  for (const path of ACCEPTED) {
    assertEquals(pathProblem(path), undefined, path);
    assertEquals(`${ManifestPath.parse(path)}`, path);
  }
  assertEquals(new TextEncoder().encode(ACCEPTED.at(-1)).length, MAX_PATH_BYTES);
});

Deno.test("a refusal says which segment is not allowed", () => {
  for (const dots of [".", ".."]) {
    assertEquals(pathProblem(`a/${dots}/b`), `segment "${dots}" is not allowed`);
  }
});

Deno.test("only the first segment of a path can be reserved", () => {
  for (const name of ["local", ".local.x", ".version.ini.x", ".lanspread"]) {
    assert(isReservedRootName(name), name);
    assertEquals(pathProblem(`maps/${name}`), undefined);
  }
});

Deno.test("a refusal quotes the name without its control characters and without its length", () => {
  const problem = pathProblem(`a/\x1b[31m${"x".repeat(5_000)}`) ?? "";
  const long = pathProblem(`a/\x1b[31m${"x".repeat(500)}`) ?? "";
  assert(!problem.includes("\x1b") && !long.includes("\x1b"), "a terminal would obey the message");
  assert(problem.length < 300 && long.length < 300, "a hostile path fills the message");
  assertStringIncludes(long, "control character");
});
