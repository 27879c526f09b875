import { MAX_SENTINEL_BYTES } from "../../src/proto/limits.ts";
import { parseVersionIni } from "../../src/watch/version_ini.ts";
import { assertEquals } from "../support/assert.ts";

const UTF16LE = (text: string) => utf16(text, true);
const UTF16BE = (text: string) => utf16(text, false);

const CASES: [name: string, content: string | Uint8Array, version: string | undefined][] = [
  ["a single line", "1.2.0", "1.2.0"],
  ["a single line with a line end", "1.2.0\n", "1.2.0"],
  ["spaces, tabs and empty lines before it", "\n\r\n  \t1.2\t \nmore", "1.2"],
  ["all characters that a version may have", "aZ09._-", "aZ09._-"],
  ["64 characters", "9".repeat(64), "9".repeat(64)],
  ["65 characters", "9".repeat(65), undefined],
  ["a version key", "version=1.2", "1.2"],
  ["a version key with spaces in upper case", "  VERSION = 1.2  ", "1.2"],
  ["a version key below other keys", "[game]\r\nname=Alien Swarm\r\nversion = 20240102\r\n", "20240102"],
  ["a version key below a title that could be a version", "CounterStrike\nversion=1.6\n", "1.6"],
  ["the first of two version keys", "version=1\nversion=2", "1"],
  ["a section and comments before the version", "; comment\n# another\n[game]\n1.5\n", "1.5"],
  ["a version key in a comment", ";version=9\n1.5", "1.5"],
  ["a key that only begins like version", "versions=2\n", undefined],
  ["old Mac line ends", "[a]\rversion=3\r", "3"],
  ["a UTF-8 byte order mark", "\ufeff1.2\r\n", "1.2"],
  ["a UTF-8 byte order mark before a key", "\ufeffversion=1.2", "1.2"],
  ["UTF-16, little endian", UTF16LE("\ufeff[game]\r\nversion=1.2\r\n"), "1.2"],
  ["UTF-16, big endian", UTF16BE("\ufeff1.2"), "1.2"],
  ["a comment in an old code page", Uint8Array.from([0x3b, 0xfc, 0x0a, 0x31, 0x2e, 0x35]), "1.5"],
  ["nothing", "", undefined],
  ["white space only", " \r\n\t\n", undefined],
  ["sections and comments only", "[game]\n;1.0\n", undefined],
  ["an empty version key", "version=\n", undefined],
  ["an empty version key below a good line", "1.0\nversion=\n", undefined],
  ["a version of two words", "1.0 beta", undefined],
  ["a version that climbs out", "../1", undefined],
  ["letters beyond ASCII", "1.0é", undefined],
  ["bytes that are no text", Uint8Array.from([0, 1, 2, 3]), undefined],
  ["the largest file", "1.0\n".padEnd(MAX_SENTINEL_BYTES), "1.0"],
  ["a file that is too large", "1.0\n".padEnd(MAX_SENTINEL_BYTES + 1), undefined],
];

for (const [name, content, version] of CASES) {
  Deno.test(`parseVersionIni() reads ${name}: ${version?.slice(0, 12) ?? "no version"}`, () => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    assertEquals<string | undefined>(parseVersionIni(bytes), version);
  });
}

function utf16(text: string, little_endian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), little_endian);
  return new Uint8Array(view.buffer);
}
