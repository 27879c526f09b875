/**
 * Unpacks archives in a worker, so that the peer goes on serving meanwhile.
 *
 * Participants: this side starts the worker, hands on its progress and always ends it; the worker
 * (`unpack_worker.ts`) lists, checks and writes. Goals: one clear error for everything that can go wrong, a crash
 * of the worker included; a cancelled unpacking has stopped writing when it rejects. Non-goals: removing what was
 * written; the caller owns the destination.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { UnpackReply, UnpackRequest } from "./unpack_protocol.ts";

/** How long a cancelled worker may take to close its files before it is ended by force. */
const STOP_MS = 800;

/** How far an unpacking is. */
export interface UnpackState {
  done_bytes: number;
  total_bytes: number;
}

/** What is unpacked, and where to. */
export interface UnpackOptions {
  /** Absolute paths in name order; of an archive in volumes the first. A later archive replaces equal paths. */
  archives: string[];
  /** An existing directory that holds nothing of value. */
  destination: string;
  signal: AbortSignal;
  /** Called at most ten times a second, the last time with everything done. */
  onProgress?: (state: UnpackState) => void;
}

/** What was unpacked. */
export interface UnpackResult {
  /** Distinct files. */
  files: number;
  bytes: number;
}

/**
 * Unpacks `archives` into `destination`. Everything is listed and checked before the first byte is written.
 *
 * Throws `LanspreadError`: `cancelled`, `disk_full`, `archive_missing`, `archive_damaged`, `archive_encrypted`,
 * `archive_unsafe`, `io`, or `internal` when the worker itself failed. `startWorker` is for tests.
 */
export async function unpack(
  options: UnpackOptions,
  startWorker: () => Worker = startUnpackWorker,
): Promise<UnpackResult> {
  if (options.signal.aborted) throw cancelled();
  const worker = startWorker();
  try {
    return await converse(worker, options);
  } finally {
    worker.terminate();
  }
}

function startUnpackWorker(): Worker {
  return new Worker(new URL("./unpack_worker.ts", import.meta.url), { type: "module" });
}

async function converse(worker: Worker, options: UnpackOptions): Promise<UnpackResult> {
  const outcome = Promise.withResolvers<UnpackResult>();
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let force: ReturnType<typeof setTimeout> | undefined;
  let failure: { error: unknown } | undefined;
  // The caller will clear the destination: the worker has to be done with it when this rejects.
  const stopFor = (error: unknown) => {
    failure ??= { error };
    Atomics.store(stop, 0, 1);
    force ??= setTimeout(() => outcome.reject(error), STOP_MS);
  };
  worker.onmessage = ({ data }: MessageEvent<UnpackReply>) => {
    try {
      if (failure && data.type !== "progress") outcome.reject(failure.error);
      else onReply(data, options, outcome);
    } catch (error) {
      stopFor(error);
    }
  };
  worker.onerror = (event) => {
    event.preventDefault(); // otherwise it ends the whole process
    outcome.reject(crashed(event.message));
  };
  worker.onmessageerror = () => outcome.reject(crashed("its answer could not be read"));
  const onAbort = () => {
    Atomics.store(stop, 0, 1);
    force ??= setTimeout(() => outcome.reject(cancelled()), STOP_MS);
  };
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { archives, destination } = options;
    worker.postMessage({ type: "unpack", archives, destination, stop } satisfies UnpackRequest);
    return await outcome.promise;
  } finally {
    clearTimeout(force);
    options.signal.removeEventListener("abort", onAbort);
  }
}

function onReply(
  reply: UnpackReply,
  options: UnpackOptions,
  outcome: PromiseWithResolvers<UnpackResult>,
): void {
  switch (reply.type) {
    case "progress":
      return options.onProgress?.({ done_bytes: reply.done_bytes, total_bytes: reply.total_bytes });
    case "done":
      return outcome.resolve({ files: reply.files, bytes: reply.bytes });
    case "failed":
      return outcome.reject(new LanspreadError(reply.code, reply.message));
  }
}

function cancelled(): LanspreadError {
  return new LanspreadError("cancelled", "cancelled");
}

function crashed(reason: string): LanspreadError {
  return new LanspreadError(
    "internal",
    `unpacking stopped unexpectedly (${reason}); try again, and ask for another copy if it stops again`,
  );
}
