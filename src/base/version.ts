/**
 * The version of this program, as `deno.json` has it.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };

/** Semantic version (semver.org). */
export const VERSION: string = manifest.version;
