/**
 * The page as people use it: a real browser, a real peer behind it, and another one that has games.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { noBrowser, Visit } from "../support/browser.ts";
import { Control } from "../support/control.ts";
import { until } from "../support/deadline.ts";
import { newPeerId } from "../support/parties.ts";
import { leftOut } from "../support/print.ts";
import { OFFERED_GAME } from "../support/states.ts";
import { WebPeer } from "../support/web_peer.ts";
import { seriousProblems } from "./axe.ts";
import { BROKEN_GAME, OLD_GAME, Party } from "./party.ts";
import { keepScreenshot } from "./screenshots.ts";

const ignore = leftOut("the page in a real browser", noBrowser());
// The browser and the peers live longer than one test.
const options = { ignore, sanitizeOps: false, sanitizeResources: false };
let party: Party;

Deno.test.beforeAll(async () => {
  if (!ignore) party = await Party.start();
});
Deno.test.afterAll(async () => {
  if (!ignore) await party[Symbol.asyncDispose]();
});

Deno.test("the first start asks for the game folder alone, and remembers it", options, async () => {
  const home = await party.swarm.dir.mkdir("newcomer_home");
  const folder = `${home}/Games`;
  await using newcomer = await WebPeer.start(party.swarm, "newcomer", {
    has_no_folder: true,
    env: { HOME: home },
  });
  await using visit = await Visit.start(party.browser, newcomer.url);
  const { page } = visit;
  const field = page.getByLabel("Game folder");
  assertEquals(await field.inputValue(), folder);
  await keepScreenshot(page, "first_run");
  const [status, refusal] = await newcomer.command({ command: "download", game_id: "apollo" });
  assertEquals(status, 400);
  assertStringIncludes(refusal, "choose a game folder first");
  assertEquals(await seriousProblems(page), []);
  await field.fill(`${home}/missing/Games`);
  await visit.button("Start sharing").click();
  await page.getByRole("alert").getByText("choose another one").waitFor();
  await Deno.mkdir(folder);
  await visit.button("Browse…").click();
  const browser = page.getByRole("dialog", { name: "Choose a folder" });
  await browser.getByText(home, { exact: true }).waitFor();
  assertEquals(await seriousProblems(page), []);
  await browser.getByRole("button", { name: "Games" }).click();
  await browser.getByText(folder, { exact: true }).waitFor();
  await keepScreenshot(page, "browser");
  await browser.getByRole("button", { name: "Choose this one" }).click();
  assertEquals(await field.inputValue(), folder);
  await visit.button("Start sharing").click();
  await page.getByRole("heading", { name: "Library" }).waitFor();
  await visit.tile("apollo").getByText("machine").waitFor();
  assert((await Deno.stat(folder)).isDirectory);
  const config = () => Deno.readTextFile(`${newcomer.state_dir}/config.json`).catch(() => "");
  await until("the folder in config.json", async () => (await config()).includes(folder));
  // The browser complains of every answer that is no success.
  assertEquals(visit.complaints.filter((text) => !text.includes("status of 400")), []);
});

Deno.test(
  "a folder whose name begins and ends with a space is found, chosen and used as it is",
  options,
  async () => {
    const home = await party.swarm.dir.mkdir("spaced_home");
    const folder = `${home}/ my games `;
    await Deno.mkdir(folder);
    await using newcomer = await WebPeer.start(party.swarm, "spaced", {
      has_no_folder: true,
      env: { HOME: home },
    });
    await using visit = await Visit.start(party.browser, newcomer.url);
    const { page } = visit;
    await visit.button("Browse…").click();
    const browser = page.getByRole("dialog", { name: "Choose a folder" });
    await browser.getByRole("button", { name: "my games" }).click();
    await until(
      "the folder",
      async () => await browser.locator("code").textContent() === folder || undefined,
    );
    await browser.getByRole("button", { name: "Choose this one" }).click();
    await page.getByText("The path begins or ends with a space.").waitFor();
    await visit.button("Start sharing").click();
    await page.getByRole("heading", { name: "Library" }).waitFor();
    assertEquals((await newcomer.settings()).game_dir, folder);
  },
);

Deno.test(
  "who clicks faster than folders are read is shown the folder of the last click",
  options,
  async () => {
    const home = await party.swarm.dir.mkdir("hasty_home");
    for (const name of ["slow", "quick"]) await Deno.mkdir(`${home}/${name}`);
    await using newcomer = await WebPeer.start(party.swarm, "hasty", {
      has_no_folder: true,
      env: { HOME: home },
    });
    await using visit = await Visit.start(party.browser, newcomer.url);
    const { page } = visit;
    const is_quick_there = Promise.withResolvers<void>();
    await page.route("**/api/v1/folders", async (route) => {
      if (route.request().postData()?.includes("slow")) await is_quick_there.promise;
      await route.continue();
    });
    await visit.button("Browse…").click();
    const browser = page.getByRole("dialog", { name: "Choose a folder" });
    const slow = page.waitForResponse((response) => response.request().postData()?.includes("slow") ?? false);
    for (const name of ["slow", "quick"]) await browser.getByRole("button", { name }).click();
    await browser.getByText(`${home}/quick`, { exact: true }).waitFor();
    is_quick_there.resolve();
    await (await slow).finished();
    await page.evaluate(
      "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))",
    );
    assertEquals(await browser.getByText(`${home}/quick`, { exact: true }).count(), 1);
  },
);

