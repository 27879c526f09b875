/**
 * What axe-core finds on a page.
 *
 * @module
 */

import axe from "axe-core";
import type { Page } from "../support/browser.ts";

/** The rules of WCAG 2.2 AA that are broken, each with the places. */
export async function seriousProblems(page: Page): Promise<string[]> {
  // The page's own content policy lets no script in that is not its own; the driver's way in does not go through it.
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run({ runOnly });
    return violations.map(({ id, nodes }) =>
      `${id}: ${
        nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(" | ")
      }`
    );
  });
}
