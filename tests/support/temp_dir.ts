/**
 * A directory that lives as long as a test's block, also when the test fails.
 *
 * ```ts
 * await using dir = await TempDir.make();
 * await dir.write("games/alienswarm/version.ini", "1.0");
 * ```
 *
 * @module
 */

import { removeRetrying } from "../../src/base/atomic_file.ts";
import { dirname, join } from "../../src/base/std/path.ts";

/** A temporary directory; `await using` removes it with everything in it. */
export class TempDir implements AsyncDisposable {
  /** Absolute, with no link in it. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempDir> {
    return new TempDir(await Deno.realPath(await Deno.makeTempDir({ prefix: "lanspread_test_" })));
  }

  /** A path below the directory; segments may hold `/`. */
  join(...segments: string[]): string {
    return join(this.path, ...segments);
  }

  /** Writes a file and the folders above it. Gives back its absolute path. */
  async write(path: string, data: string | Uint8Array): Promise<string> {
    const full_path = this.join(path);
    await Deno.mkdir(dirname(full_path), { recursive: true });
    await Deno.writeFile(full_path, typeof data === "string" ? new TextEncoder().encode(data) : data);
    return full_path;
  }

  /** Makes a folder and those above it. Gives back its absolute path. */
  async mkdir(path: string): Promise<string> {
    const full_path = this.join(path);
    await Deno.mkdir(full_path, { recursive: true });
    return full_path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await removeRetrying(this.path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
