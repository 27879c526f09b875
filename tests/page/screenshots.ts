/**
 * Pictures of what the tests saw, for whoever wants to look: in the folder that `LANSPREAD_TEST_OUTPUT` names, or
 * `tests/output`.
 *
 * @module
 */

import { fromFileUrl, join } from "../../src/base/std/path.ts";
import type { Page } from "../support/browser.ts";

const FOLDER = Deno.env.get("LANSPREAD_TEST_OUTPUT") || fromFileUrl(new URL("../output/", import.meta.url));

/** Keeps a picture as `<name>.png`. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeFile(join(FOLDER, `page_${name}.png`), await page.screenshot({ animations: "disabled" }));
}
