/**
 * The one error class of the program. A `code` is stable and meant for programs; a message is meant for people
 * and says what failed, where, and what to do about it.
 *
 * Caller mistakes (a wrong argument inside the program) stay `TypeError` and `RangeError`.
 *
 * @module
 */

/** Stable codes. The first block travels on the wire (see `src/proto/wire_error.ts`). */
export type ErrorCode =
  | "invalid_request"
  | "game_not_found"
  | "not_transferable"
  | "manifest_changed"
  | "busy"
  | "unauthorized"
  | "incompatible"
  | "internal"
  // Local only.
  | "usage"
  | "io"
  | "disk_full"
  | "cancelled"
  | "timeout"
  | "connection_lost"
  | "handshake_failed"
  | "self_connect"
  | "address_in_use"
  | "already_running"
  | "no_peers_have_game"
  | "peers_gone"
  | "download_failed"
  | "operation_active"
  | "already_downloaded"
  | "not_downloaded"
  | "already_installed"
  | "not_installed"
  | "installed"
  | "launch_failed"
  | "archive_missing"
  | "archive_damaged"
  | "archive_encrypted"
  | "archive_unsafe"
  | "catalog_invalid"
  | "not_in_catalog"
  | "shutting_down";

/** An expected failure with a stable code and, where there is one, its cause. */
export class LanspreadError extends Error {
  override readonly name = "LanspreadError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether `error` has this code. */
export function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof LanspreadError && error.code === code;
}

/** Whether `error` only says that its operation was cancelled. */
export function isAbort(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === "AbortError";
  return isCode(error, "cancelled");
}

/** Turns anything thrown into a `LanspreadError`; what already is one comes back as it is. */
export function toLanspreadError(error: unknown, fallback: ErrorCode, context: string): LanspreadError {
  if (error instanceof LanspreadError) return error;
  if (isAbort(error)) return new LanspreadError("cancelled", `${context}: cancelled`, { cause: error });
  if (isDiskFull(error)) {
    return new LanspreadError("disk_full", `${context}: the disk is full; free some space and try again`, {
      cause: error,
    });
  }
  return new LanspreadError(fallback, `${context}: ${messageOf(error)}`, { cause: error });
}

// No space, quota used up. The same numbers mean other things on other systems.
const FULL_NUMBERS: Record<string, number[]> = { linux: [28, 122], darwin: [28, 69], windows: [39, 112] };

/** Whether the operating system refused a write for lack of space or quota. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  const number = Number(/os error (\d+)/.exec(error.message)?.[1]);
  return code === "ENOSPC" || code === "EDQUOT" || (FULL_NUMBERS[Deno.build.os] ?? []).includes(number);
}
