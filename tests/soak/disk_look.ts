/**
 * Looks at a game directory while peers work in it: what each game root holds, as hashes, and whether it stood still
 * meanwhile. What moves under the look is left out of it; a sentinel or an install that stands before and after stood
 * all the time.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { filesBelow } from "../support/games.ts";
import { type Hashes, hashFile } from "./games.ts";

/** The runtime tells whole seconds of a ctime: a file that changed less than this ago may change without a later one. */
const FRESH_MS = 2_000;
const SENTINEL = "version.ini";
const INSTALL = "local";
const SCRATCH = /^\.(local|version\.ini|lanspread)/;

/** One game root. */
export interface RootLook {
  readonly game_id: string;
  /** What the sentinel says, where one stood during the whole look. */
  readonly version: string | undefined;
  /** The payload without its sentinel; only where a sentinel stood. */
  readonly payload: Hashes;
  /** The install, where one stood during the whole look. */
  readonly local: Hashes | undefined;
  /** Names directly below the root. */
  readonly names: readonly string[];
}

interface Known {
  readonly stamp: string;
  readonly sha256: string;
}

/** Remembers hashes of files that did not change. */
export class DiskLook {
  readonly #known = new Map<string, Known>();

  /** Looks at one root; a root that is not there is empty. */
  async look(game_dir: string, game_id: string): Promise<RootLook> {
    const root = join(game_dir, game_id);
    const [before, local_before] = [await stampOf(join(root, SENTINEL)), await folderOf(join(root, INSTALL))];
    const version = before && await Deno.readTextFile(join(root, SENTINEL)).catch(() => undefined);
    const names = await namesIn(root);
    const payload = before ? await this.#hashes(root, payloadNames(names)) : new Map();
    const local = local_before ? await this.#hashes(join(root, INSTALL)) : undefined;
    const stood = before !== undefined && before === await stampOf(join(root, SENTINEL));
    const local_stood = local_before !== undefined && local_before === await folderOf(join(root, INSTALL));
    return {
      game_id,
      version: stood ? version?.trim() : undefined,
      payload: stood ? payload : new Map(),
      local: local_stood ? local : undefined,
      names,
    };
  }

  /** Forgets everything: the next look reads every byte. */
  forget(): void {
    this.#known.clear();
  }

  async #hashes(root: string, names?: readonly string[]): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    const isWanted = (path: string) => !names || names.includes(path.split("/")[0] ?? "");
    // What goes away meanwhile is missing in the result.
    for (const path of (await filesBelow(root).catch(() => [])).filter(isWanted)) {
      const sha256 = await this.#hash(join(root, path)).catch(() => "gone");
      hashes.set(path, sha256);
    }
    return hashes;
  }

  async #hash(path: string): Promise<string> {
    const stamp = await stampOf(path);
    const known = this.#known.get(path);
    if (stamp !== undefined && known?.stamp === stamp) return known.sha256;
    const sha256 = await hashFile(path);
    const info = await Deno.lstat(path);
    const changed_ms = Math.max(info.ctime?.getTime() ?? 0, info.mtime?.getTime() ?? 0);
    const is_settled = Date.now() - changed_ms > FRESH_MS && stamp === textOf(info);
    if (stamp !== undefined && is_settled) this.#known.set(path, { stamp, sha256 });
    return sha256;
  }
}

function payloadNames(names: readonly string[]): string[] {
  return names.filter((name) => name !== SENTINEL && name !== INSTALL && !SCRATCH.test(name));
}

async function namesIn(root: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(root)).catch(() => []);
  return entries.map(({ name }) => name).sort();
}

async function stampOf(path: string): Promise<string | undefined> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isFile ? textOf(info) : undefined;
}

/** A folder that was put in the place of another one is another folder. */
async function folderOf(path: string): Promise<string | undefined> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isDirectory ? `${info.dev} ${info.ino} ${info.birthtime?.getTime()}` : undefined;
}

function textOf({ ino, size, mtime, ctime }: Deno.FileInfo): string {
  return `${ino} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
}
