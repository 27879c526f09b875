/**
 * SHA-256 (FIPS 180-4) over texts that every peer writes the same way.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Sha256 } from "./ids.ts";

/** The digest of a JSON value whose keys and elements the caller has put in order. */
export function digestJson(value: unknown): Sha256 {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex") as Sha256;
}
