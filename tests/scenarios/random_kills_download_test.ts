/**
 * SIGKILL of the downloader and of its sources, at random moments of random downloads: in the end the files are
 * identical, what was safe is not fetched again, and no sentinel ever stands on an incomplete game.
 *
 * `LANSPREAD_TEST_KILLS` says how many downloads; a failure is run again as `tests/support/seeds.ts` says.
 *
 * @module
 */

import fc from "fast-check";
import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { assertOnlyFinished, braked, endsOf, metAgain, sentinelFiles } from "../support/download_ends.ts";
import { assertSameTree, copyGame, filesBelow, makeGame, MIB } from "../support/games.ts";
import { holds } from "../support/seeds.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import {
  assertNoneTwice,
  bytesBelow,
  bytesMissing,
  bytesOf,
  chunksTold,
  missing,
  type Told,
} from "../support/told_chunks.ts";

const ID = "alienswarm";
const FILES = { "big.pak": 4 * CHUNK_BYTES + 17, "data/b.pak": 9 * MIB, "data/empty": 0, "maps/a.bsp": 700 };
const RUNS = Number(Deno.env.get("LANSPREAD_TEST_KILLS") ?? 5);
const WATCH_MS = 15;

/** One SIGKILL: of whom, when so much of the game is here, and how much later still. */
const Kill = fc.record({
  victim: fc.oneof(
    { weight: 3, arbitrary: fc.constant("bob" as const) },
    { weight: 1, arbitrary: fc.constantFrom("alice" as const, "carol" as const) },
  ),
  at_percent: fc.integer({ min: 0, max: 100 }),
  later_ms: fc.integer({ min: 0, max: 150 }),
});
type Kill = typeof Kill extends fc.Arbitrary<infer T> ? T : never;

/** What one try to download told: from its beginning to its end, or to the end of the process. */
interface Try {
  resumed_bytes: number | undefined;
  parts: Told[];
}

/** Two sources, bob, who downloads, and what he has been killed in the middle of. */
class Party {
  readonly #sources = new Map<"alice" | "carol", PeerProcess>();
  #bob: PeerProcess | undefined;
  /** The line of bob where his last try began. */
  #from = 0;
  tries: Try[] = [];

  private constructor(readonly swarm: Swarm, readonly root: string) {}

