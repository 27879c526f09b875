/**
 * The sentinel `version.ini`: a game is downloaded exactly when it stands. It is parked before the first byte of a
 * download is written and committed after the last.
 *
 * @module
 */

import { removeRetrying, renameRetrying, syncDirectory, writeFileAtomic } from "../../base/atomic_file.ts";
import { join } from "../../base/std/path.ts";
import { SENTINEL } from "../../proto/manifest.ts";

const TEMP = ".version.ini.tmp";
const DISCARDED = ".version.ini.discarded";

/** From here on the game counts as not downloaded, after a power cut too. */
export async function parkSentinel(game_root: string): Promise<void> {
  try {
    await renameRetrying(join(game_root, SENTINEL), join(game_root, DISCARDED));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await syncDirectory(game_root);
}

/** From here on the game counts as downloaded; everything else must be on disk already. */
export async function commitSentinel(game_root: string, bytes: Uint8Array): Promise<void> {
  await writeFileAtomic(join(game_root, SENTINEL), bytes, { temp_path: join(game_root, TEMP) });
  // It stands: scratch that can't be removed now is swept at the next start.
  await sweepSentinelScratch(game_root).catch(() => {});
}

/** Whether there is anything to sweep. Cheap, because almost always there is not; throws what the file system throws. */
export function holdsSentinelScratch(game_root: string): boolean {
  for (const { name } of Deno.readDirSync(game_root)) if (name === TEMP || name === DISCARDED) return true;
  return false;
}

/** Removes what a download leaves when it ends early. The old sentinel does not come back. */
export async function sweepSentinelScratch(game_root: string): Promise<void> {
  for (const name of [TEMP, DISCARDED]) {
    try {
      await removeRetrying(join(game_root, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
}
