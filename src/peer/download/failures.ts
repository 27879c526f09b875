/**
 * What a failure says of the source, of this machine, and of the bytes that came before it.
 *
 * @module
 */

import { type ErrorCode, isCode, LanspreadError } from "../../base/errors.ts";
import type { FailureVerdict } from "./schedule.ts";

const LOCAL: readonly ErrorCode[] = ["io", "disk_full"];
const LOST: readonly ErrorCode[] = ["connection_lost", "handshake_failed", "timeout"];
const FINAL: readonly ErrorCode[] = [
  "game_not_found",
  "not_transferable",
  "manifest_changed",
  "unauthorized",
  "incompatible",
];

/** What a failed range says of its source. */
export function verdictOn(error: unknown): FailureVerdict {
  if (isCode(error, "busy")) return "busy";
  if (isLost(error)) return "lost";
  return isAny(error, FINAL) ? "drop" : "retry";
}

/** This machine's own trouble: no other source would help. */
export function isLocal(error: unknown): boolean {
  return isAny(error, LOCAL);
}

/** The source is out of reach; what it sent before is as good as if it were not. */
export function isLost(error: unknown): boolean {
  return isAny(error, LOST);
}

function isAny(error: unknown, codes: readonly ErrorCode[]): boolean {
  return error instanceof LanspreadError && codes.includes(error.code);
}
