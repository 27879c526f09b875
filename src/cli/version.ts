/**
 * `lanspread version`: prints the version.
 *
 * @module
 */

import { VERSION } from "../base/version.ts";
import { print } from "./output.ts";

/** Gives the exit code. */
export async function runVersion(): Promise<number> {
  await print(`lanspread ${VERSION}, Deno ${Deno.version.deno}\n`);
  return 0;
}
