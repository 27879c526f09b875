/**
 * What a process holds of the system: memory, handles, threads, children. Linux tells it; elsewhere there is nothing to
 * compare.
 *
 * @module
 */

import { peakBytes, residentBytes } from "../bench/process_figures.ts";

/** Figures of one process at one moment. */
export interface Figures {
  readonly resident_bytes: number;
  readonly peak_bytes: number;
  readonly handles: number;
  readonly threads: number;
  readonly children: number;
}

/** Figures now; `undefined` where the process is gone or the system tells nothing. */
export function figuresOf(pid: number): Figures | undefined {
  const [resident_bytes, peak_bytes] = [residentBytes(pid), peakBytes(pid)];
  if (resident_bytes === undefined || peak_bytes === undefined) return undefined;
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)];
    const children = threads.flatMap(({ name }) => {
      return Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ").filter((id) => id.trim());
    });
    const handles = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    return { resident_bytes, peak_bytes, handles, threads: threads.length, children: children.length };
  } catch {
    // A thread or the process ended meanwhile.
    return undefined;
  }
}
