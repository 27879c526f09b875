/**
 * Hears what is made durable and what is renamed, in order.
 *
 * Only what this thread does through `Deno.open` and `Deno.rename` is heard; everything is really done.
 *
 * @module
 */

import { relative } from "../../src/base/std/path.ts";

/** Listens until it is disposed. One at a time. */
export class DiskSpy implements Disposable {
  /** Such as `sync game/a.bsp` and `rename game/x to game/y`; paths are relative to the root. */
  readonly steps: string[] = [];
  readonly #open = Deno.open;
  readonly #rename = Deno.rename;

  constructor(root: string) {
    const shown = (path: string | URL) => relative(root, String(path)) || ".";
    Deno.open = async (path, options) => {
      const file = await this.#open(path, options);
      const sync = file.sync.bind(file);
      file.sync = () => {
        this.steps.push(`sync ${shown(path)}`);
        return sync();
      };
      return file;
    };
    Deno.rename = (from, to) => {
      this.steps.push(`rename ${shown(from)} to ${shown(to)}`);
      return this.#rename(from, to);
    };
  }

  /** What was made durable before `step`. Throws where the step did not happen. */
  syncedBefore(step: string): string[] {
    const at = this.steps.indexOf(step);
    if (at < 0) throw new Error(`no "${step}" among: ${this.steps.join(", ")}`);
    const syncs = this.steps.slice(0, at).filter((each) => each.startsWith("sync "));
    return [...new Set(syncs.map((each) => each.slice("sync ".length)))];
  }

  [Symbol.dispose](): void {
    Deno.open = this.#open;
    Deno.rename = this.#rename;
  }
}
