/**
 * The way through several archives: all headers first, checked and planned, then entry by entry. Synchronous, because
 * unrar is.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import { planEntries, type PlannedEntry, type UnpackPlan } from "./entries.ts";
import { checkRar5 } from "./rar5_check.ts";
import type { Unrar } from "./unrar.d.ts";
import { listArchive, type OpenArchive, openArchive } from "./unrar_archive.ts";

/** An entry and the archive that stands before it: `skip` or `extract` has to follow. */
export interface Visit {
  archive: OpenArchive;
  entry: PlannedEntry;
}

/** Lists and checks everything. `stop[0]` other than 0 ends it with `cancelled`. Throws `LanspreadError`. */
export function planArchives(unrar: Unrar, archives: readonly string[], stop: Int32Array): UnpackPlan {
  return planEntries(archives.map((path) => {
    const { entries, volumes } = listArchive(unrar, path, stop);
    for (const volume of volumes) checkRar5(volume);
    return { archive: basename(path), entries };
  }));
}

/** Goes through what was planned, in order. Throws `archive_damaged` where an archive is not what was listed. */
export function* walkArchives(
  unrar: Unrar,
  archives: readonly string[],
  plan: UnpackPlan,
  stop: Int32Array,
): Generator<Visit> {
  for (const [i, path] of archives.entries()) {
    using archive = openArchive(unrar, path, stop);
    for (const entry of plan.archives[i]?.entries ?? []) {
      const header = archive.next();
      // The plan was made from another reading of the headers; unrar may even take them from another place.
      if (!header || header.name.normalize("NFC") !== entry.path || header.size !== entry.size) {
        throw changedMeanwhile(archive.name);
      }
      yield { archive, entry };
    }
    if (archive.next()) throw changedMeanwhile(archive.name);
  }
}

function changedMeanwhile(archive: string): LanspreadError {
  return new LanspreadError(
    "archive_damaged",
    `${archive} contradicts its own list of entries, or was changed meanwhile; download it again`,
  );
}