Deno.test("search and filters show what they say", options, async () => {
  await party.visit(async ({ page }) => {
    const shown = page.locator("main ul[aria-label=Games] > li");
    const all = await shown.count();
    assert(all >= 10, `${all} games`);
    await page.getByRole("searchbox").fill("FALC");
    await shown.nth(1).waitFor({ state: "detached" });
    assertEquals(await shown.first().getAttribute("data-game"), "falcon");
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByRole("heading", { name: "No game matches “nothing like it”" }).waitFor();
    await page.getByRole("button", { name: "Show all games" }).click();
    await shown.nth(all - 1).waitFor();
    await page.getByRole("button", { name: "Updates 1" }).click();
    await shown.nth(1).waitFor({ state: "detached" });
    assertEquals(await shown.first().getAttribute("data-game"), OLD_GAME);
    await page.getByRole("button", { name: "List" }).click();
    await page.locator("ul.list").waitFor();
    await page.reload();
    await page.locator("ul.list").waitFor();
  });
});

Deno.test(
  "a game is downloaded and installed with one click, and its progress is seen",
  options,
  async () => {
    await party.visit(async (visit) => {
      const { page } = visit;
      await visit.tile("apollo").getByRole("button", { name: "Install apollo" }).click();
      const card = page.locator(".live-card[data-game=apollo]");
      await card.getByText("from 1 machine").waitFor();
      const bar = card.getByRole("progressbar");
      const percent = async () => Number(await bar.getAttribute("aria-valuenow"));
      const first = await until("some progress", async () => await percent() || undefined);
      await until("more progress", async () => await percent() > first || undefined);
      await until("how far it is, on the tab", async () => /^\d+% · Library/.test(await page.title()));
      await card.getByText("alice").waitFor();
      await keepScreenshot(page, "download_light");
      await visit.tile("apollo").getByRole("button", { name: "Play apollo" }).waitFor();
      await page.getByText("apollo is ready to play").first().waitFor();
      await card.waitFor({ state: "detached" });
      assertEquals(await page.title(), "Library · lanspread");
      await visit.tile("apollo").getByRole("button", { name: "Play apollo" }).click();
      await page.getByText("Starting apollo…").first().waitFor();
      const started = `${party.swarm.gameDir("dana")}/apollo/local/was_started`;
      await until("the game's start", () => Deno.stat(started).catch(() => undefined), 60_000);
      await page.getByRole("link", { name: "Activity" }).click();
      await page.locator(".log").getByText("apollo is downloaded").waitFor();
      assertEquals(await page.locator(":focus").innerText(), "Activity");
    });
  },
);

