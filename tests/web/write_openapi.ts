/**
 * `deno task openapi`: writes `docs/openapi.json`, the description of the control API, from the routes and their schemas.
 *
 * @module
 */

import { OPENAPI_FILE, openApiText } from "../support/openapi_file.ts";

await Deno.writeTextFile(OPENAPI_FILE, openApiText());
