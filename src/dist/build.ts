/**
 * Makes the binary of one target and looks whether it is whole.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { lacksBaseBinary, missingBaseBinary } from "./base_binary.ts";
import { compileArgs, unusedFolders } from "./compile_args.ts";
import { denoCaches, lockedVersions, registryFolders, runTool } from "./deno_tool.ts";
import { type Embedded, readEmbedded } from "./embedded.ts";
import { findParts, includesOf, missingParts } from "./parts.ts";
import type { Target } from "./targets.ts";

/** What is to be made. */
export interface BuildOptions {
  readonly target: Target;
  /** The repository. */
  readonly root: string;
  /** The file to be written. */
  readonly output: string;
  /** A file that stands in for Deno's part; without it Deno downloads its own. */
  readonly base_binary?: string | undefined;
}

/** What was made. */
export interface Built {
  readonly output: string;
  readonly bytes: number;
  /** What of it is not Deno's. */
  readonly own_bytes: number;
  readonly embedded: Embedded;
}

/**
 * Makes a binary. Throws `io` with one sentence where Deno's part can't be had, where `deno compile` fails, and where
 * the binary would lack a part.
 */
export async function buildBinary(options: BuildOptions, signal: AbortSignal): Promise<Built> {
  const { target, root, output, base_binary } = options;
  const { denoDir: deno_dir, npmCache: npm_cache } = await denoCaches(root, signal);
  // Fills the npm cache, so that it is known where the packages lie.
  await runTool(Deno.execPath(), ["cache", "main.ts"], { cwd: root, signal });
  const excludes = unusedFolders(await registryFolders(npm_cache), await lockedVersions(root));
  const parts = await findParts(root);
  const args = compileArgs({ target, output, includes: includesOf(parts), excludes });
  const { success, stderr } = await runTool(Deno.execPath(), args, {
    cwd: root,
    env: base_binary === undefined ? {} : { DENORT_BIN: base_binary },
    signal,
  });
  if (lacksBaseBinary(stderr)) {
    const deno_version = Deno.version.deno;
    throw new LanspreadError("io", missingBaseBinary({ target, deno_version, deno_dir, printed: stderr }));
  }
  if (!success) {
    throw new LanspreadError("io", `Cannot make the binary for ${target.name}: ${shorten(stderr)}`);
  }
  const built = await look(output);
  const missing = missingParts(new Set(built.embedded.files.keys()), parts, target);
  if (missing.length > 0) {
    throw new LanspreadError("io", `The binary for ${target.name} lacks ${missing.join(", ")}`);
  }
  return built;
}

async function look(output: string): Promise<Built> {
  const binary = await Deno.readFile(output);
  const embedded = readEmbedded(binary);
  const { own_bytes } = embedded;
  return { output, bytes: binary.length, own_bytes, embedded };
}

/** What `deno compile` says without the list of files. */
function shorten(printed: string): string {
  const at = printed.indexOf("error:");
  return printed.slice(Math.max(at, 0)).replace(/\s+/g, " ").slice(0, 600).trim();
}
