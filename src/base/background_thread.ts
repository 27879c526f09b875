/**
 * A thread that steps back behind the others of the machine, so that serving and games keep their pace while an archive
 * unpacks or chunks are hashed.
 *
 * Linux only: there setpriority(2) takes the id of a single thread. Elsewhere, and where it is refused, nothing changes.
 *
 * @module
 */

import { setPriority } from "node:os";
import { basename } from "./std/path.ts";

/** How far it steps back; 0 is normal, 19 is the most. Nothing is lost while nobody else wants the processor. */
const NICE = 10;

/** Lets the calling thread give way; call it in a worker, never in the main thread. */
export function giveWay(): void {
  if (Deno.build.os !== "linux") return;
  try {
    // `<pid>/task/<thread id>`, proc(5)
    setPriority(Number(basename(Deno.readLinkSync("/proc/thread-self"))), NICE);
  } catch {
    // Without it the work competes like that of any other thread.
  }
}
