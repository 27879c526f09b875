/**
 * Expands archives in a worker for somebody else's disk: the frames of a streamed install as bytes, made as fast as they
 * are read and no faster.
 *
 * Participants: this side starts the worker, reads its pipe and always ends it; the worker (`expand_worker.ts`) lists,
 * checks and unpacks. Goals: memory of a fixed size whatever is expanded; a worker that waits for its reader ends at
 * once when the expansion is disposed. Non-goals: who may have the bytes, and how they travel.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import { LanspreadError } from "../base/errors.ts";
import { makePipeMemory, PipeReader } from "../base/shared_pipe.ts";
import type { ExpandPlanned, ExpandReply, ExpandRequest } from "./expand_protocol.ts";

/** What waits between the worker and its reader at most. */
export const EXPAND_PIPE_BYTES = 2 * 1024 * 1024;
/** How long a stopped worker may take to close its files before it is ended by force. */
const STOP_MS = 800;

/** An expansion under way. Disposing it ends the worker. */
export class Expansion implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #reader: PipeReader;
  readonly #planned = Promise.withResolvers<ExpandPlanned>();
  readonly #ended = Promise.withResolvers<void>();
  #plan: ExpandPlanned = { type: "planned", entries: 0, total_bytes: 0 };

  private constructor(worker: Worker, archives: string[]) {
    const pipe = makePipeMemory(EXPAND_PIPE_BYTES);
    this.#worker = worker;
    this.#reader = new PipeReader(pipe);
    this.#planned.promise.catch(() => {});
    worker.onmessage = ({ data }: MessageEvent<ExpandReply>) => this.#heard(data);
    worker.onerror = (event) => {
      event.preventDefault(); // otherwise it ends the whole process
      this.#end({ error: crashed() });
    };
    worker.onmessageerror = () => this.#end({ error: crashed() });
    worker.postMessage({ type: "expand", archives, pipe } satisfies ExpandRequest);
  }

  /**
   * Lists and checks `archives`, absolute paths in name order, and begins to expand them.
   *
   * Throws `archive_missing`, `archive_damaged`, `archive_encrypted`, `archive_unsafe`, `internal`, and the signal's
   * reason. `startWorker` is for tests.
   */
  static async start(
    archives: string[],
    signal: AbortSignal,
    startWorker: () => Worker = startExpandWorker,
  ): Promise<Expansion> {
    signal.throwIfAborted();
    const expansion = new Expansion(startWorker(), archives);
    try {
      expansion.#plan = await abortable(expansion.#planned.promise, signal);
      return expansion;
    } catch (error) {
      await expansion[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Folders and files that will come. */
  get entries(): number {
    return this.#plan.entries;
  }

  /** Bytes in these files. */
  get total_bytes(): number {
    return this.#plan.total_bytes;
  }

  /** Bytes of frames that the worker has made so far, modulo 2^32. */
  get produced_bytes(): number {
    return this.#reader.written_bytes;
  }

  /** Fills a part of `buffer` with what comes next; `null` after the last frame. Throws as `start`. */
  async read(
    buffer: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    return await abortable(this.#reader.read(buffer), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.stop();
    const late = setTimeout(() => this.#ended.resolve(), STOP_MS);
    await this.#ended.promise;
    clearTimeout(late);
    this.#worker.terminate();
  }

  #heard(reply: ExpandReply): void {
    switch (reply.type) {
      case "planned":
        return this.#planned.resolve(reply);
      case "readable":
        return this.#reader.wake();
      case "done":
        return this.#end({});
      case "failed":
        return this.#end({ error: new LanspreadError(reply.code, reply.message) });
    }
  }

  #end(end: { error?: unknown }): void {
    this.#planned.reject(end.error);
    this.#reader.end(end);
    this.#ended.resolve();
  }
}

function startExpandWorker(): Worker {
  return new Worker(new URL("./expand_worker.ts", import.meta.url), { type: "module" });
}

function crashed(): LanspreadError {
  return new LanspreadError("internal", "unpacking stopped unexpectedly; ask for another copy");
}
