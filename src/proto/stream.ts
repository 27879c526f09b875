/**
 * What follows the answer to `stream_install`: an install as a series of frames, the content of its files between them.
 *
 * A folder is one frame. A file is `stream_file`, then `stream_data` with raw bytes behind each, then `stream_file_end`.
 * Nothing is complete before `stream_end`; a stream that just ends is broken.
 *
 * @module
 */

import { z } from "zod";
import { ByteCount, Sha256 } from "./ids.ts";
import { MAX_FILES_PER_GAME, STREAM_DATA_BYTES } from "./limits.ts";
import { InstallPath } from "./paths.ts";
import { WireErrorCode } from "./wire_error.ts";

/** Milliseconds since 1970; an archive's times end in 2107. */
const ModifiedMs = z.number().int().nonnegative().max(2 ** 42);
const EntryCount = z.number().int().nonnegative().max(MAX_FILES_PER_GAME);

export const StreamFolder = z.object({
  type: z.literal("stream_folder"),
  path: InstallPath,
  modified_ms: ModifiedMs.optional(),
});
export type StreamFolder = z.infer<typeof StreamFolder>;

/** Begins a file. */
export const StreamFile = z.object({
  type: z.literal("stream_file"),
  path: InstallPath,
  size: ByteCount,
  executable: z.boolean(),
  modified_ms: ModifiedMs.optional(),
});
export type StreamFile = z.infer<typeof StreamFile>;

/** Followed by exactly `length` raw bytes of the file that was begun. */
export const StreamData = z.object({
  type: z.literal("stream_data"),
  length: z.number().int().positive().max(STREAM_DATA_BYTES),
});

/** Ends a file whose `size` bytes have all been sent. */
export const StreamFileEnd = z.object({ type: z.literal("stream_file_end"), sha256: Sha256 });
export type StreamFileEnd = z.infer<typeof StreamFileEnd>;

/** The sender is busy with what it need not send. */
export const StreamWait = z.object({ type: z.literal("stream_wait") });

/** Everything was sent: so many files, and so many bytes in them. */
export const StreamEnd = z.object({ type: z.literal("stream_end"), files: EntryCount, bytes: ByteCount });
export type StreamEnd = z.infer<typeof StreamEnd>;

/** What keeps a sender from expanding its archives. */
export const StreamFailureCode = z.enum([
  ...WireErrorCode.options,
  "archive_missing",
  "archive_damaged",
  "archive_encrypted",
  "archive_unsafe",
]);
export type StreamFailureCode = z.infer<typeof StreamFailureCode>;

/** The sender can't go on, or can't begin. The last frame of its stream. */
export const StreamFailed = z.object({
  type: z.literal("stream_failed"),
  code: StreamFailureCode,
  message: z.string().max(1_024),
});
export type StreamFailed = z.infer<typeof StreamFailed>;

/** What follows `stream_begin`. */
export const StreamFrame = z.discriminatedUnion("type", [
  StreamFolder,
  StreamFile,
  StreamData,
  StreamFileEnd,
  StreamWait,
  StreamEnd,
  StreamFailed,
]);
export type StreamFrame = z.infer<typeof StreamFrame>;

/** One part of an install on its way; a data part holds its bytes. */
export type StreamItem = StreamFolder | StreamFile | StreamFileEnd | StreamEnd | {
  type: "stream_data";
  bytes: Uint8Array;
};
