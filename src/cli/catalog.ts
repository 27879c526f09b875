/**
 * `lanspread catalog build <folder>`: prints a catalog of the games in a folder.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { resolve } from "../base/std/path.ts";
import { buildCatalog } from "../catalog/build.ts";

/** Prints the catalog to stdout, and to stderr what was left out and why. Gives the exit code. */
export async function runCatalog(args: readonly string[]): Promise<number> {
  const [verb, game_dir, ...rest] = args;
  if (verb !== "build" || game_dir === undefined || rest.length > 0) {
    throw new LanspreadError("usage", "catalog is used as: lanspread catalog build <folder> > catalog.json");
  }
  const { catalog, left_out } = await buildCatalog(resolve(game_dir), new AbortController().signal);
  const encoder = new TextEncoder();
  await Deno.stdout.write(encoder.encode(JSON.stringify(catalog, null, 2) + "\n"));
  for (const { name, reason } of left_out) {
    await Deno.stderr.write(encoder.encode(`left out ${name}: ${reason}\n`));
  }
  return 0;
}
