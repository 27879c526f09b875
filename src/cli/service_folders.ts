/**
 * The folders of a service: which it has, who it runs as because of them, and where it may write.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { dirname } from "../base/std/path.ts";
import { contains } from "../peer/chosen_folder.ts";
import type { Owner } from "../service/plan.ts";
import type { ServiceSetup } from "../service/setup.ts";

/** A service of the machine keeps its data where the machine keeps such things. */
export function systemStateDir(
  settings: readonly string[],
  os: string,
  env: (name: string) => string | undefined,
): string[] {
  if (settings.some((arg) => /^--state-dir(=|$)/.test(arg))) return [];
  const folder = os === "windows"
    ? `${env("ProgramData") ?? "C:\\ProgramData"}\\lanspread`
    : "/var/lib/lanspread";
  return [`--state-dir=${folder}`];
}

/** It runs as whoever owns the games, since it has to write there; never as root. */
export function ownerOf({ uid, gid }: Deno.FileInfo, game_dir: string): Owner {
  if (uid) return { uid, gid: gid ?? uid };
  throw usage(
    `${game_dir} belongs to root, as whom lanspread does not run; give it to the user who shall run it: chown -R`,
  );
}

/**
 * What `path`, the file of the settings, leads to where it is a link. A service of the machine has none: the owner of its
 * folder could make one to what root alone may read, and would be given the text.
 */
export async function configFile(path: string, owner: Owner | undefined): Promise<string> {
  if (!(await Deno.lstat(path).catch(() => undefined))?.isSymlink) return path;
  if (owner) throw usage(`${path} is a link; put the file itself there`);
  return await Deno.realPath(path).catch(() => path);
}

/** A service of the machine writes into its folders and nowhere else; none makes a folder for its log. */
export async function requireLogFolder(
  log_file: string,
  { scope, state_dir, game_dir }: Pick<ServiceSetup, "scope" | "state_dir" | "game_dir">,
): Promise<void> {
  if (scope === "system" && ![state_dir, game_dir].some((folder) => contains(folder, log_file))) {
    throw usage(
      `--log-file ${log_file}: a service of the machine may not write there; leave it out, or choose one in ${state_dir}`,
    );
  }
  const folder = dirname(log_file);
  if (folder === state_dir || (await Deno.stat(folder).catch(() => undefined))?.isDirectory) return;
  throw usage(`--log-file ${log_file}: ${folder} is not a folder; make it first`);
}

function usage(message: string): LanspreadError {
  return new LanspreadError("usage", message);
}