Deno.test("a download that is cancelled leaves nothing, and can be started again", options, async () => {
  await party.visit(async (visit) => {
    await visit.tile("borealis").getByRole("button", { name: "Install borealis" }).click();
    await visit.tile("borealis").getByRole("button", { name: "Cancel borealis" }).click();
    await visit.page.getByText("borealis was cancelled").first().waitFor();
    await visit.tile("borealis").getByRole("button", { name: "Install borealis" }).waitFor();
    const left = await Deno.stat(`${party.swarm.gameDir("dana")}/borealis/borealis.eti`).catch(() =>
      undefined
    );
    assertEquals(left, undefined);
  });
});

Deno.test("download only, install, uninstall and remove: each after the other", options, async () => {
  await party.visit(async (visit) => {
    const { page } = visit;
    const tile = visit.tile("comet");
    await tile.getByRole("button", { name: "More for comet" }).click();
    await page.getByRole("menuitem", { name: "Download only" }).click();
    await tile.getByText("Downloaded ·").waitFor();
    await tile.getByRole("button", { name: "Install comet" }).click();
    await tile.getByRole("button", { name: "Play comet" }).waitFor();
    await tile.getByRole("button", { name: "More for comet" }).click();
    await page.getByRole("menuitem", { name: "Uninstall…" }).click();
    const question = page.getByRole("dialog", { name: "Uninstall comet?" });
    await question.getByRole("button", { name: "Keep it" }).click();
    await question.waitFor({ state: "detached" });
    await tile.getByRole("button", { name: "More for comet" }).click();
    await page.getByRole("menuitem", { name: "Uninstall…" }).click();
    await question.getByRole("button", { name: "Uninstall" }).click();
    await tile.getByText("Downloaded ·").waitFor();
    await tile.getByRole("button", { name: "More for comet" }).click();
    await page.getByRole("menuitem", { name: "Remove download…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove download" }).click();
    await tile.getByText("1 machine").waitFor();
    await page.getByText("comet is removed").first().waitFor();
  });
});

Deno.test("an old install is updated, and its panel tells the versions", options, async () => {
  await party.visit(async (visit) => {
    const { page } = visit;
    await visit.tile(OLD_GAME).getByRole("link").click();
    const panel = page.getByRole("dialog", { name: OLD_GAME });
    await panel.getByText("Update to 2.0").waitFor();
    await panel.getByText("can send it").waitFor();
    await panel.getByRole("button", { name: `Update ${OLD_GAME}` }).click();
    await panel.getByRole("button", { name: `Play ${OLD_GAME}` }).waitFor();
    const text = await Deno.readTextFile(`${party.swarm.gameDir("dana")}/${OLD_GAME}/local/readme.txt`);
    assertEquals(text, "new\n");
  });
});

Deno.test("what goes wrong is said at once and stays with the game", options, async () => {
  await party.visit(async (visit) => {
    const { page } = visit;
    await visit.tile(BROKEN_GAME).getByRole("button", { name: `Install ${BROKEN_GAME}` }).click();
    const note = page.locator(".note").filter({ hasText: `${BROKEN_GAME} could not be installed` });
    assertStringIncludes(await note.innerText(), "damaged");
    await note.getByRole("button", { name: /^Dismiss/ }).click();
    await note.waitFor({ state: "detached" });
    await visit.tile(BROKEN_GAME).getByRole("link").click();
    await page.getByRole("dialog").locator(".failure").getByText("damaged").waitFor();
    await keepScreenshot(page, "failure");
    await page.reload();
    await page.getByRole("dialog").locator(".failure").getByText("damaged").waitFor();
  });
});

