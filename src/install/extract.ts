/**
 * The unpacking worker's job in order: list, check, write. Synchronous, because unrar is.
 *
 * @module
 */

import { mkdirSync, utimesSync } from "node:fs";
import { dirname, join } from "../base/std/path.ts";
import { planArchives, type Visit, walkArchives } from "./archive_walk.ts";
import type { UnpackPlan } from "./entries.ts";
import { refuseFullDisk } from "./free_space.ts";
import { OutputFile } from "./output_file.ts";
import { ProgressMeter } from "./progress_meter.ts";
import type { UnpackDone, UnpackProgress, UnpackRequest } from "./unpack_protocol.ts";
import type { Unrar } from "./unrar.d.ts";

type Report = (progress: UnpackProgress) => void;

/** Unpacks everything that `request` names. Throws `LanspreadError`, and what the file system throws. */
export function extractArchives(
  unrar: Unrar,
  request: UnpackRequest,
  report: Report,
): Omit<UnpackDone, "type"> {
  const { archives, destination, stop } = request;
  const plan = planArchives(unrar, archives, stop);
  refuseFullDisk(destination, plan.total_bytes);
  const meter = new ProgressMeter(
    plan.total_bytes,
    (progress) => report({ type: "progress", ...progress }),
  );
  const written = new Set<string>();
  for (const visit of walkArchives(unrar, archives, plan, stop)) {
    extractEntry(visit, destination, written, meter);
  }
  restoreDirectoryTimes(plan, destination);
  meter.finish();
  return { files: plan.files, bytes: plan.total_bytes };
}

function extractEntry(
  visit: Visit,
  destination: string,
  written: Set<string>,
  meter: ProgressMeter,
): void {
  const { archive, entry } = visit;
  const path = join(destination, entry.path);
  if (entry.directory) {
    mkdirSync(path, { recursive: true });
    return visit.skip();
  }
  mkdirSync(dirname(path), { recursive: true });
  using output = new OutputFile({
    ...entry,
    path,
    archive,
    replaces: written.has(entry.path),
    onBytes: (bytes) => meter.add(bytes),
  });
  visit.extract(output);
  output.finish();
  written.add(entry.path);
}

/** Afterwards: every file that is made in a directory changes its time. */
function restoreDirectoryTimes(plan: UnpackPlan, destination: string): void {
  for (const entry of plan.archives.flatMap(({ entries }) => entries)) {
    if (!entry.directory || entry.modified_ms === undefined) continue;
    const time = new Date(entry.modified_ms);
    utimesSync(join(destination, entry.path), time, time);
  }
}
