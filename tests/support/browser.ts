/**
 * A real browser for the tests of the page: Debian's Chromium, driven by playwright. It talks to loopback addresses
 * alone, and keeps nothing.
 *
 * @module
 */

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const DEADLINE_MS = 60_000;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there is no browser here; `undefined` where there is one. */
export function noBrowser(): string | undefined {
  try {
    Deno.statSync(CHROMIUM);
    return undefined;
  } catch {
    return `${CHROMIUM} is missing; apt-get install chromium`;
  }
}

/** Starts the browser. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** A visit: a page of its own, with what went wrong on it. */
export class Visit implements AsyncDisposable {
  /** What the console and the network complained of. */
  readonly complaints: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  static async start(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(DEADLINE_MS);
    const visit = new Visit(context, await context.newPage());
    await visit.page.goto(url);
    return visit;
  }

  /** A game in the library, as tile or row. */
  tile(game_id: string): Locator {
    return this.page.locator(`main li[data-game="${game_id}"]`);
  }

  /** A button by its whole name. */
  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

export type { Browser, Page };
