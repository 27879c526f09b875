/**
 * The expanding worker's job in order: list, check, send. What an install would put onto the disk goes into the stream.
 * Synchronous, because unrar is.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { LanspreadError } from "../base/errors.ts";
import { Sha256 } from "../proto/ids.ts";
import { MAX_STREAM_PATH_LENGTH } from "../proto/limits.ts";
import { InstallPath } from "../proto/paths.ts";
import { planArchives, type Visit, walkArchives } from "./archive_walk.ts";
import type { PlannedEntry, UnpackPlan } from "./entries.ts";
import { EntryOutput, type EntryOutputOptions } from "./entry_output.ts";
import type { FrameOutput } from "./frame_output.ts";
import type { Unrar } from "./unrar.d.ts";

/** What will be sent. */
export interface ExpandPlan {
  /** Folders and files. */
  entries: number;
  files: number;
  bytes: number;
}

/**
 * Expands `archives` into `output`. `onPlanned` is called when everything is checked and before the first frame.
 * `stop[0]` other than 0 ends it with `cancelled`. Throws `LanspreadError`, and what the file system throws.
 */
export function expandArchives(
  unrar: Unrar,
  archives: readonly string[],
  { output, stop, onPlanned }: {
    output: FrameOutput;
    stop: Int32Array;
    onPlanned: (plan: ExpandPlan) => void;
  },
): void {
  const plan = planArchives(unrar, archives, stop);
  const sent = whatToSend(plan);
  const files = [...sent].filter(({ directory }) => !directory);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  onPlanned({ entries: sent.size, files: files.length, bytes });
  for (const visit of walkArchives(unrar, archives, plan, stop)) {
    expandEntry(visit, output, sent.has(visit.entry));
  }
  output.frame({ type: "stream_end", files: files.length, bytes });
  output.flush();
}

/** Folders, and of files at one path the last one: it is what an install leaves. */
function whatToSend({ archives }: UnpackPlan): Set<PlannedEntry> {
  const entries = archives.flatMap((archive) => archive.entries);
  const path_length = entries.reduce((sum, { path }) => sum + path.length, 0);
  if (path_length > MAX_STREAM_PATH_LENGTH) {
    throw new LanspreadError("archive_unsafe", "its paths are too long together; download and install it");
  }
  const last = new Map(entries.filter(({ directory }) => !directory).map((entry) => [entry.path, entry]));
  return new Set(entries.filter((entry) => entry.directory || last.get(entry.path) === entry));
}

function expandEntry(visit: Visit, output: FrameOutput, is_sent: boolean): void {
  const { archive, entry } = visit;
  const path = InstallPath.parse(entry.path);
  const modified = entry.modified_ms === undefined ? {} : { modified_ms: entry.modified_ms };
  if (entry.directory) {
    output.frame({ type: "stream_folder", path, ...modified });
    return visit.skip();
  }
  const described = { ...entry, path, archive };
  using file = is_sent ? new SentFile(described, output) : new CheckedFile(described, output);
  visit.extract(file);
  file.finish();
}

/** Goes into the stream, its checksum behind it. */
class SentFile extends EntryOutput {
  readonly #hash = createHash("sha256");

  constructor(
    readonly entry: PlannedEntry & EntryOutputOptions & { path: InstallPath },
    readonly output: FrameOutput,
  ) {
    super(entry);
  }

  protected override begin(): void {
    const { path, size, executable, modified_ms } = this.entry;
    const modified = modified_ms === undefined ? {} : { modified_ms };
    this.output.frame({ type: "stream_file", path, size, executable, ...modified });
  }

  protected override append(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.output.data(bytes);
  }

  protected override complete(): void {
    const sha256 = Sha256.parse(this.#hash.digest("hex"));
    this.output.frame({ type: "stream_file_end", sha256 });
  }
}

/** A later archive replaces it: it is only checked, as an install would. */
class CheckedFile extends EntryOutput {
  constructor(entry: EntryOutputOptions, readonly output: FrameOutput) {
    super(entry);
  }

  protected override begin(): void {}

  protected override append(): void {
    this.output.wait();
  }

  protected override complete(): void {}
}
