/**
 * The staging directory `.local.installing/`: made, filled, released and made the install.
 *
 * The marker stands in it while it is filled and goes before the rename, since `local/` belongs to the user and holds
 * no files of lanspread. In the moment between the two the intent says whose the directory is.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { renameRetrying, syncDirectory } from "../base/atomic_file.ts";
import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import type { IntentLog } from "./intent.ts";
import { lstat } from "./look.ts";
import { mark, unmark } from "./owned_dir.ts";
import { forgetSetup } from "./setup_done.ts";
import { INSTALL_NAME, NO_STEPS, STAGING_NAME, type Steps } from "./state.ts";
import { syncTree } from "./sync_tree.ts";
import type { UnpackResult, UnpackState } from "./unpack.ts";

/** What the staging is for. */
export interface StagingOptions {
  game_id: GameId;
  game_root: string;
  intents: IntentLog;
  signal: AbortSignal;
  steps?: Steps | undefined;
  onProgress?: (state: UnpackState) => void;
}

/** Puts files into the staging. */
export type Fill = (
  destination: string,
  onProgress: (state: UnpackState) => void,
) => Promise<UnpackResult>;

/** Makes the staging and lets `fill` put the install into it, durably. Throws what `fill` throws; removes nothing. */
export async function fillStaging(options: StagingOptions, fill: Fill): Promise<UnpackResult> {
  const { game_root, signal, steps = NO_STEPS } = options;
  const destination = join(game_root, STAGING_NAME);
  await Deno.mkdir(destination);
  steps("staging-made");
  await mark(destination);
  await syncDirectory(game_root);
  steps("staged");
  let reached: UnpackState | undefined;
  const onProgress = (state: UnpackState) => {
    reached = state;
    steps("unpacking");
    options.onProgress?.(state);
  };
  try {
    const result = await fill(destination, onProgress);
    steps("unpacked");
    await syncTree(destination, signal);
    steps("synced");
    return result;
  } catch (error) {
    throw withFigures(error, reached, destination);
  }
}

/** A disk that fills up while unpacking: says how much was needed. The check before the first byte says it itself. */
function withFigures(error: unknown, reached: UnpackState | undefined, destination: string): unknown {
  if (!reached || toLanspreadError(error, "io", "").code !== "disk_full") return error;
  const { bavail, bsize } = statfsSync(destination);
  return new LanspreadError(
    "disk_full",
    `unpacking needs ${reached.total_bytes} bytes; the disk was full after ${reached.done_bytes} and has ` +
      `${bavail * bsize} bytes free; free more than is missing and try again`,
    { cause: error },
  );
}

/** The last moment to cancel; then the marker goes. The new install will need a setup of its own. */
export async function releaseStaging(options: StagingOptions): Promise<void> {
  const { game_root, intents, signal, steps = NO_STEPS } = options;
  signal.throwIfAborted();
  await forgetSetup({ ...options, state_dir: intents.state_dir });
  await unmark(join(game_root, STAGING_NAME));
  steps("released");
}

/** The rename that decides. Throws `io` where somebody made `local/` meanwhile. */
export async function promoteStaging({ game_root, steps = NO_STEPS }: StagingOptions): Promise<void> {
  const staging = join(game_root, STAGING_NAME);
  const local = join(game_root, INSTALL_NAME);
  try {
    await renameRetrying(staging, local);
  } catch (cause) {
    // It is known here whose it is, and will not be when somebody made local/ meanwhile.
    await mark(staging).catch(() => {});
    if (!(await lstat(local))) throw cause;
    throw new LanspreadError("io", `${local} was made by somebody meanwhile; move it away, then try again`, {
      cause,
    });
  }
  steps("promoted");
}
