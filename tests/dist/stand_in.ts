/**
 * Binaries without Deno's part: `deno compile` with another file in its place writes everything of lanspread, which can
 * be read back. They don't run.
 *
 * @module
 */

import { messageOf } from "../../src/base/errors.ts";
import { buildBinary, type BuildOptions, type Built } from "../../src/dist/build.ts";
import { denoCaches, registryFolders } from "../../src/dist/deno_tool.ts";
import { fileName, type Target, TARGETS } from "../../src/dist/targets.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { walk } from "../../src/base/std/fs.ts";
import { TempDir } from "../support/temp_dir.ts";

export const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const signal = new AbortController().signal;

/** Makes a target's binary with a stand-in below `folder`. */
export async function buildWithStandIn(target: Target, folder: string): Promise<Built> {
  const base_binary = await findStandIn(target);
  return await buildBinary(
    { target, root: ROOT, output: join(folder, fileName(target)), base_binary },
    signal,
  );
}

/** Why a target can't be tried here; `undefined` where it can. Downloads the packages of its platform if it must. */
export async function whyNoStandIn(target: Target): Promise<string | undefined> {
  if (await findStandIn(target) !== undefined) return undefined;
  await using dir = await TempDir.make();
  const options: BuildOptions = {
    target,
    root: ROOT,
    output: dir.join("x"),
    base_binary: dir.join("missing"),
  };
  const failure = await buildBinary(options, signal).then(() => "", messageOf);
  return await findStandIn(target) === undefined ? `its npm packages can't be had: ${failure}` : undefined;
}

/** A small library of the target's system, since the writer looks at its format: quiche's own add-on. */
function findStandIn(target: Target): Promise<string | undefined> {
  const alike = TARGETS.find(({ os, native_package }) => os === target.os && native_package);
  return findAddOn(alike?.native_package ?? "");
}

async function findAddOn(native_package: string): Promise<string | undefined> {
  const { npmCache: npm_cache } = await denoCaches(ROOT, signal);
  for (const registry of await registryFolders(npm_cache)) {
    try {
      for await (const { path } of walk(join(registry, native_package))) {
        if (path.endsWith(".node")) return path;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}
