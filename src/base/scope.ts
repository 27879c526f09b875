/**
 * Structured concurrency: a scope owns its tasks, hands them one `AbortSignal`, and is not over before they are.
 *
 * ```ts
 * import { Scope } from "./scope.ts";
 *
 * await using scope = new Scope();
 * scope.spawn("answer", async (signal) => {
 *   signal.throwIfAborted();
 *   await Promise.resolve(42);
 * });
 * await scope.join();
 * ```
 *
 * @module
 */

import { isAbort } from "./errors.ts";

/** What a scope does with the failure of one of its tasks. */
export interface ScopeOptions {
  /** The scope aborts when this does. */
  parent?: AbortSignal;
  /**
   * Called with a task's failure; the other tasks go on. Without it the first failure aborts the scope and is
   * thrown by `join()`. Cancellation is never a failure.
   */
  onError?: (error: unknown, task: string) => void;
}

/** A set of tasks with one cancellation and one join point. */
export class Scope implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #onError: ((error: unknown, task: string) => void) | undefined;
  #failure: { error: unknown } | undefined;
  /** Aborts with the scope; hand it to everything the tasks call. */
  readonly signal: AbortSignal;

  constructor(options: ScopeOptions = {}) {
    this.#onError = options.onError;
    this.signal = options.parent
      ? AbortSignal.any([options.parent, this.#controller.signal])
      : this.#controller.signal;
  }

  /** How many tasks are running. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Starts `task` under this scope. Its failure goes to `onError`, or ends the scope. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<unknown>): void {
    const running = (async () => {
      try {
        await task(this.signal);
      } catch (error) {
        this.#fail(error, name);
      }
    })();
    this.#tasks.add(running);
    running.finally(() => this.#tasks.delete(running));
  }

  #fail(error: unknown, name: string): void {
    if (this.signal.aborted && (isAbort(error) || error === this.signal.reason)) return;
    try {
      if (this.#onError) return this.#onError(error, name);
      this.#failure ??= { error };
    } catch (broken) {
      this.#failure ??= { error: broken };
    }
    this.abort(this.#failure?.error);
  }

  /** Cancels every task; `join()` still has to be awaited. */
  abort(reason: unknown = new DOMException("The scope was cancelled", "AbortError")): void {
    this.#controller.abort(reason);
  }

  /** Waits until no task is left, those started meanwhile included. Throws the first failure. */
  async join(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
    if (this.#failure) throw this.#failure.error;
  }

  /** Cancels and joins; failures were already reported, or are of no more interest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
  }
}