Deno.test("what is refused is told above an open panel, and can be dismissed there", options, async () => {
  await party.visit(async (visit) => {
    const { page, complaints } = visit;
    await visit.tile(OLD_GAME).getByRole("link").click();
    const panel = page.getByRole("dialog", { name: OLD_GAME });
    await panel.getByRole("button", { name: `More for ${OLD_GAME}` }).click();
    await panel.getByRole("menuitem", { name: "Start server" }).click();
    const note = panel.locator(".note").filter({ hasText: "did not work" });
    assertStringIncludes(await note.innerText(), "server_start");
    await note.getByRole("button", { name: /^Dismiss/ }).click();
    await note.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    // The browser complains of every answer that is no success.
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("status of")));
  });
});

Deno.test("two pages at once agree, and one that comes later knows what runs", options, async () => {
  await party.visit(async (first) => {
    await party.visit(async (second) => {
      await first.tile("dynamo").getByRole("button", { name: "Install dynamo" }).click();
      await second.page.locator(".live-card[data-game=dynamo]").getByText("from 1 machine").waitFor();
      await second.page.reload();
      const figures = second.page.locator(".live-card[data-game=dynamo]").getByText(/ of 13 MB/);
      await figures.waitFor();
      await second.tile("dynamo").getByRole("button", { name: "Cancel dynamo" }).click();
      for (const visit of [first, second]) {
        await visit.tile("dynamo").getByRole("button", { name: "Install dynamo" }).waitFor();
        await visit.page.locator(".live-card").first().waitFor({ state: "detached" });
      }
    });
  });
});

Deno.test("everything can be done with the keyboard alone", options, async () => {
  await party.visit(async ({ page }) => {
    const focused = async () => {
      const element = page.locator(":focus");
      return await element.getAttribute("aria-label") ?? await element.innerText();
    };
    await page.keyboard.press("Tab");
    assertStringIncludes(await focused(), "Skip");
    await page.keyboard.press("/");
    await page.keyboard.type("eclipse");
    await page.locator("main ul[aria-label=Games] > li").nth(1).waitFor({ state: "detached" });
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press("Tab");
        if ((await focused()).includes(name)) return;
      }
      throw new Error(`Tab does not lead to ${name}`);
    };
    await tabTo("eclipse");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("dialog", { name: "eclipse" });
    await panel.waitFor();
    await tabTo("More for eclipse");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    assertStringIncludes(await focused(), "without keeping a copy");
    await page.keyboard.press("Escape");
    assertStringIncludes(await focused(), "More for eclipse");
    await page.keyboard.press("Shift+Tab");
    assertEquals(await focused(), "Install eclipse");
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: "Cancel eclipse" }).waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    assertStringIncludes(await focused(), "eclipse");
    await page.locator("main li[data-game=eclipse]").getByRole("button", { name: "Play eclipse" }).waitFor();
  });
});

Deno.test(
  "a page goes on by itself when lanspread was started again, and can change things",
  options,
  async () => {
    await using visit = await Visit.start(party.browser, party.peer.url);
    const { page } = visit;
    await visit.tile("falcon").getByText("1 machine").waitFor();
    await visit.tile("falcon").getByRole("button", { name: "Install falcon" }).click();
    await visit.tile("falcon").getByRole("button", { name: "Cancel falcon" }).click();
    await page.getByText("falcon was cancelled").first().waitFor();
    const start = await party.restart();
    await page.getByText("lanspread has stopped.").waitFor();
    assert(await visit.tile("falcon").getByRole("button", { name: "Install falcon" }).isDisabled());
    await keepScreenshot(page, "offline");
    await start();
    await page.getByText("lanspread has stopped.").waitFor({ state: "detached" });
    await visit.tile("falcon").getByText("1 machine").waitFor();
    await visit.tile("falcon").getByRole("button", { name: "Install falcon" }).click();
    await visit.tile("falcon").getByRole("button", { name: "Play falcon" }).waitFor();
    const others = visit.complaints.filter((text) => !/ERR_(CONNECTION|INCOMPLETE|EMPTY)|401|503/.test(text));
    assertEquals(others, []);
  },
);

