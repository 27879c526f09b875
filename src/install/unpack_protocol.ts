/**
 * What the unpacker and its worker say to each other: one request, progress, one last answer.
 *
 * @module
 */

import type { ErrorCode } from "../base/errors.ts";

/** Begins the worker's only job. */
export interface UnpackRequest {
  type: "unpack";
  /** Absolute paths, in the order of unpacking. */
  archives: string[];
  /** An existing directory. */
  destination: string;
  /** Shared: not 0 asks the worker to stop. It can't receive messages while it unpacks. */
  stop: Int32Array<SharedArrayBuffer>;
}

/** Comes at most ten times a second, and once more with everything done. */
export interface UnpackProgress {
  type: "progress";
  done_bytes: number;
  total_bytes: number;
}

/** The last message of a success. */
export interface UnpackDone {
  type: "done";
  /** Distinct files that were unpacked. */
  files: number;
  bytes: number;
}

/** The last message of a failure; every file of the worker is closed. */
export interface UnpackFailed {
  type: "failed";
  code: ErrorCode;
  message: string;
}

/** What the worker says. */
export type UnpackReply = UnpackProgress | UnpackDone | UnpackFailed;
