/**
 * What the expander and its worker say to each other. The bytes themselves go through shared memory.
 *
 * @module
 */

import type { PipeMemory } from "../base/shared_pipe.ts";
import type { StreamFailureCode } from "../proto/stream.ts";

/** Begins the worker's only job. */
export interface ExpandRequest {
  type: "expand";
  /** Absolute paths, in the order of unpacking. */
  archives: string[];
  pipe: PipeMemory;
}

/** Everything was listed and checked; the bytes follow. */
export interface ExpandPlanned {
  type: "planned";
  /** Folders and files that will be sent. */
  entries: number;
  /** Bytes in these files. */
  total_bytes: number;
}

/** There is something in the pipe. */
export interface ExpandReadable {
  type: "readable";
}

/** The last message of a success. */
export interface ExpandDone {
  type: "done";
}

/** The last message of a failure; every file of the worker is closed. The text names nothing of this machine. */
export interface ExpandFailed {
  type: "failed";
  code: StreamFailureCode | "cancelled";
  message: string;
}

/** What the worker says. */
export type ExpandReply = ExpandPlanned | ExpandReadable | ExpandDone | ExpandFailed;
