/**
 * Which names may reach a disk. A path that arrives from a peer, an archive or a catalog is hostile until one of
 * these functions has read it.
 *
 * Goals: what passes can be created below a game root on Windows, macOS and Linux, means the same on each, and
 * never leaves the root. Non-goals: touching a disk; links are the concern of whoever opens a file.
 *
 * ```ts
 * import { pathProblem } from "./paths.ts";
 *
 * console.assert(pathProblem("maps/a.bsp") === undefined);
 * console.assert(pathProblem("../x") === 'segment ".." is not allowed');
 * ```
 *
 * @module
 */

import { z } from "zod";
import { foldCase } from "./fold_case.ts";
import { MAX_PATH_BYTES, MAX_SEGMENT_BYTES } from "./limits.ts";

export { foldCase };

// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const WINDOWS_RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\.|$)/i;
// deno-lint-ignore no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// The colon also names NTFS alternate data streams; the others can't be part of a Windows file name.
const WINDOWS_FORBIDDEN = /[<>:"|?*]/;
// Windows gives long names a short one: `LOCAL~1` may be `.local.backup`.
const SHORT_ROOT_NAME = /^(local|versio|lanspr)~\d/;
const RESERVED_ROOT_NAME = /^(local|\.local\..*|\.version\.ini\..*|\.lanspread.*)$/s;

const PLAIN = /^[A-Za-z0-9 !#$%&'()+,.;=@[\]^_`{}~-]+$/;

const encoder = new TextEncoder();

/** What is wrong with `segment` as one name in a directory, or `undefined`. */
export function segmentProblem(segment: string): string | undefined {
  if (segment === "") return "a segment is empty";
  if (segment === "." || segment === "..") return `segment "${segment}" is not allowed`;
  const problem = isPlain(segment) ? undefined : charactersProblem(segment);
  const found = problem ?? nameProblem(segment);
  return found && `segment ${JSON.stringify(segment.slice(0, 80))} ${found}`;
}

/** Letters, digits and the like of ASCII: there may be 200,000 paths in a list, and almost all are such. */
function isPlain(segment: string): boolean {
  return segment.length <= MAX_SEGMENT_BYTES && PLAIN.test(segment);
}

function charactersProblem(segment: string): string | undefined {
  if (!segment.isWellFormed()) return "is not valid Unicode";
  if (CONTROL.test(segment)) return "has a control character";
  if (segment.includes("/") || segment.includes("\\")) return "has a slash";
  if (WINDOWS_FORBIDDEN.test(segment)) return "has a character that Windows does not allow";
  if (segment.normalize("NFC") !== segment) return "is not in Unicode form NFC";
  if (encoder.encode(segment).length > MAX_SEGMENT_BYTES) return `is longer than ${MAX_SEGMENT_BYTES} bytes`;
  return undefined;
}

function nameProblem(segment: string): string | undefined {
  if (segment.endsWith(".") || segment.endsWith(" ")) return "ends in a dot or a space";
  if (WINDOWS_RESERVED.test(segment)) return "is a reserved Windows name";
  return undefined;
}

/** What is wrong with `path` as a relative, `/`-separated path, or `undefined`. */
export function relativePathProblem(path: string): string | undefined {
  if (path === "") return "the path is empty";
  if (path.startsWith("/")) return "the path is absolute";
  if (isLongerThan(path, MAX_PATH_BYTES)) return `the path is longer than ${MAX_PATH_BYTES} bytes`;
  for (const segment of path.split("/")) {
    const problem = segmentProblem(segment);
    if (problem) return problem;
  }
  return undefined;
}

/** In UTF-8, where a character of the text takes three bytes at most. */
function isLongerThan(path: string, bytes: number): boolean {
  return path.length * 3 > bytes && encoder.encode(path).length > bytes;
}

/** What is wrong with `path` as a file of a game root, or `undefined`. */
export function pathProblem(path: string): string | undefined {
  const problem = relativePathProblem(path);
  if (problem) return problem;
  const [first = ""] = path.split("/", 1);
  if (isReservedRootName(first)) return `"${first}" is reserved for lanspread`;
  return undefined;
}

/** What is wrong with `path` as something below an install, or `undefined`. */
export function installPathProblem(path: string): string | undefined {
  // The first such name is lanspread's own marker beside the unpacked files.
  if (foldCase(path).startsWith(".lanspread")) return "the name is reserved for lanspread";
  return relativePathProblem(path);
}

/** Whether a direct child of a game root belongs to lanspread or to the user, and is never shared. */
export function isReservedRootName(name: string): boolean {
  const folded = foldCase(name);
  return RESERVED_ROOT_NAME.test(folded) || SHORT_ROOT_NAME.test(folded);
}

/**
 * The first pair of paths that can't stand beside each other: equal ignoring case, or one a directory of the
 * other. Paths must have passed `relativePathProblem`.
 */
export function collidingPaths(paths: Iterable<string>): [string, string] | undefined {
  // "/" becomes the lowest character, so that a file sorts right before what takes it for a directory.
  const sorted = Array.from(paths, (path) => ({ path, key: foldCase(path).replaceAll("/", "\0") }));
  sorted.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  for (const [i, here] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before && (here.key === before.key || here.key.startsWith(`${before.key}\0`))) {
      return [before.path, here.path];
    }
  }
  return undefined;
}

/** A checked path of a game's file: relative, `/`-separated, NFC. */
export const ManifestPath = z.string().superRefine((path, context) => {
  const problem = pathProblem(path);
  if (problem) {
    context.addIssue({ code: "custom", message: `path ${JSON.stringify(path.slice(0, 120))}: ${problem}` });
  }
}).brand<"ManifestPath">();
export type ManifestPath = z.infer<typeof ManifestPath>;

/** A checked path below an install: relative, `/`-separated, NFC. */
export const InstallPath = z.string().superRefine((path, context) => {
  const problem = installPathProblem(path);
  if (problem) {
    context.addIssue({ code: "custom", message: `path ${JSON.stringify(path.slice(0, 120))}: ${problem}` });
  }
}).brand<"InstallPath">();
export type InstallPath = z.infer<typeof InstallPath>;
