/**
 * Logging: structured, one line an event, silent until a program configures it (`src/cli/logging.ts`).
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";

/** The logger of one part of the program. */
export function logger(part: string): Logger {
  return getLogger(["lanspread", part]);
}