  static async gather(swarm: Swarm): Promise<Party> {
    const root = await makeGame(swarm.gameDir("alice"), ID, { version: "1.0", files: FILES });
    await copyGame(root, swarm.gameDir("carol"), ID);
    const party = new Party(swarm, root);
    await Promise.all([party.#startSource("alice"), party.#startSource("carol"), party.#startBob()]);
    return party;
  }

  get bob(): PeerProcess {
    assert(this.#bob);
    return this.#bob;
  }

  get copy(): string {
    return `${this.swarm.gameDir("bob")}/${ID}`;
  }

  async #startSource(name: "alice" | "carol"): Promise<PeerProcess> {
    const source = await this.swarm.start(name, braked("48M"));
    this.#sources.set(name, source);
    return source;
  }

  async #startBob(): Promise<void> {
    this.#bob = await this.swarm.start("bob");
    this.#from = 0;
  }

  /** Begins or takes up the download, with both sources there. */
  async begin(): Promise<void> {
    await this.bob.sources(ID, 2);
    this.#from = this.bob.lines.length;
    await this.bob.ok("download", { game_id: ID });
  }

  /** How the running try has ended; `undefined` while it runs. */
  get end(): string | undefined {
    return endsOf(this.bob, ID, this.#from)[0];
  }

  /** Waits until so much is here, or the try is over. */
  async arrived(percent: number): Promise<void> {
    await until(`${percent} % of ${ID}`, () => {
      const { done_bytes = 0, total_bytes = 1 } = this.bob.eventsOf("download-progress", this.#from).at(-1) ??
        {};
      return this.end !== undefined || done_bytes >= total_bytes * percent / 100;
    }, 40_000);
  }

  /** Kills a peer and starts it again. Where bob was killed his try is over. */
  async kill(victim: Kill["victim"]): Promise<void> {
    if (victim !== "bob") {
      await this.#sources.get(victim)?.kill();
      return await metAgain(this.bob, await this.#startSource(victim));
    }
    await this.bob.kill();
    this.noteTry();
    await assertHonestSentinel(this.root, this.copy);
    await this.#startBob();
    assertEquals((await sentinelFiles(this.copy)).filter((path) => path !== "version.ini"), []);
  }

  /** Keeps what the try told that has just ended. */
  noteTry(): void {
    const resumed_bytes = this.bob.eventsOf("download-begin", this.#from).at(-1)?.resumed_bytes;
    this.tries.push({ resumed_bytes, parts: chunksTold(this.bob, ID, this.#from) });
  }

  /** Clears the table for the next download. */
  async clear(): Promise<void> {
    await this.bob.ok("remove-downloaded", { game_id: ID });
    await this.bob.event("remove-finished", () => true, { from: this.#from });
    this.tries = [];
  }
}

/** Fails where a sentinel stands on anything but the whole game. */
async function assertHonestSentinel(root: string, copy: string): Promise<void> {
  if (!(await sentinelFiles(copy)).includes("version.ini")) return;
  const scratch = [".version.ini.tmp", ".version.ini.discarded"];
  await assertSameTree(root, copy, { ignore: scratch });
}

/** Looks again and again whether a sentinel stands that should not, until it is told to stop. */
async function watchSentinel(root: string, copy: string, stop: AbortSignal): Promise<void> {
  let stood = false;
  while (!stop.aborted) {
    const stands = await Deno.lstat(`${copy}/version.ini`).then(() => true, () => false);
    if (stands && !stood) await assertHonestSentinel(root, copy);
    stood = stands;
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  }
}

/** Downloads once, with these kills on the way. */
async function downloadThrough(party: Party, kills: readonly Kill[]): Promise<void> {
  await party.begin();
  for (const { victim, at_percent, later_ms } of kills) {
    await party.arrived(at_percent);
    await new Promise((resolve) => setTimeout(resolve, later_ms));
    await party.kill(victim);
    if (victim === "bob") {
      if ((await party.bob.game(ID))?.downloaded) return;
      await party.begin();
    } else if (party.end === "download-peers-gone") {
      // Both sources were away at once.
      party.noteTry();
      await party.begin();
    }
    if (party.end === "download-finished") break;
  }
  await party.arrived(101);
  if (party.end === "download-peers-gone") {
    party.noteTry();
    return await downloadThrough(party, []);
  }
  assertEquals(party.end, "download-finished");
  party.noteTry();
  await assertLastTry(party);
}

/** The try that finished brought exactly what was not safe before it. */
async function assertLastTry({ root, tries, bob }: Party): Promise<void> {
  const last = tries.at(-1);
  assert(last?.resumed_bytes !== undefined);
  assertNoneTwice(last.parts);
  assertEquals(last.resumed_bytes + bytesOf(last.parts), await bytesBelow(root));
  assertEquals(last.resumed_bytes, await bytesMissing(root, last.parts));
  assertEquals(await missing(root, tries.flatMap(({ parts }) => parts)), []);
  assertOnlyFinished(bob, ID, bob.lines.findLastIndex(({ event }) => event === "download-begin"));
}

/** What was safe once stays safe, and nothing counts as safe that was never told to have come. */
function assertOnlyMore(tries: readonly Try[]): void {
  let safe_bytes = 0;
  let told_bytes = 0;
  for (const { resumed_bytes, parts } of tries) {
    if (resumed_bytes === undefined) continue;
    assertGreaterOrEqual(resumed_bytes, safe_bytes, "what was safe before is fetched again");
    assertLessOrEqual(resumed_bytes, told_bytes, "something counts that never came");
    safe_bytes = resumed_bytes;
    told_bytes += bytesOf(parts);
  }
}

Deno.test("SIGKILL of the downloader and of its sources at random moments loses nothing and commits nothing early", async () => {
  await using swarm = await Swarm.make();
  const party = await Party.gather(swarm);
  const download = fc.asyncProperty(fc.array(Kill, { minLength: 1, maxLength: 3 }), async (kills) => {
    const stop = new AbortController();
    const watching = watchSentinel(party.root, party.copy, stop.signal);
    watching.catch(() => {}); // Told below.
    try {
      await downloadThrough(party, kills);
    } finally {
      stop.abort();
      await watching;
    }
    assertOnlyMore(party.tries);
    await assertSameTree(party.root, party.copy);
    assertEquals(party.bob.eventsOf("download-failed"), []);
    assertEquals((await party.bob.game(ID))?.downloaded, true);
    await party.clear();
    assertEquals(await filesBelow(swarm.gameDir("bob")), []);
  });
  await holds(download, { runs: RUNS, keep_first_failure: true });
});
