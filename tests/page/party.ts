/**
 * What the tests of the page share: one browser, one peer that has games, and one `lanspread` whose page is looked at.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { type Browser, launchBrowser, Visit } from "../support/browser.ts";
import { copyGame, makeArchiveGame, MIB } from "../support/games.ts";
import { Swarm } from "../support/swarm.ts";
import { WebPeer } from "../support/web_peer.ts";

/** Slow enough that progress is seen. */
const LIMIT = "6M";
const OFFERED = ["apollo", "borealis", "dynamo", "eclipse", "falcon", "gemini", "helios"];
/** A game that is here at once. */
export const SMALL_GAME = "comet";
/** The game of which this machine has an older version, installed. */
export const OLD_GAME = "zenith";
/** The game whose archive is damaged. */
export const BROKEN_GAME = "yonder";

/** The party; disposing it ends everything. */
export class Party implements AsyncDisposable {
  private constructor(readonly swarm: Swarm, readonly browser: Browser, public peer: WebPeer) {}

  static async start(): Promise<Party> {
    await using stack = new AsyncDisposableStack();
    const swarm = stack.use(await Swarm.make());
    await makeGames(swarm);
    const [browser] = await Promise.all([launchBrowser(), swarm.start("alice")]);
    stack.defer(() => browser.close());
    const peer = await WebPeer.start(swarm, "dana", { args: ["--limit-down", LIMIT] });
    stack.move();
    return new Party(swarm, browser, peer);
  }

  /** Opens the page and does something with it; whatever the browser complained of fails the test. */
  async visit(
    run: (visit: Visit) => Promise<void>,
    options: Parameters<typeof Visit.start>[2] = {},
  ): Promise<void> {
    await using visit = await Visit.start(this.browser, this.peer.url, options);
    await visit.tile("apollo").getByText("1 machine").or(visit.tile("apollo").getByText("Installed")).first()
      .waitFor();
    await run(visit);
    assertEquals(visit.complaints, []);
  }

  /** Ends the peer; `start` begins it anew at the same address. */
  async restart(): Promise<() => Promise<void>> {
    const { port } = this.peer;
    await this.peer.stop();
    await this.peer[Symbol.asyncDispose]();
    return async () => {
      this.peer = await WebPeer.start(this.swarm, "dana", { args: ["--limit-down", LIMIT], port });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.peer[Symbol.asyncDispose]();
    await this.swarm[Symbol.asyncDispose]();
  }
}

async function makeGames(swarm: Swarm): Promise<void> {
  const [offered, own] = [swarm.gameDir("alice"), swarm.gameDir("dana")];
  const content = { "game_start.sh": "touch was_started\n", "data.bin": 12 * MIB };
  for (const id of OFFERED) await makeArchiveGame(offered, id, { version: "1.0", content });
  await makeArchiveGame(offered, SMALL_GAME, { version: "1.0", content: { "data.bin": MIB } });
  const small = { "readme.txt": "old\n" };
  const old = await makeArchiveGame(own, OLD_GAME, { version: "1.0", content: small });
  await Deno.mkdir(`${old}/local`);
  await Deno.writeTextFile(`${old}/local/readme.txt`, "old\n");
  await makeArchiveGame(offered, OLD_GAME, { version: "2.0", content: { "readme.txt": "new\n" } });
  const broken = await makeArchiveGame(offered, BROKEN_GAME, { version: "1.0", content: { "a.dat": MIB } });
  using file = await Deno.open(`${broken}/${BROKEN_GAME}.eti`, { write: true });
  await file.seek(400, Deno.SeekMode.Start);
  await file.write(new Uint8Array(64).fill(7));
  await copyGame(broken, own, BROKEN_GAME);
}
