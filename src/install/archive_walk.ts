/**
 * The way through several archives: all headers first, checked and planned, then entry by entry. Synchronous, because
 * unrar is.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import { planEntries, type PlannedEntry, type UnpackPlan } from "./entries.ts";
import type { EntryOutput } from "./entry_output.ts";
import { checkRar5 } from "./rar5_check.ts";
import { StoredEntries, type StoredEntry } from "./rar5_stored.ts";
import type { Unrar } from "./unrar.d.ts";
import { listArchive, type OpenArchive, openArchive } from "./unrar_archive.ts";

/** An entry whose turn it is: `skip` or `extract` has to follow. */
export interface Visit {
  /** The archive's file name. */
  archive: string;
  entry: PlannedEntry;
  /** Passes it over. */
  skip(): void;
  /** Unpacks it into `output` and checks its checksum. Throws `LanspreadError`, and what `output` throws. */
  extract(output: EntryOutput): void;
}

/** A plan, and of each archive what can be copied as it is. */
export interface WalkPlan extends UnpackPlan {
  stored: StoredEntry[][];
}

/** Lists and checks everything. `stop[0]` other than 0 ends it with `cancelled`. Throws `LanspreadError`. */
export function planArchives(unrar: Unrar, archives: readonly string[], stop: Int32Array): WalkPlan {
  const stored: StoredEntry[][] = [];
  const plan = planEntries(archives.map((path) => {
    const { entries, volumes } = listArchive(unrar, path, stop);
    stored.push(volumes.flatMap(checkRar5));
    return { archive: basename(path), entries };
  }));
  return { ...plan, stored };
}

/** Goes through what was planned, in order. Throws `archive_damaged` where an archive is not what was listed. */
export function* walkArchives(
  unrar: Unrar,
  archives: readonly string[],
  plan: WalkPlan,
  stop: Int32Array,
): Generator<Visit> {
  for (const [i, path] of archives.entries()) {
    using archive = openArchive(unrar, path, stop);
    using copies = new StoredEntries(plan.stored[i] ?? [], stop);
    for (const entry of plan.archives[i]?.entries ?? []) {
      const header = archive.next();
      // The plan was made from another reading of the headers; unrar may even take them from another place.
      if (!header || header.name.normalize("NFC") !== entry.path || header.size !== entry.size) {
        throw changedMeanwhile(archive.name);
      }
      const { name, size } = header;
      yield {
        archive: archive.name,
        entry,
        skip: () => archive.skip(),
        extract: (output) => extract(archive, copies, { name, size }, output),
      };
    }
    if (archive.next()) throw changedMeanwhile(archive.name);
  }
}

function extract(
  archive: OpenArchive,
  copies: StoredEntries,
  { name, size }: { name: string; size: number },
  output: EntryOutput,
): void {
  const copy = copies.find(name, size);
  if (!copy) return archive.extract(output);
  copies.copy(copy, output);
  archive.skip();
}

function changedMeanwhile(archive: string): LanspreadError {
  return new LanspreadError(
    "archive_damaged",
    `${archive} contradicts its own list of entries, or was changed meanwhile; download it again`,
  );
}
