/**
 * An install made, or put in the place of another one: filled beside it, then one rename or two.
 *
 * @module
 */

import { renameRetrying, syncDirectory } from "../base/atomic_file.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { GameVersion } from "../proto/ids.ts";
import type { IntentDetails } from "./intent.ts";
import { type Fill, fillStaging, promoteStaging, releaseStaging } from "./staging_area.ts";
import { BACKUP_NAME, INSTALL_NAME, NO_STEPS } from "./state.ts";
import type { TransactionOptions } from "./transact.ts";
import type { UnpackResult, UnpackState } from "./unpack.ts";

/** What is installed. */
export interface InstallOptions extends TransactionOptions {
  /** What `local/` will be; to be remembered with it. */
  version?: GameVersion | undefined;
  /** Called at most ten times a second while unpacking, the last time with everything unpacked. */
  onProgress?: (state: UnpackState) => void;
}

/** What the intent of an install says. */
export function versionOf({ version }: InstallOptions): IntentDetails {
  return version === undefined ? {} : { version };
}

/** `local/` appears in one rename. */
export async function makeInstall(options: InstallOptions, fill: Fill): Promise<UnpackResult> {
  const result = await fillStaging(options, fill);
  await releaseStaging(options);
  await promoteStaging(options);
  return result;
}

/** `local/` gives way in one rename, and appears in the next. */
export async function replaceInstall(options: InstallOptions, fill: Fill): Promise<UnpackResult> {
  const result = await fillStaging(options, fill);
  await releaseStaging(options);
  await setInstallAside(options);
  await promoteStaging(options);
  return result;
}

/** From here to the promotion there is no `local/`. The backup gets no marker yet: it may have to come back. */
export async function setInstallAside({ game_root, steps = NO_STEPS }: TransactionOptions): Promise<void> {
  const local = join(game_root, INSTALL_NAME);
  try {
    await renameRetrying(local, join(game_root, BACKUP_NAME));
  } catch (cause) {
    const message =
      `${local} can't be moved (${messageOf(cause)}); close the game and every window that shows it, ` +
      "then try again";
    throw new LanspreadError("io", message, { cause });
  }
  await syncDirectory(game_root);
  steps("set-aside");
}
