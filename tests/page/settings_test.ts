/**
 * The settings as people change them on the page: two pages agree, a limit holds at once, the keyboard is enough.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { noBrowser, type Page, Visit } from "../support/browser.ts";
import { until } from "../support/deadline.ts";
import { leftOut } from "../support/print.ts";
import { WebPeer } from "../support/web_peer.ts";
import { seriousProblems } from "./axe.ts";
import { Party } from "./party.ts";
import { keepScreenshot } from "./screenshots.ts";

const ignore = leftOut("the settings in a real browser", noBrowser());
// The browser and the peers live longer than one test.
const options = { ignore, sanitizeOps: false, sanitizeResources: false };
let party: Party;

Deno.test.beforeAll(async () => {
  if (!ignore) party = await Party.start();
});
Deno.test.afterAll(async () => {
  if (!ignore) await party[Symbol.asyncDispose]();
});

/** What the metrics say of the limit on what is received. */
async function received(peer: WebPeer, figure: "bytes_per_second" | "held_seconds_total"): Promise<number> {
  const text = await (await fetch(`${peer.url}metrics`)).text();
  return Number(new RegExp(`^lanspread_limit_${figure}{direction="received"} (.+)$`, "m").exec(text)?.[1]);
}

/** What its next start will read. */
async function configOf(peer: WebPeer): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`${peer.state_dir}/config.json`).catch(() => "{}"));
}

async function openSettings({ page }: Visit): Promise<void> {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
}

Deno.test(
  "a limit that is set on one page is seen on the other, and holds back what runs",
  options,
  async () => {
    await using peer = await WebPeer.start(party.swarm, "erin");
    await using first = await Visit.start(party.browser, peer.url);
    await using second = await Visit.start(party.browser, peer.url);
    for (const visit of [first, second]) await openSettings(visit);
    const [field, other] = [first, second].map(({ page }) => page.getByLabel("Download at most"));
    if (!field || !other) throw new Error("no fields");
    await field.fill("0.5");
    await first.button("Save Download at most").click();
    await first.page.getByRole("status").getByText("Saved").waitFor();
    await until("the other page", async () => await other.inputValue() === "0.5" || undefined);
    assertEquals(await received(peer, "bytes_per_second"), 500_000);
    assertEquals(await received(peer, "held_seconds_total"), 0);
    await first.page.getByRole("link", { name: "Library" }).first().click();
    await first.tile("borealis").getByRole("button", { name: "Install borealis" }).click();
    await until("the limit to hold it back", async () => await received(peer, "held_seconds_total") > 0.3);
    await keepScreenshot(second.page, "settings_limit");
    await other.fill("");
    await other.press("Enter");
    await openSettings(first);
    await until("no limit any more", async () => await field.inputValue() === "" || undefined);
    await first.page.getByRole("link", { name: "Library" }).first().click();
    await first.tile("borealis").getByRole("button", { name: "Play borealis" }).waitFor();
    await until(
      "the choice in config.json",
      async () => (await configOf(peer)).limit_down === "off" || undefined,
    );
    assertEquals([...first.complaints, ...second.complaints], []);
  },
);

Deno.test("what is typed on one page gives way to what another page has saved", options, async () => {
  await using peer = await WebPeer.start(party.swarm, "frank");
  await using visit = await Visit.start(party.browser, peer.url);
  await openSettings(visit);
  const field = visit.page.getByLabel("Send at most");
  await field.fill("7");
  assertEquals((await peer.command({ command: "change-settings", limit_up: 20_971_520 }))[0], 200);
  await until("the other one's limit", async () => await field.inputValue() === "20.97" || undefined);
  assertEquals(await visit.button("Save Send at most").isDisabled(), true);
});

Deno.test("what is set already, written otherwise, is saved like anything else", options, async () => {
  await using peer = await WebPeer.start(party.swarm, "ivan", { args: ["--limit-up", "2000000"] });
  await using visit = await Visit.start(party.browser, peer.url);
  await openSettings(visit);
  for (
    const [label, other, written] of [["Send at most", "2,0", "2"], ["Name that others see", "ivan ", "ivan"]]
  ) {
    const field = visit.page.getByLabel(label ?? "");
    await field.fill(other ?? "");
    await field.press("Enter");
    const form = visit.page.locator(".setting-form").filter({ has: field });
    await form.getByRole("status").getByText("Saved").waitFor();
    assertEquals(await field.inputValue(), written);
  }
});

/** Presses Tab until the focus is on what has this label. */
async function tabTo(page: Page, label: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    if (await page.locator(":focus").and(page.getByLabel(label, { exact: true })).count() === 1) return;
  }
  throw new Error(`Tab does not lead to ${label}`);
}

Deno.test(
  "the settings are changed with the keyboard alone, and what is wrong is said at its field",
  options,
  async () => {
    await using peer = await WebPeer.start(party.swarm, "gina");
    await using visit = await Visit.start(party.browser, peer.url);
    const { page } = visit;
    await openSettings(visit);
    await tabTo(page, "Download at most");
    for (const [wrong, words] of [["fast", "a number of megabytes"], ["0.001", "does not work"]] as const) {
      await page.keyboard.press("Control+a");
      await page.keyboard.type(wrong);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText(words).waitFor();
    }
    assertEquals(await seriousProblems(page), []);
    await keepScreenshot(page, "settings_wrong");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("2,5");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("Saved").waitFor();
    assertEquals((await peer.settings()).limit_down, 2_500_000);
    assertEquals(await page.locator(":focus").inputValue(), "2.5");
    await tabTo(page, "Name that others see");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("  The den ");
    await page.keyboard.press("Enter");
    await page.locator(".who").getByText("The den").waitFor();
    await tabTo(page, "Install games when their download is finished");
    const is_on = page.getByRole("switch");
    assertEquals(await is_on.isChecked(), true);
    await page.keyboard.press("Space");
    await until("the switch", async () => await is_on.isChecked() ? undefined : true);
    const { name, install } = await peer.settings();
    assertEquals([name, install], ["The den", false]);
    assertEquals(await seriousProblems(page), []);
    await until(
      "the choices in config.json",
      async () => (await configOf(peer)).install === false || undefined,
    );
    assertEquals(await configOf(peer), { limit_down: 2_500_000, name: "The den", install: false });
    await page.getByRole("link", { name: "Library" }).first().click();
    await visit.tile("gemini").getByRole("button", { name: "Download gemini" }).waitFor();
    assertEquals(visit.complaints, []);
  },
);

Deno.test(
  "what a flag says, and what needs a new start, is told with how to change it",
  options,
  async () => {
    await using peer = await WebPeer.start(party.swarm, "hugo", { args: ["--limit-up", "3M"] });
    await using visit = await Visit.start(party.browser, peer.url);
    await openSettings(visit);
    const section = (name: string) => visit.page.getByRole("region", { name });
    const limits = await section("Speed limits").innerText();
    assertStringIncludes(limits, "--limit-up");
    assertEquals(limits.includes("--limit-down"), false);
    assertStringIncludes(await section("This machine").innerText(), "--name");
    const party_words = await section("Party").innerText();
    for (
      const words of ["passphrase", "--party", "--catalog", `"catalog": `, `${peer.state_dir}/config.json`]
    ) {
      assertStringIncludes(party_words, words);
    }
  },
);
