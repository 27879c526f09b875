/**
 * What the system tells about a running process. Only Linux tells it; elsewhere every answer is `undefined`.
 *
 * @module
 */

/** Clock ticks a second in `/proc/<pid>/stat`; the same on every machine that Deno runs on (proc(5), USER_HZ). */
const TICKS_PER_S = 100;

/** Resident memory now, in bytes. */
export function residentBytes(pid: number): number | undefined {
  return statusBytes(pid, "VmRSS");
}

/** The most resident memory since the process began, or since `forgetPeak`, in bytes. */
export function peakBytes(pid: number): number | undefined {
  return statusBytes(pid, "VmHWM");
}

/** Lets `peakBytes` begin anew: deriving a closed party's keys takes 64 MiB for a moment at every start. */
export function forgetPeak(pid: number): void {
  try {
    // proc(5): 5 resets the peak resident set.
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Where it can't be reset the peak is that of the whole life.
  }
}

/** Processor time since the process began, in seconds, all threads and the kernel's part included. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = readProc(pid, "stat");
  // The second field is the name in parentheses and may hold anything; `utime` and `stime` are the 14th and 15th.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

const QUIET_LOOK_MS = 500;
/** A process that uses less of a core has nothing left to do but to be there. */
const QUIET_SHARE = 0.05;

/** Waits until the process has done what it does in the background, such as hashing; at once where nothing is told. */
export async function untilQuiet(pid: number): Promise<void> {
  for (let before = cpuSeconds(pid); before !== undefined;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS));
    const now = cpuSeconds(pid);
    if (now === undefined || now - before < QUIET_SHARE * QUIET_LOOK_MS / 1_000) return;
    before = now;
  }
}

function statusBytes(pid: number, field: string): number | undefined {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readProc(pid, "status") ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return undefined;
  }
}
