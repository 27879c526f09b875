/**
 * Small disks, full disks and disks that turn read-only, for real: mounts that a test makes and takes away again.
 * Linux, and a user who may mount; `whyNoMounts()` says what is missing.
 *
 * ```ts ignore
 * await using disk = await SmallDisk.mount(swarm.gameDir("bob"), 200 * MIB);
 * await using _full = await disk.fill();
 * ```
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join } from "../../src/base/std/path.ts";
import { MIB } from "./games.ts";
import { TempDir } from "./temp_dir.ts";

/** A tmpfs over a folder. */
export class SmallDisk implements AsyncDisposable {
  private constructor(readonly path: string) {}

  /** Throws with what the system says. */
  static async mount(path: string, bytes: number): Promise<SmallDisk> {
    await run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
    return new SmallDisk(path);
  }

  /** Makes it larger or smaller; what it holds stays. */
  async resize(bytes: number): Promise<void> {
    await run("mount", "-o", `remount,size=${bytes}`, this.path);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Takes all space that is left, as another program would. Disposing it gives the space back. */
  async fill(): Promise<AsyncDisposable> {
    const path = join(this.path, "hog.bin");
    using file = await Deno.open(path, { write: true, createNew: true });
    // The last write may have been a part of a block.
    for (const size of [MIB, 4_096, 1]) await writeUntilFull(file, new Uint8Array(size));
    return { [Symbol.asyncDispose]: () => Deno.remove(path) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.path);
  }
}

async function writeUntilFull(file: Deno.FsFile, block: Uint8Array): Promise<void> {
  try {
    while (true) await file.write(block);
  } catch (error) {
    if (!String(error).includes("os error 28")) throw error;
  }
}

/** Gives a folder a second name, in the place of an empty one, until it is disposed. */
export async function bindFolder(folder: string, name: string): Promise<AsyncDisposable> {
  await run("mount", "--bind", folder, name);
  return { [Symbol.asyncDispose]: () => unmount(name) };
}

/** Makes everything below a folder read-only for whoever opens it from now on, until it is disposed. */
export async function readOnly(path: string): Promise<AsyncDisposable> {
  await run("mount", "--bind", path, path);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => unmount(path));
  await run("mount", "-o", "remount,bind,ro", path);
  return stack.move();
}

/** A peer that has just been killed may still hold files open there: the folder is free at once all the same. */
async function unmount(path: string): Promise<void> {
  await run("umount", "--lazy", path);
}

/** Why nothing can be mounted here; `undefined` where it can. */
export async function whyNoMounts(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "only Linux has tmpfs";
  await using dir = await TempDir.make();
  try {
    await using _disk = await SmallDisk.mount(await dir.mkdir("disk"), MIB);
    return undefined;
  } catch (error) {
    return `this user may not mount a tmpfs: ${error instanceof Error ? error.message : error}`;
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}
