/**
 * The command line as a person sees it: on a real terminal, beside a running `lanspread`, with a download that comes to
 * its end only when the test lets it.
 *
 * @module
 */

import { Games } from "../../src/web/answer_schemas.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { LANSPREAD, Lanspread } from "../support/lanspread.ts";
import { PacedSource } from "../support/paced_source.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";
import { no_terminal, Terminal } from "../support/terminal.ts";

const GAME = "1942";
const CTRL_C = "\x03";
const ignore = leftOut("a real terminal", no_terminal);

/** The whole game would take an hour. */
const SLOW = 10_000;

/** A running `lanspread` and a slow source, which it knows. */
async function withSlowSource(run: (bob: Lanspread, source: PacedSource) => Promise<void>): Promise<void> {
  await using swarm = await Swarm.make();
  await using bob = await Lanspread.start(swarm, "bob");
  const game = { id: GAME, files: { "a.dat": 40_000_000 } };
  await using source = await PacedSource.start(swarm.party, (await bob.status()).listen_addr, game, SLOW);
  await until("the game", async () => (await bob.cli("ls")).out.includes(GAME), 60_000);
  await run(bob, source);
}

const GET = [...LANSPREAD, "get", GAME, "--no-install"];

/** `lanspread get` on a terminal, with its bar. */
async function getOnTerminal(bob: Lanspread, env: Record<string, string> = {}): Promise<Terminal> {
  const terminal = new Terminal(GET, 60, { ...bob.env, ...env });
  try {
    await terminal.seen("░");
    return terminal;
  } catch (error) {
    await terminal[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("on a terminal get draws a bar, Ctrl-C asks, and c cancels", { ignore }, async () => {
  await withSlowSource(async (bob) => {
    await using terminal = await getOnTerminal(bob);
    assertStringIncludes(terminal.shown, "\x1b[32m░", "the bar is green");
    await terminal.type(CTRL_C);
    await terminal.seen("[c]ancel");
    await terminal.type("c");
    assertEquals(await terminal.ended(), 1);
    assertStringIncludes(terminal.shown, "was cancelled");
    const { games } = Games.parse(JSON.parse((await bob.cli("ls", "--json")).out));
    assertEquals(games.map(({ downloaded, operation }) => [downloaded, operation]), [[false, null]]);
  });
});

Deno.test("Ctrl-C and g end the command, and the download goes on to its end", { ignore }, async () => {
  await withSlowSource(async (bob, source) => {
    await using terminal = await getOnTerminal(bob, { NO_COLOR: "1" });
    await terminal.type(CTRL_C);
    await terminal.seen("[c]ancel");
    await terminal.type("g");
    assertEquals(await terminal.ended(), 1);
    assertStringIncludes(terminal.shown, `the peer goes on with ${GAME}; lanspread cancel ${GAME} ends it`);
    assert(!terminal.shown.includes("\x1b[3"), "no colour with NO_COLOR");
    assertEquals((await bob.status()).operations, [{ game_id: GAME, operation: "download" }]);
    source.bytes_per_s = 1e9;
    await until("the download", async () => {
      const { games } = Games.parse(JSON.parse((await bob.cli("ls", "--json")).out));
      return games[0]?.downloaded;
    }, 60_000);
  });
});

Deno.test("a bar follows the width of the terminal", { ignore }, async () => {
  await withSlowSource(async (bob) => {
    await using terminal = await getOnTerminal(bob, { NO_COLOR: "1" });
    for (const columns of [30, 100]) {
      const since = terminal.shown.length;
      await terminal.resize(columns);
      await until(`a bar for ${columns} columns`, () => {
        const bars = terminal.shown.slice(since).split("\x1b[J").slice(1, -1);
        return bars.some((bar) => columns === 30 ? bar.trimEnd().length < 30 : bar.length > 60);
      }, 60_000);
    }
  });
});
