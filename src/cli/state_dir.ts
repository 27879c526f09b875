/**
 * Where this platform keeps a program's own data.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";

/** The default state directory. Throws `usage` where the environment names no home. */
export function defaultStateDir(
  env: (name: string) => string | undefined,
  os: typeof Deno.build.os = Deno.build.os,
): string {
  const base = baseDirectory(env, os);
  if (base === undefined) throw new LanspreadError("usage", "no home folder is known; give --state-dir");
  return join(base, "lanspread");
}

function baseDirectory(env: (name: string) => string | undefined, os: string): string | undefined {
  if (os === "windows") return env("LOCALAPPDATA");
  const home = env("HOME");
  if (os === "darwin") return home && join(home, "Library", "Application Support");
  return env("XDG_STATE_HOME") || (home && join(home, ".local", "state"));
}
