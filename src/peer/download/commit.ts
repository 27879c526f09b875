/**
 * The end of a download: every name is synced as the content is, left-over files of the old version go, the sentinel is written.
 *
 * @module
 */

import { LanspreadError, toLanspreadError } from "../../base/errors.ts";
import { type Manifest, type ManifestFile, SENTINEL } from "../../proto/manifest.ts";
import { parseVersionIni } from "../../watch/version_ini.ts";
import { GameFiles } from "./game_files.ts";
import { commitSentinel } from "./sentinel.ts";

/** What is committed. */
export interface CommitOrder {
  readonly manifest: Manifest;
  /** What stood there before. */
  readonly previous: Manifest | null;
  readonly files: GameFiles;
  /** The sentinel's bytes as they came. */
  readonly sentinel: Uint8Array;
}

/**
 * Commits a download whose chunks are all here. Until the sentinel is written a cancel still counts. Throws `io`,
 * `disk_full`, `download_failed` where the sentinel is not that of this version, and the signal's reason.
 */
export async function commitDownload(order: CommitOrder, signal: AbortSignal): Promise<void> {
  const { manifest: { game_id, version }, files, sentinel } = order;
  await files.syncNames(signal);
  await removeStale(order);
  if (parseVersionIni(sentinel) !== version) {
    throw new LanspreadError(
      "download_failed",
      `Cannot download ${game_id}: the ${SENTINEL} that came does not say ${version}; its source is wrong`,
    );
  }
  try {
    await commitSentinel(files.root, sentinel);
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot finish the download of ${game_id}`);
  }
}

// Left-over files of the old version would make this peer's file list differ from everybody else's. They go when all
// of the new one is here, and not before. A name that changed in case only is the same file on some disks.
async function removeStale({ manifest, previous, files }: CommitOrder): Promise<void> {
  if (!previous) return;
  const wanted = new Set<string>(manifest.files.map(({ path }) => path));
  const stale: ManifestFile[] = [];
  for (const file of previous.files) {
    if (!wanted.has(file.path) && !await files.holds(file.path)) stale.push(file);
  }
  if (stale.length === 0) return;
  await new GameFiles(files.game_dir, files.game_id, stale).remove();
}
