/**
 * The worker's job in order: list, check, write. Synchronous, because unrar is.
 *
 * @module
 */

import { mkdirSync, statfsSync, utimesSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";
import { basename, dirname, join } from "../base/std/path.ts";
import { type ArchiveEntries, planEntries, type PlannedEntry, type UnpackPlan } from "./entries.ts";
import { OutputFile } from "./output_file.ts";
import { checkRar5 } from "./rar5_check.ts";
import { StoredEntries, type StoredEntry } from "./rar5_stored.ts";
import type { UnpackDone, UnpackProgress, UnpackRequest } from "./unpack_protocol.ts";
import type { Unrar } from "./unrar.d.ts";
import { listArchive, type OpenArchive, openArchive } from "./unrar_archive.ts";

const PROGRESS_MS = 100;

type Report = (progress: UnpackProgress) => void;

/** Unpacks everything that `request` names. Throws `LanspreadError`, and what the file system throws. */
export function extractArchives(
  unrar: Unrar,
  request: UnpackRequest,
  report: Report,
): Omit<UnpackDone, "type"> {
  const stored: StoredEntry[][] = [];
  const plan = planEntries(request.archives.map((path) => {
    const { entries, volumes } = listArchive(unrar, path, request.stop);
    stored.push(volumes.flatMap(checkRar5));
    return { archive: basename(path), entries };
  }));
  refuseFullDisk(request.destination, plan.total_bytes);
  const meter = new Meter(plan.total_bytes, report);
  const written = new Set<string>();
  for (const [i, path] of request.archives.entries()) {
    using archive = openArchive(unrar, path, request.stop);
    using copies = new StoredEntries(stored[i] ?? [], request.stop);
    extractArchive(archive, copies, plan.archives[i]?.entries ?? [], request.destination, written, meter);
  }
  restoreDirectoryTimes(plan, request.destination);
  meter.finish();
  return { files: plan.files, bytes: plan.total_bytes };
}

function extractArchive(
  archive: OpenArchive,
  copies: StoredEntries,
  planned: PlannedEntry[],
  destination: string,
  written: Set<string>,
  meter: Meter,
): void {
  for (const entry of planned) {
    const header = archive.next();
    // The plan was made from another reading of the headers; unrar may even take them from another place.
    if (!header || header.name.normalize("NFC") !== entry.path || header.size !== entry.size) {
      throw changedMeanwhile(archive.name);
    }
    const path = join(destination, entry.path);
    if (entry.directory) {
      mkdirSync(path, { recursive: true });
      archive.skip();
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    using output = new OutputFile({
      ...entry,
      path,
      archive: archive.name,
      replaces: written.has(entry.path),
      onBytes: (bytes) => meter.add(bytes),
    });
    const copy = copies.find(header.name, header.size);
    if (copy) {
      copies.copy(copy, output);
      archive.skip();
    } else {
      archive.extract(output);
    }
    output.finish();
    written.add(entry.path);
  }
  if (archive.next()) throw changedMeanwhile(archive.name);
}

/** Afterwards: every file that is made in a directory changes its time. */
function restoreDirectoryTimes(plan: UnpackPlan, destination: string): void {
  for (const entry of plan.archives.flatMap(({ entries }: ArchiveEntries<PlannedEntry>) => entries)) {
    if (!entry.directory || entry.modified_ms === undefined) continue;
    const time = new Date(entry.modified_ms);
    utimesSync(join(destination, entry.path), time, time);
  }
}

function refuseFullDisk(destination: string, needed_bytes: number): void {
  const { bavail, bsize } = statfsSync(destination);
  const free_bytes = bavail * bsize;
  if (needed_bytes <= free_bytes) return;
  throw new LanspreadError(
    "disk_full",
    `unpacking needs ${needed_bytes} bytes and the disk has ${free_bytes} bytes free; ` +
      `free at least ${needed_bytes - free_bytes} bytes and try again`,
  );
}

function changedMeanwhile(archive: string): LanspreadError {
  return new LanspreadError(
    "archive_damaged",
    `${archive} contradicts its own list of entries, or was changed meanwhile; download it again`,
  );
}

/** Counts written bytes and tells them, not too often. */
class Meter {
  readonly #total_bytes: number;
  readonly #report: Report;
  #done_bytes = 0;
  #told_ms = -Infinity;

  constructor(total_bytes: number, report: Report) {
    this.#total_bytes = total_bytes;
    this.#report = report;
    this.#tell();
  }

  add(bytes: number): void {
    this.#done_bytes += bytes;
    // The last state is told by finish(), once.
    if (this.#done_bytes < this.#total_bytes && performance.now() - this.#told_ms >= PROGRESS_MS) {
      this.#tell();
    }
  }

  finish(): void {
    if (this.#total_bytes > 0) this.#tell();
  }

  #tell(): void {
    this.#told_ms = performance.now();
    this.#report({ type: "progress", done_bytes: this.#done_bytes, total_bytes: this.#total_bytes });
  }
}
