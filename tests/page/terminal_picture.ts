/**
 * The picture of the commands on a terminal: what really stands on the screen of tmux, drawn by the browser.
 *
 * @module
 */

import { until } from "../support/deadline.ts";
import type { Browser } from "../support/browser.ts";
import { TmuxScreen } from "../support/tmux_screen.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const COLUMNS = 92;
const GREEN = "#5bd68a";
const STYLE = `
  body { margin: 0; background: #10131c; color: #dfe3ee; width: max-content; }
  pre { margin: 0; padding: 22px 26px; font: 15px/1.45 "DejaVu Sans Mono", monospace; }
`;

/** Runs commands of a game's download beside the peer of `state_dir` and draws the screen when half of it is here. */
export async function terminalPicture(
  browser: Browser,
  state_dir: string,
  game_id: string,
): Promise<Uint8Array> {
  const run = [Deno.execPath(), "run", "-A", "--unstable-net", MAIN].map((word) => `'${word}'`).join(" ");
  const say = (command: string) => `printf '$ lanspread ${command}\\n'; ${run} ${command}; echo`;
  const script = `clear; ${say("peers")}; ${say("status")}; ${say(`get ${game_id}`)}`;
  await using screen = await TmuxScreen.start(["sh", "-c", script], COLUMNS, {
    LANSPREAD_STATE_DIR: state_dir,
  });
  const shown = await until("half of it", async () => {
    const text = await screen.coloured();
    return /\b[45]\d%/.test(text) && text;
  });
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  await page.setContent(`<style>${STYLE}</style><pre>${toHtml(shown.trimEnd())}</pre>`);
  const png = await page.locator("pre").screenshot();
  await page.close();
  return png;
}

/** The bar is green; the program has no other colour. */
function toHtml(text: string): string {
  const escape = String.fromCharCode(27);
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const [plain = "", ...coloured] = safe.split(`${escape}[`);
  return plain + coloured.map((part) => {
    const end = part.indexOf("m");
    const span = part.slice(0, end) === "32" ? `<span style="color:${GREEN}">` : "<span>";
    return `${span}${part.slice(end + 1)}</span>`;
  }).join("");
}
