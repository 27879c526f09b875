/**
 * The runtime as a build tool: where it keeps its caches, which packages the lock file names, and running it.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";

const Info = z.object({ denoDir: z.string(), npmCache: z.string() });
const Lock = z.object({ npm: z.record(z.string(), z.unknown()) });

/** How one run ended, and what it printed. */
export interface Ran {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in `cwd` and collects what it prints. Throws `io` where it can't be started. */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, env = {}, signal }: { cwd: string; env?: Record<string, string>; signal: AbortSignal },
): Promise<Ran> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: { ...withoutBase(Deno.env.toObject()), NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (cause) {
    throw new LanspreadError("io", `Cannot run ${program}: ${cause}`, { cause });
  }
}

/** A base binary in the environment is one of this machine, and `deno compile` would take it for any platform. */
function withoutBase({ DENORT_BIN: _, ...others }: Record<string, string>): Record<string, string> {
  return others;
}

/** The caches of this user's Deno. */
export async function denoCaches(root: string, signal: AbortSignal): Promise<z.infer<typeof Info>> {
  const { stdout } = await runTool(Deno.execPath(), ["info", "--json"], { cwd: root, signal });
  return Info.parse(JSON.parse(stdout));
}

/** The folders of the registries in an npm cache; none where nothing was downloaded yet. */
export async function registryFolders(npm_cache: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(npm_cache));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => join(npm_cache, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The versions of each package in `deno.lock`. */
export async function lockedVersions(root: string): Promise<Map<string, string[]>> {
  const { npm } = Lock.parse(JSON.parse(await Deno.readTextFile(join(root, "deno.lock"))));
  const versions = new Map<string, string[]>();
  for (const key of Object.keys(npm)) {
    // `name@1.2.3`, behind which the versions of its peer dependencies may follow
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    versions.set(name, [...versions.get(name) ?? [], version]);
  }
  return versions;
}
