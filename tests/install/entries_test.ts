import { LanspreadError } from "../../src/base/errors.ts";
import { entryProblem, planEntries, type RarEntry } from "../../src/install/entries.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

function entry(over: Partial<RarEntry>): RarEntry {
  return {
    name: "maps/a.bsp",
    size: 3,
    packed_size: 3,
    directory: false,
    encrypted: false,
    continued: false,
    host: "unix",
    attributes: 0o100644,
    ...over,
  };
}

const directory = { directory: true, size: 0, packed_size: 0, attributes: 0o40755 };

const ACCEPTED: Record<string, Partial<RarEntry>> = {
  "a plain file": {},
  "an empty file": { size: 0, packed_size: 0 },
  "a directory": directory,
  "a file from Windows": { host: "windows", attributes: 0x20 },
  "a hidden read-only directory from Windows": { ...directory, host: "windows", attributes: 0x13 },
  "a file without a Unix type": { attributes: 0o644 },
  "a name that a game root reserves": { name: "local/.version.ini.tmp" },
  "a name in Unicode form NFD": { name: "e\u0301.txt" },
  "a file of 300 GB": { size: 3e11, packed_size: 3e11 },
};

for (const [what, over] of Object.entries(ACCEPTED)) {
  Deno.test(`entryProblem() accepts ${what}`, () => {
    assertEquals(entryProblem(entry(over)), undefined);
  });
}

type Refusal = [what: string, over: Partial<RarEntry>, code: string, message: string];

const REFUSED: Refusal[] = [
  ["an empty name", { name: "" }, "archive_unsafe", "empty"],
  ["traversal", { name: "../x" }, "archive_unsafe", '".."'],
  ["traversal inside", { name: "a/../../x" }, "archive_unsafe", '".."'],
  ["a dot segment", { name: "./x" }, "archive_unsafe", '"."'],
  ["an absolute path", { name: "/etc/passwd" }, "archive_unsafe", "absolute"],
  ["a doubled slash", { name: "a//b" }, "archive_unsafe", "empty"],
  ["a backslash", { name: "..\\x" }, "archive_unsafe", "slash"],
  ["a drive letter", { name: "C:/x" }, "archive_unsafe", "Windows"],
  ["an alternate data stream", { name: "a.txt:evil" }, "archive_unsafe", "Windows"],
  ["a reserved Windows name", { name: "a/NUL.txt" }, "archive_unsafe", "reserved Windows name"],
  ["a port's name", { name: "com1" }, "archive_unsafe", "reserved Windows name"],
  ["a control character", { name: "a\u0007b" }, "archive_unsafe", "control"],
  ["a zero character", { name: "a\u0000b" }, "archive_unsafe", "control"],
  ["a lone surrogate", { name: "a\ud800" }, "archive_unsafe", "Unicode"],
  ["a trailing dot", { name: "a." }, "archive_unsafe", "dot"],
  ["a trailing space", { name: "a /b" }, "archive_unsafe", "space"],
  ["a segment of 256 bytes", { name: "a".repeat(256) }, "archive_unsafe", "255"],
  ["a name that unrar cuts", { name: "a/".repeat(512) }, "archive_unsafe", "too long"],
  ["the marker", { name: ".lanspread_owned" }, "archive_unsafe", "reserved for lanspread"],
  ["the marker in another case", { name: ".LANSPREAD_Owned/x" }, "archive_unsafe", "reserved for lanspread"],
  ["a symlink", { attributes: 0o120777 }, "archive_unsafe", "link"],
  ["a pipe", { attributes: 0o010644 }, "archive_unsafe", "device"],
  ["a device", { attributes: 0o060644 }, "archive_unsafe", "device"],
  ["a directory that says it is a link", { ...directory, attributes: 0o120755 }, "archive_unsafe", "link"],
  ["a Windows symlink", { host: "windows", attributes: 0x420 }, "archive_unsafe", "link"],
  ["a junction", { ...directory, host: "windows", attributes: 0x410 }, "archive_unsafe", "link"],
  ["a hard link", { packed_size: 0 }, "archive_unsafe", "reference"],
  ["a directory with data", { ...directory, size: 4 }, "archive_unsafe", "folder with data"],
  ["an unknown size", { size: 2 ** 63 }, "archive_unsafe", "how large"],
  ["encrypted data", { encrypted: true }, "archive_encrypted", "without a password"],
  ["data from an earlier volume", { continued: true }, "archive_missing", "earlier part"],
];

for (const [what, over, code, message] of REFUSED) {
  Deno.test(`entryProblem() refuses ${what}`, () => {
    const problem = entryProblem(entry(over));
    assertEquals(problem?.code, code);
    assertStringIncludes(problem?.message ?? "", message);
  });
}

function names(list: string[]): RarEntry[] {
  return list.map((name) =>
    name.endsWith("/") ? entry({ name: name.slice(0, -1), ...directory }) : entry({ name })
  );
}

/** Archives as lists of names, a directory with a slash at its end. */
const COLLIDING: Record<string, string[][]> = {
  "a path twice in one archive": [["a", "a"]],
  "paths that differ by case": [["Data/x", "data/X"]],
  "paths that differ by Unicode form": [["e\u0301", "\u00e9"]],
  "a file below a file": [["a", "a/b"]],
  "a file where a directory is": [["a/", "A"]],
  "a directory below a file": [["a", "a/b/c/"]],
  "paths that differ by case in two archives": [["a"], ["A"]],
  "a file of one archive below a file of another": [["a"], ["a/b"]],
  "a directory of one archive at a file of another": [["x/y"], ["X/Y/"]],
};

for (const [what, archives] of Object.entries(COLLIDING)) {
  Deno.test(`planEntries() refuses ${what}`, () => {
    const listed = archives.map((list, i) => ({ archive: `${i}.eti`, entries: names(list) }));
    const error = assertThrows(() => planEntries(listed), LanspreadError);
    assertEquals(error.code, "archive_unsafe");
    assertStringIncludes(error.message, `${archives.length - 1}.eti: entries`);
  });
}

Deno.test("planEntries() lets a later archive replace equal paths and share directories", () => {
  const plan = planEntries([
    { archive: "1.eti", entries: names(["data/", "data/a", "Data/b"]) },
    { archive: "2.eti", entries: names(["data/", "data/a", "c/"]) },
  ]);
  assertEquals(plan.files, 2);
  assertEquals(plan.total_bytes, 9);
});

Deno.test("planEntries() normalises names and keeps what unpacking needs", () => {
  const plan = planEntries([{
    archive: "1.eti",
    entries: [entry({ name: "e\u0301", attributes: 0o100755, modified_ms: 5_000 })],
  }]);
  assertEquals(plan.archives[0]?.entries, [
    { path: "\u00e9", size: 3, directory: false, executable: true, modified_ms: 5_000 },
  ]);
});

Deno.test("planEntries() names the archive and the entry that it refuses", () => {
  const error = assertThrows(
    () => planEntries([{ archive: "game.eti", entries: names(["a", "../x"]) }]),
    LanspreadError,
  );
  assertStringIncludes(error.message, 'game.eti: entry "../x" is refused');
});

Deno.test("planEntries() refuses more entries than a game may have", () => {
  const entries = names(Array.from({ length: 200_001 }, (_, i) => `${i}`));
  const error = assertThrows(() => planEntries([{ archive: "game.eti", entries }]), LanspreadError);
  assertStringIncludes(error.message, "more than 200000 entries");
});