Deno.test(
  "the machines are listed with what they share, and one can be dialled by hand",
  options,
  async () => {
    await party.visit(async ({ page, complaints }) => {
      await page.getByRole("link", { name: "Machines" }).click();
      await page.locator(".machine", { hasText: "alice" }).getByText("10 games").waitFor();
      await page.locator(".machine", { hasText: "dana" }).getByText("this machine").waitFor();
      await page.getByLabel("Connect by address").fill("nowhere");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.locator(".note").getByText("Connect to nowhere").waitFor();
      // The browser complains of every answer that is no success.
      complaints.splice(
        0,
        complaints.length,
        ...complaints.filter((text) => !text.includes("status of 400")),
      );
    });
  },
);

Deno.test("the game folder can be changed, and what can't be is told with its flag", options, async () => {
  const other = party.swarm.dir.join("dana/made_by_lanspread");
  await party.visit(async ({ page }) => {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByText("--limit-down").waitFor();
    const field = page.getByLabel("Where games lie on this machine");
    const before = await field.inputValue();
    const button = page.getByRole("button", { name: "Use this folder" });
    for (const folder of [other, before]) {
      await field.fill(folder);
      await button.click();
      await until(folder, async () => (await party.peer.settings()).game_dir === folder || undefined);
      // What is typed before the page has heard of it would give way to it.
      await until("the page has heard of it", async () => await button.isDisabled() || undefined);
    }
    await page.getByRole("link", { name: "Library" }).first().click();
    await page.getByText("Installed").first().waitFor();
  });
});

Deno.test(
  "who is alone is told what to check, and machines of another version are named",
  options,
  async () => {
    await using control = await Control.start();
    await using visit = await Visit.start(party.browser, `http://${control.server.address}/`);
    const { page } = visit;
    await page.getByRole("heading", { name: "Waiting for other machines" }).waitFor();
    assertEquals(await seriousProblems(page), []);
    await page.getByRole("link", { name: "See what to check" }).click();
    await page.getByRole("heading", { name: "Nobody else here yet" }).waitFor();
    const peer_id = newPeerId();
    control.bus.emit({ event: "peer-discovered", peer_id, name: "old laptop", addr: "127.0.0.1:2" as never });
    control.bus.emit({ event: "peer-lost", peer_id, reason: "incompatible" });
    await page.getByRole("heading", { name: "Another version of lanspread" }).waitFor();
    await page.locator(".warning").getByText("old laptop").waitFor();
    assertEquals(await seriousProblems(page), []);
    assertEquals(visit.complaints, []);
  },
);

Deno.test(
  "two thousand games are all there, and the menu of one stays on a phone's screen",
  options,
  async () => {
    await using control = await Control.start();
    const games = Array.from({ length: 2_000 }, (_, at) => ({
      ...OFFERED_GAME,
      ...{ id: `game_${at}` as never, name: `Game ${at}`, version: "1.0" as never },
    }));
    control.snapshot = { ...control.snapshot, games };
    const size = { width: 360, height: 740 };
    const address = `http://${control.server.address}/`;
    await using visit = await Visit.start(party.browser, address, {
      viewport: size,
      hasTouch: true,
      isMobile: true,
    });
    const { page } = visit;
    await visit.tile("game_1999").waitFor({ state: "attached" });
    await page.getByRole("searchbox").fill("game 1234");
    await visit.tile("game_1999").waitFor({ state: "detached" });
    await visit.button("More for Game 1234").tap();
    const menu = await page.getByRole("menu").boundingBox();
    assert(menu && menu.x >= 0 && menu.y >= 0, "in sight at the left and the top");
    assert(menu.x + menu.width <= size.width && menu.y + menu.height <= size.height, "and at the other ends");
    await keepScreenshot(page, "menu_phone");
    control.bus.emit({
      event: "games-list-updated",
      games: games.map((game) => ({ ...game, installed: true, local_version: game.version })),
    });
    await visit.tile("game_1234").getByText("Installed").waitFor();
    assertEquals(visit.complaints, []);
  },
);

