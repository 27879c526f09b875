/**
 * Looks at a game that is on its way: `version.ini` must not stand there before everything else is written.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";

/** What was seen. */
export interface SentinelVerdict {
  /** How often it was looked for and was not there. */
  looks: number;
  /** From the last write to the archive to the one of `version.ini`, in milliseconds. */
  lag_ms: number;
}

/** Watches one game root. */
export class SentinelWatch {
  readonly #sentinel: string;
  readonly #archive: string;
  #looks = 0;
  #is_there = false;

  constructor(game_root: string, game_id: string) {
    this.#sentinel = join(game_root, "version.ini");
    this.#archive = join(game_root, `${game_id}.eti`);
  }

  /** Looks once. */
  async look(): Promise<void> {
    if (this.#is_there) return;
    this.#is_there = await exists(this.#sentinel);
    if (!this.#is_there) this.#looks++;
  }

  /** To be asked after the download. Throws where the sentinel is missing or older than the archive. */
  async verdict(): Promise<SentinelVerdict> {
    const lag_ms = await writtenAt(this.#sentinel) - await writtenAt(this.#archive);
    if (lag_ms < 0) throw new Error(`${this.#sentinel} is ${-lag_ms} ms older than the archive`);
    return { looks: this.#looks, lag_ms };
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function writtenAt(path: string): Promise<number> {
  const { mtime } = await Deno.lstat(path);
  if (!mtime) throw new Error(`${path} has no time of its last write`);
  return mtime.getTime();
}
