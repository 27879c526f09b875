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
  if (os === "windows") return env("LOCALAPPDATA") || undefined;
  const home = env("HOME") || undefined;
  if (os === "darwin") return home && join(home, "Library", "Application Support");
  const state_home = env("XDG_STATE_HOME");
  // The XDG base directory specification: a path that is not absolute is ignored.
  if (state_home?.startsWith("/")) return state_home;
  return home && join(home, ".local", "state");
}
