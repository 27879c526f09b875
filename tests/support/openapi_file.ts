/**
 * The description of the control API as a file, so that a change of the API shows in review.
 *
 * @module
 */

import { describeApi } from "../../src/web/openapi.ts";
import { ROUTES } from "../../src/web/routes.ts";

/** Where it lies. */
export const OPENAPI_FILE = new URL("../../docs/openapi.json", import.meta.url);

/** What it has to hold. */
export function openApiText(): string {
  return JSON.stringify(describeApi(ROUTES), null, 2) + "\n";
}
