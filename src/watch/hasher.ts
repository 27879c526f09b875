/**
 * Hashes ranges of files in a worker, so that the peer goes on serving meanwhile.
 *
 * Participants: this side keeps two queues and the worker (`hash_worker.ts`), which is there only while there is
 * something to hash and a little longer: it costs memory. Goals: what somebody waits for goes before what is done in
 * the background, of which there is never more than one job at a time; a crash of the worker is one clear error for
 * what it was at, and the next job gets another one. Non-goals: knowing when the peer is too busy for the background.
 *
 * @module
 */

import { type ErrorCode, LanspreadError } from "../base/errors.ts";
import {
  type FileRange,
  type HashedRange,
  type HashReply,
  type HashRequest,
  MAX_JOBS,
} from "./hash_protocol.ts";

/** A worker that has nothing to do ends after this many milliseconds. */
const IDLE_MS = 5_000;

/** `urgent`: somebody waits for it. */
export type Urgency = "urgent" | "background";

/** How a hasher differs from the usual one; for tests. */
export interface HasherOptions {
  idle_ms?: number;
  startWorker?: () => Worker;
}

interface Job {
  readonly range: FileRange;
  readonly urgency: Urgency;
  readonly outcome: PromiseWithResolvers<HashedRange>;
}

/** One worker at most, and those who wait for it. */
export class Hasher implements Disposable {
  readonly #idle_ms: number;
  readonly #startWorker: () => Worker;
  readonly #waiting: Record<Urgency, Set<Job>> = { urgent: new Set(), background: new Set() };
  readonly #running = new Map<number, Job>();
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(MAX_JOBS * Int32Array.BYTES_PER_ELEMENT));
  #worker: Worker | undefined;
  #last_job = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #is_over = false;

  constructor(options: HasherOptions = {}) {
    this.#idle_ms = options.idle_ms ?? IDLE_MS;
    this.#startWorker = options.startWorker ?? startHashWorker;
  }

  /**
   * Hashes a range. Throws what `hashRange` throws, `internal` where the worker ended unexpectedly, `cancelled` when
   * the hasher is disposed, and the signal's reason.
   */
  async hash(range: FileRange, signal: AbortSignal, urgency: Urgency = "urgent"): Promise<HashedRange> {
    signal.throwIfAborted();
    if (this.#is_over) throw isOver();
    const job: Job = { range, urgency, outcome: Promise.withResolvers() };
    this.#waiting[urgency].add(job);
    const onAbort = () => this.#cancel(job, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#pump();
      return await job.outcome.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #cancel(job: Job, reason: unknown): void {
    this.#waiting[job.urgency].delete(job);
    job.outcome.reject(reason);
    // The worker finds out between two blocks; its answer counts for nothing any more.
    for (const [number, running] of this.#running) {
      if (running === job) Atomics.store(this.#cancelled, number % MAX_JOBS, number);
    }
  }

  #pump(): void {
    for (let job = this.#next(); job; job = this.#next()) {
      this.#waiting[job.urgency].delete(job);
      this.#begin(job);
    }
    if (this.#running.size === 0) this.#rest();
  }

  #next(): Job | undefined {
    const next_place = (this.#last_job + 1) % MAX_JOBS;
    // Answers come in order: the place of the next number is the last one to become free.
    const is_free = ![...this.#running.keys()].some((number) => number % MAX_JOBS === next_place);
    if (!is_free) return undefined;
    const [urgent] = this.#waiting.urgent;
    if (urgent) return urgent;
    const [background] = this.#waiting.background;
    return this.#running.size === 0 ? background : undefined;
  }

  #begin(job: Job): void {
    clearTimeout(this.#idle);
    const number = ++this.#last_job;
    this.#running.set(number, job);
    const request: HashRequest = { job: number, range: job.range, cancelled: this.#cancelled };
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = this.#startWorker();
    worker.onmessage = ({ data }: MessageEvent<HashReply>) => this.#answered(data);
    worker.onerror = (event) => {
      event.preventDefault(); // otherwise it ends the whole process
      this.#crashed(worker, event.message);
    };
    worker.onmessageerror = () => this.#crashed(worker, "its answer could not be read");
    return worker;
  }

  #answered(reply: HashReply): void {
    const job = this.#running.get(reply.job);
    this.#running.delete(reply.job);
    if ("ok" in reply) job?.outcome.resolve(reply.ok);
    else job?.outcome.reject(new LanspreadError(reply.code, reply.message));
    this.#pump();
  }

  #crashed(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#end("internal", `hashing stopped unexpectedly (${reason}); what it was at is tried again later`);
    this.#pump();
  }

  /** Nothing to do. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#worker && !this.#is_over) this.#idle = setTimeout(() => this.#end(), this.#idle_ms);
  }

  /** Ends the worker and fails what it was at. */
  #end(code: ErrorCode = "cancelled", message = "hashing has ended"): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate();
    this.#worker = undefined;
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const job of running) job.outcome.reject(new LanspreadError(code, message));
  }

  /** Ends the worker; whoever waits hears `cancelled`. */
  [Symbol.dispose](): void {
    this.#is_over = true;
    this.#end();
    for (const jobs of Object.values(this.#waiting)) {
      for (const job of jobs) job.outcome.reject(isOver());
      jobs.clear();
    }
  }
}

function startHashWorker(): Worker {
  return new Worker(new URL("./hash_worker.ts", import.meta.url), { type: "module" });
}

function isOver(): LanspreadError {
  return new LanspreadError("cancelled", "hashing has ended");
}
