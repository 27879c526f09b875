/**
 * All mutants: every room of the program, broken on purpose.
 *
 * @module
 */

import { DOWNLOAD_MUTANTS } from "./download_mutants.ts";
import { INSTALL_MUTANTS } from "./install_mutants.ts";
import type { Mutant } from "./mutant.ts";
import { NETWORK_MUTANTS } from "./network_mutants.ts";
import { PARTY_MUTANTS } from "./party_mutants.ts";
import { SERVING_MUTANTS } from "./serving_mutants.ts";
import { UPKEEP_MUTANTS } from "./upkeep_mutants.ts";
import { WIRE_MUTANTS } from "./wire_mutants.ts";

/** The list, in the order of the rooms. */
export const MUTANTS: readonly Mutant[] = [
  ...WIRE_MUTANTS,
  ...PARTY_MUTANTS,
  ...NETWORK_MUTANTS,
  ...DOWNLOAD_MUTANTS,
  ...SERVING_MUTANTS,
  ...INSTALL_MUTANTS,
  ...UPKEEP_MUTANTS,
];