Deno.test(
  "the menu of a game opens, moves and closes by keys, and never comes back by itself",
  options,
  async () => {
    await using control = await Control.start();
    const game = { ...OFFERED_GAME, version: "1.0" as never };
    control.snapshot = { ...control.snapshot, games: [game] };
    await using visit = await Visit.start(party.browser, `http://${control.server.address}/`);
    const { page } = visit;
    const button = visit.button("More for The Game");
    const menu = page.getByRole("menu");
    const focused = () => page.locator(":focus").innerText();
    await button.focus();
    for (
      const [key, item] of [["ArrowUp", "Install without keeping a copy"], [
        "ArrowDown",
        "Download only",
      ]] as const
    ) {
      await page.keyboard.press(key);
      await menu.waitFor();
      assertEquals(await focused(), item);
      await page.keyboard.press("Escape");
      await menu.waitFor({ state: "detached" });
      assertEquals(await page.locator(":focus").getAttribute("aria-label"), "More for The Game");
    }
    await page.keyboard.press("Enter");
    await page.keyboard.press("i");
    assertEquals(await focused(), "Install without keeping a copy");
    await page.keyboard.press("Home");
    assertEquals(await focused(), "Download only");
    await page.getByRole("searchbox").focus();
    await menu.waitFor({ state: "detached" });
    await button.click();
    await menu.waitFor();
    const operations = [{ game_id: game.id, operation: "download" as const }];
    control.bus.emit({ event: "active-operations-changed", operations });
    await menu.waitFor({ state: "detached" });
    control.bus.emit({ event: "active-operations-changed", operations: [] });
    await button.waitFor();
    assertEquals(await menu.count(), 0);
    assertEquals(visit.complaints, []);
  },
);

Deno.test(
  "the panel tells what the peer tells of one game alone: its description, and its folder as it is there",
  options,
  async () => {
    await using control = await Control.start();
    const game = { ...OFFERED_GAME, downloaded: true };
    control.snapshot = { ...control.snapshot, games: [game] };
    control.onGame = () => ({ ...game, description: "Four marines.", folder: "C:\\Games\\game" });
    await using visit = await Visit.start(party.browser, `http://${control.server.address}/`);
    await visit.tile(game.id).getByRole("link").click();
    const panel = visit.page.getByRole("dialog", { name: game.name });
    await panel.getByText("Four marines.").waitFor();
    await panel.getByText("C:\\Games\\game", { exact: true }).waitFor();
    assertEquals(visit.complaints, []);
  },
);

Deno.test(
  "what turns out to be here already is told calmly, whether refused or found out later",
  options,
  async () => {
    await using control = await Control.start();
    control.snapshot = { ...control.snapshot, games: [OFFERED_GAME] };
    control.onCommand = () => {
      throw new LanspreadError("already_downloaded", "game is here already, in version 1.0");
    };
    await using visit = await Visit.start(party.browser, `http://${control.server.address}/`);
    const { page } = visit;
    await visit.button("Install The Game").click();
    const note = (text: string) => page.locator(".note[data-mood=neutral]").getByText(text);
    await note("game is here already, in version 1.0").waitFor();
    const { id: game_id } = OFFERED_GAME;
    const message = "game is here already, in version 1.0";
    control.bus.emit({ event: "download-failed", game_id, code: "already_downloaded", message });
    await note("The Game is here already").waitFor();
    assertEquals(await page.locator(".note[data-mood=bad]").count(), 0);
  },
);

Deno.test("names as long as they may be make no view wider than a phone", options, async () => {
  await using control = await Control.start();
  const [name, word] = ["a machine that somebody gave a long name ".repeat(6).trim(), "w".repeat(255)];
  const { settings } = control.snapshot;
  const games = [name, word].map((name, at) => ({ ...OFFERED_GAME, id: `game_${at}` as never, name }));
  const addr = "127.0.0.1:2" as never;
  const nothing = { library_rev: -1, library_digest: undefined, games: new Map() };
  const peers = [name, word].map((name) => ({ peer_id: newPeerId(), name, addr, ...nothing }));
  control.snapshot = { ...control.snapshot, settings: { ...settings, name }, games, peers };
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  await using visit = await Visit.start(party.browser, `http://${control.server.address}/`, phone);
  for (const view of VIEWS) {
    await visit.page.getByRole("link", { name: view }).first().click();
    await visit.page.getByRole("heading", { name: view, level: 1 }).waitFor();
    const wider = await visit.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    assertEquals([view, wider], [view, 0]);
  }
});

