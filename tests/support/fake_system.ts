/**
 * A system that remembers what is done to it: programs answer what the test says, files are kept in memory.
 *
 * @module
 */

import type { Answer, System } from "../../src/service/carry_out.ts";
import type { Owner } from "../../src/service/plan.ts";

/** A file as it was written. */
export interface WrittenFile {
  bytes: Uint8Array;
  mode: number;
  owner: Owner | undefined;
}

/** Stands in for the machine. */
export class FakeSystem implements System {
  /** Everything in order: "run …", "write …", "make …", "remove …", "wait …". */
  readonly done: string[] = [];
  readonly files = new Map<string, WrittenFile>();
  /** What a command answers; everything succeeds by itself. */
  answer: (command: string) => Partial<Answer> | Error = () => ({});
  /** What a path throws when it is touched. */
  refuse: (path: string) => Error | undefined = () => undefined;

  run(program: string, args: readonly string[]): Promise<Answer> {
    const command = [program, ...args].join(" ");
    this.done.push(`run ${command}`);
    const answer = this.answer(command);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ success: true, stdout: "", stderr: "", ...answer });
  }

  write(path: string, bytes: Uint8Array, mode: number, owner: Owner | undefined): Promise<void> {
    return this.#touch(`write ${path}`, path, () => this.files.set(path, { bytes, mode, owner }));
  }

  makeFolder(path: string): Promise<void> {
    return this.#touch(`make ${path}`, path, () => {});
  }

  remove(path: string): Promise<void> {
    return this.#touch(`remove ${path}`, path, () => this.files.delete(path));
  }

  pause(ms: number): Promise<void> {
    this.done.push(`wait ${ms} ms`);
    return Promise.resolve();
  }

  #touch(what: string, path: string, action: () => void): Promise<void> {
    const refusal = this.refuse(path);
    if (refusal) return Promise.reject(refusal);
    this.done.push(what);
    action();
    return Promise.resolve();
  }
}
