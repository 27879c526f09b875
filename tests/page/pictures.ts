/**
 * `deno task pictures`: takes the pictures of the page for the README, from a real party of made-up games.
 *
 * @module
 */

import { within } from "../support/deadline.ts";
import { launchBrowser, noBrowser, type Page, Visit } from "../support/browser.ts";
import { print } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { no_tmux } from "../support/tmux_screen.ts";
import { WebPeer } from "../support/web_peer.ts";
import { smallerPng } from "./smaller_png.ts";
import { keepScreenshot } from "./screenshots.ts";
import { terminalPicture } from "./terminal_picture.ts";
import { MADE_UP, makeInstalled, makeOwn, makeShared, writeCatalog } from "./made_up_games.ts";

const OTHERS = ["alice", "bob", "carol"];
const INSTALLED = ["castle_siege_ii", "kaferjagd", "tiny_tanks", "quantum_golf"];
const DOWNLOADED = ["gridlock_98", "pixel_karts"];
/** Installed in a version that was the newest once. */
const OLD = "deep_dig";

/** Takes all pictures into the folder `into`. With `--all` those of the other views, too. */
export async function takePictures(into: URL): Promise<void> {
  await using swarm = await Swarm.make();
  const catalog = await writeCatalog(swarm.dir.join("catalog.json"));
  for (const name of OTHERS) {
    await makeShared(swarm.gameDir(name), name);
    await swarm.start(name, { args: ["--catalog", catalog] });
  }
  const own = swarm.gameDir("dana");
  for (const id of [...INSTALLED, ...DOWNLOADED]) await makeOwn(own, id, versionOf(id));
  await makeOwn(own, OLD, "1.0");
  for (const id of [...INSTALLED, OLD]) await makeInstalled(own, id);
  await using me = await WebPeer.start(swarm, "dana", {
    args: ["--catalog", catalog, "--limit-down", "40M"],
  });
  const browser = await launchBrowser();
  try {
    await using visit = await Visit.start(browser, me.url, { colorScheme: "light" });
    await prepare(visit.page);
    const shoot = async (name: string) => {
      const png = smallerPng(await visit.page.screenshot({ animations: "disabled" }));
      await Deno.writeFile(new URL(`page_${name}.png`, into), png);
      print(`page_${name}.png: ${Math.round(png.length / 1_000)} kB`);
    };
    await visit.page.getByRole("button", { name: "Install Iron Orbit" }).first().click();
    await visit.page.locator(".live-card .figures").getByText(/^[3-5]\d%$/).waitFor();
    await visit.page.mouse.move(640, 790);
    await shoot("light");
    await visit.page.emulateMedia({ colorScheme: "dark" });
    await visit.page.getByRole("link", { name: "Iron Orbit" }).first().click();
    await visit.page.getByText("can send it").first().waitFor();
    await shoot("dark");
    await visit.page.keyboard.press("Escape");
    await visit.page.emulateMedia({ colorScheme: "light" });
    await visit.page.setViewportSize({ width: 390, height: 800 });
    await shoot("phone");
    await others(visit.page);
    if (no_tmux !== undefined) return print(`no picture of a terminal: ${no_tmux}`);
    const terminal = await terminalPicture(browser, me.state_dir, "echo_station");
    await Deno.writeFile(new URL("terminal.png", into), smallerPng(terminal));
  } finally {
    await browser.close();
  }
}

async function prepare(page: Page): Promise<void> {
  await page.getByText("3 machines").first().waitFor();
  await within("the games", page.getByText("Nobody has it").first().waitFor(), 60_000);
}

/** Only where somebody wants to look at everything. */
async function others(page: Page): Promise<void> {
  if (!Deno.args.includes("--all")) return;
  await page.getByRole("button", { name: "Cancel Iron Orbit" }).first().click();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "List" }).click();
  await keepScreenshot(page, "list");
  for (const view of ["Activity", "Machines", "Settings"]) {
    await page.getByRole("link", { name: view }).click();
    await page.getByRole("heading", { name: view, level: 1 }).waitFor();
    await keepScreenshot(page, view.toLowerCase());
  }
}

function versionOf(id: string): string {
  return MADE_UP.find((game) => game.id === id)?.version ?? "1.0";
}

if (import.meta.main) {
  const missing = noBrowser();
  if (missing === undefined) await takePictures(new URL("../../docs/pictures/", import.meta.url));
  else print(`no pictures: ${missing}`);
}
