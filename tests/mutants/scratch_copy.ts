/**
 * A copy of the repository to break things in.
 *
 * @module
 */

import { removeRetrying } from "../../src/base/atomic_file.ts";
import { basename, dirname, join } from "../../src/base/std/path.ts";

/** The files of a repository as they are in the working tree, but for those that git ignores; relative, with `/`. */
export async function trackedFiles(root: string): Promise<string[]> {
  const git = new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: root,
    stdout: "piped",
  });
  const { success, stdout } = await git.output();
  if (!success) {
    throw new Error(`${root} is no git repository: the mutants need to know which files belong to it`);
  }
  return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
}

/** Folders that are gone when it is disposed. */
export class ScratchCopy implements AsyncDisposable {
  /** The copied repository. */
  readonly root: string;
  /** Where tests put their temporary files; what a killed one leaves goes with it. */
  readonly temp_dir: string;

  private constructor(readonly folder: string, name: string) {
    this.root = join(folder, name);
    this.temp_dir = join(folder, "tmp");
  }

  /** Copies the files; what lies beside the repository as `shared` is reached beside the copy, too. */
  static async make(root: string, files: readonly string[]): Promise<ScratchCopy> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "lanspread_mutants_" }));
    await using stack = new AsyncDisposableStack();
    const copy = stack.use(new ScratchCopy(folder, basename(root)));
    await Deno.mkdir(copy.temp_dir);
    for (const file of files) await copyFile(join(root, file), join(copy.root, file));
    const shared = await Deno.realPath(join(root, "..", "shared")).catch(() => undefined);
    if (shared !== undefined) await Deno.symlink(shared, join(folder, "shared"), { type: "dir" });
    stack.move();
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A killed test's peers end a moment later, and write until then.
    for (let tries = 20;; tries--) {
      try {
        return await removeRetrying(this.folder, { recursive: true });
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        if (tries === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  try {
    await Deno.copyFile(from, to);
  } catch (error) {
    // Deleted, and not committed yet.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
