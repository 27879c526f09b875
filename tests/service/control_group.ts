/**
 * A control group for the processes of a test, so that all of them can be ended, whatever became of their parents.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { until } from "../support/deadline.ts";

const PREFIX = "lanspread-test-";

/** Where the second version of control groups is mounted; `undefined` where it is not. */
export async function controlGroups(): Promise<string | undefined> {
  const mounts = await Deno.readTextFile("/proc/self/mountinfo").catch(() => "");
  const line = mounts.split("\n").find((line) => line.includes(" - cgroup2 "));
  return line?.split(" ")[4];
}

/** A group; disposing it ends every process in it and below it, and removes it. */
export class ControlGroup implements AsyncDisposable {
  private constructor(readonly path: string) {}

  /** Makes one below `folder`. */
  static async make(folder: string): Promise<ControlGroup> {
    await sweep(folder);
    const path = join(folder, `${PREFIX}${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`);
    await Deno.mkdir(path);
    return new ControlGroup(path);
  }

  /** The command before a program that runs it in the group, under the process id that the command had. */
  get wrapper(): string[] {
    return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', join(this.path, "cgroup.procs")];
  }

  /** How many processes are left in it and below it. */
  async #isEmpty(): Promise<boolean> {
    return (await Deno.readTextFile(join(this.path, "cgroup.events"))).includes("populated 0");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.writeTextFile(join(this.path, "cgroup.kill"), "1");
    await until("the end of all processes of the group", () => this.#isEmpty());
    await remove(this.path);
  }
}

/** The kernel takes away a group that has no groups below it; its files are no files. */
async function remove(path: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await remove(join(path, name));
  }
  await Deno.remove(path);
}

/** Removes what tests left that were killed; their processes ended with them. */
async function sweep(folder: string): Promise<void> {
  for (const { name } of await Array.fromAsync(Deno.readDir(folder))) {
    const pid = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split("-")[0] : undefined;
    if (pid === undefined || await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) continue;
    await remove(join(folder, name)).catch(() => {});
  }
}
