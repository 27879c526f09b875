/**
 * Reads the version out of a `version.ini`. Pure: bytes in, version out.
 *
 * The file may be a single line (`1.2.0`) or an ini file with a `version=` key, written by any editor:
 * UTF-8 with or without byte order mark, UTF-16 with one, any line ends. A `version=` key wins over a plain
 * first line, which may be a title.
 *
 * ```ts
 * import { parseVersionIni } from "./version_ini.ts";
 *
 * const bytes = new TextEncoder().encode("[game]\r\nversion = 1.2\r\n");
 * console.assert(parseVersionIni(bytes) === "1.2");
 * ```
 *
 * @module
 */

import { GameVersion } from "../proto/ids.ts";
import { MAX_SENTINEL_BYTES } from "../proto/limits.ts";

const SECTION_OR_COMMENT = /^(\[.*\]$|;|#)/;
const VERSION_KEY = /^version\s*=(.*)$/i;

/** The version that a sentinel's `bytes` name, or `undefined` where they name none or are too many. */
export function parseVersionIni(bytes: Uint8Array): GameVersion | undefined {
  if (bytes.length > MAX_SENTINEL_BYTES) return undefined;
  const lines = decode(bytes).split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !SECTION_OR_COMMENT.test(line));
  const named = lines.map((line) => VERSION_KEY.exec(line)?.[1]).find((value) => value !== undefined);
  return GameVersion.safeParse((named ?? lines[0])?.trim()).data;
}

// A comment in an old code page must not cost the version, so wrong bytes are read as replacement characters.
function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}
