/**
 * What the hasher and its worker say to each other: jobs with a number, and one answer each, in order.
 *
 * @module
 */

import type { ErrorCode } from "../base/errors.ts";
import type { Sha256 } from "../proto/ids.ts";
import type { FileStamp } from "./file_stamp.ts";

/** Bytes of a file below a folder. */
export interface FileRange {
  /** The folder; it may be reached through links. */
  readonly root: string;
  /** Relative, with `/`; no link is followed on the way. */
  readonly path: string;
  /** First byte. */
  readonly offset: number;
  /** Bytes; 0 for an empty file. */
  readonly length: number;
  /** Other ranges of the file are being written meanwhile, so its stamp may change; this one is not. */
  readonly is_growing?: boolean;
}

/** A range that was hashed, and the file around it. */
export interface HashedRange {
  readonly sha256: Sha256;
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** The same before and after, but for a growing file. */
  readonly stamp: FileStamp;
}

/** How many jobs the worker may have at a time. */
export const MAX_JOBS = 8;

/** One job. */
export interface HashRequest {
  readonly job: number;
  readonly range: FileRange;
  /** Shared, one place for each job at `job % MAX_JOBS`: the number of a cancelled job. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}

/** The answer to a job. */
export type HashReply =
  | { readonly job: number; readonly ok: HashedRange }
  | { readonly job: number; readonly code: ErrorCode; readonly message: string };
