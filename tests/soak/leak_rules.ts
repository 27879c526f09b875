/**
 * What a process may hold after quiet, next to one that was just started in its place: the same handles and threads, no
 * children, and not much more memory than at its first quiet. Pure.
 *
 * @module
 */

import type { Figures } from "./process_look.ts";

const MIB = 1024 * 1024;
/** Connections, threads of a pool and a hash worker that is about to go make that much difference. */
const HANDLES_MORE = 8;
const THREADS_MORE = 4;
/** What a peer keeps after its first quiet: code, maps of what it saw, a heap that is not given back at once. */
const MEMORY_MORE_BYTES = 80 * MIB;
/** SPEC 16 for a peer that serves ten downloads. */
const MEMORY_MOST_BYTES = 250 * MIB;

/** What is too much. `first`: at its first quiet; `fresh`: a process that was started later in the same place. */
export function leakProblems(
  now: Figures,
  { first, fresh }: { first?: Figures | undefined; fresh?: Figures | undefined },
): string[] {
  const problems: string[] = [];
  const mib = (bytes: number) => `${Math.round(bytes / MIB)} MiB`;
  if (now.children > 0) problems.push(`${now.children} processes of its own`);
  if (now.resident_bytes > MEMORY_MOST_BYTES) problems.push(`${mib(now.resident_bytes)} of memory at rest`);
  if (first && now.resident_bytes > first.resident_bytes + MEMORY_MORE_BYTES) {
    problems.push(`memory grew from ${mib(first.resident_bytes)} to ${mib(now.resident_bytes)}`);
  }
  if (fresh && now.handles > fresh.handles + HANDLES_MORE) {
    problems.push(`${now.handles} handles, a new process has ${fresh.handles}`);
  }
  if (fresh && now.threads > fresh.threads + THREADS_MORE) {
    problems.push(`${now.threads} threads, a new process has ${fresh.threads}`);
  }
  return problems;
}