Deno.test("on small phones nothing of a game's state or buttons is cut off", options, async () => {
  await using control = await Control.start();
  const there = { ...OFFERED_GAME, version: "1.0" as never };
  const old = { local_version: "0.9" as never, downloaded_version: "0.9" as never };
  control.snapshot = {
    ...control.snapshot,
    games: [
      { ...there, id: "offered" as never, size: 690e6, peer_count: 12 },
      { ...there, id: "old" as never, installed: true, downloaded: true, ...old },
      { ...there, id: "downloaded" as never, downloaded: true, size: 999e6 },
      { ...there, id: "absent" as never, peer_count: 0, availability: "unavailable" },
      { ...there, id: "busy" as never, operation: "download" },
    ],
  };
  for (const width of [320, 360, 390]) {
    const phone = { viewport: { width, height: 740 }, hasTouch: true, isMobile: true };
    await using visit = await Visit.start(party.browser, `http://${control.server.address}/`, phone);
    await visit.tile("offered").waitFor();
    for (const layout of ["Grid", "List"]) {
      await visit.button(layout).click();
      const cut = await visit.page.locator("main button, .state-text").evaluateAll((all) =>
        all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)
      );
      assertEquals([width, layout, cut], [width, layout, []]);
    }
  }
});

Deno.test("on a phone every cover is painted, also that of a game that runs", options, async () => {
  await using control = await Control.start();
  const game = { ...OFFERED_GAME, operation: "download" as const };
  control.snapshot = {
    ...control.snapshot,
    status: { ...control.snapshot.status, operations: [{ game_id: game.id, operation: "download" }] },
    games: [game],
  };
  const address = `http://${control.server.address}/`;
  await using visit = await Visit.start(party.browser, address, { viewport: { width: 360, height: 740 } });
  const cover = visit.tile(game.id).locator("svg.cover");
  await cover.waitFor();
  const names = await visit.page.locator("svg.cover linearGradient").evaluateAll((all) =>
    all.map(({ id }) => id)
  );
  assertEquals([names.length, new Set(names).size], [2, 2]);
  const fill = await cover.locator("rect").first().getAttribute("fill");
  assertEquals(fill, `url(#${await cover.locator("linearGradient").getAttribute("id")})`);
});

const VIEWS = ["Library", "Activity", "Machines", "Settings"];

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`no view keeps anybody out, in ${colorScheme} colours`, options, async () => {
    await party.visit(async ({ page }) => {
      for (const view of VIEWS) {
        await page.getByRole("link", { name: view }).first().click();
        await page.getByRole("heading", { name: view, level: 1 }).waitFor();
        assertEquals([view, await seriousProblems(page)], [view, []]);
        await keepScreenshot(page, `${view.toLowerCase()}_${colorScheme}`);
      }
      await page.getByRole("link", { name: "Library" }).first().click();
      await page.locator("main li[data-game=gemini]").getByRole("link").click();
      await page.getByText("can send it").waitFor();
      assertEquals(await seriousProblems(page), []);
      await keepScreenshot(page, `panel_${colorScheme}`);
    }, { colorScheme, reducedMotion: "reduce" });
  });
}

Deno.test("on a phone every view fits, and nobody is kept out", options, async () => {
  await party.visit(async ({ page }) => {
    for (const view of VIEWS) {
      await page.getByRole("link", { name: view }).first().click();
      await page.getByRole("heading", { name: view, level: 1 }).waitFor();
      const wider = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assertEquals([view, wider], [view, 0]);
      assertEquals([view, await seriousProblems(page)], [view, []]);
      await keepScreenshot(page, `${view.toLowerCase()}_phone`);
    }
  }, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
});
