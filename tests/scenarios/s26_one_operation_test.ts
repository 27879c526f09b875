/**
 * S26: while an operation runs on a game, every other one on the same game is refused, and neither disturbs the first
 * nor hinders what runs on another game.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { endsOf } from "../support/download_ends.ts";
import { assertSameTree, filesBelow, makeArchiveGame, makeGame, MIB } from "../support/games.ts";
import { GatedSource } from "../support/gated_source.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const ID = "alienswarm";
const CONTENT = { "bin/game.exe": 5_000, "data/big.pak": 20 * MIB };

/** What would be accepted after the operation `first` if it were not for it, by the command that begins the first. */
const REFUSED: Record<string, { kind: string; ends: string; others: readonly string[] }> = {
  install: {
    ...{ kind: "install", ends: "install-finished" },
    others: ["install", "fetch-latest", "download", "remove-downloaded", "set-game-dir"],
  },
  update: {
    ...{ kind: "update", ends: "install-finished" },
    others: ["update", "uninstall", "fetch-latest", "download", "set-game-dir"],
  },
  uninstall: {
    ...{ kind: "uninstall", ends: "uninstall-finished" },
    others: ["uninstall", "update", "fetch-latest", "download", "set-game-dir"],
  },
  "fetch-latest": {
    ...{ kind: "download", ends: "download-finished" },
    others: ["fetch-latest", "download", "install", "remove-downloaded", "set-game-dir"],
  },
  "remove-downloaded": {
    ...{ kind: "remove", ends: "remove-finished" },
    others: ["remove-downloaded", "install", "set-game-dir"],
  },
};

/** Sends a command and the others right behind it, in one write; the first is accepted, they are all refused. */
async function together(peer: PeerProcess, first: string, game_dir: string): Promise<void> {
  const { kind, others } = REFUSED[first] ?? { kind: "", others: [] };
  const from = peer.lines.length;
  const fields = { game_id: ID, install: false, game_dir };
  const lines = [first, ...others].map((command, at) =>
    JSON.stringify({ id: `${first} ${at}`, command, ...fields })
  );
  await peer.write(lines.join("\n"));
  const accepted = await peer.event("result", ({ id }) => id === `${first} 0`, { from });
  assertEquals([accepted.ok, accepted.error], [true, undefined], first);
  for (const [at, command] of others.entries()) {
    const { error } = await peer.event("result", ({ id }) => id === `${first} ${at + 1}`, { from });
    assertEquals(error?.code, "operation_active", `${command} during ${first}`);
    for (const part of [ID, kind, "still running"]) assertStringIncludes(error?.message ?? "", part);
  }
}

Deno.test("S26: a second operation on the same game is refused while the first runs, which ends as if alone", async () => {
  await using swarm = await Swarm.make();
  const games = swarm.gameDir("bob");
  const root = await makeArchiveGame(games, ID, { version: "1.0", content: CONTENT });
  await makeGame(swarm.gameDir("alice"), "quake", { version: "1.0", files: { "data.pak": MIB } });
  const elsewhere = await swarm.dir.mkdir("elsewhere");
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  const archive = await Deno.readFile(`${root}/${ID}.eti`);
  await using source = await GatedSource.start(swarm.party, ID, "1.1", { [`${ID}.eti`]: archive });
  await source.greet(bob.addr);
  await bob.sources("quake", 1);
  await until("bob wants the newer one", async () => (await bob.game(ID))?.version === "1.1");

  for (const [first, { ends }] of Object.entries(REFUSED)) {
    const from = bob.lines.length;
    await together(bob, first, elsewhere);
    if (first === "fetch-latest") {
      // It is held open: another game goes its way meanwhile.
      await until("the download runs", () => source.held_back > 0);
      await bob.download("quake");
      assertEquals((await bob.ok("status")).operations, [{ game_id: ID, operation: "download" }]);
      source.open();
    }
    await until(first, () => bob.lines.slice(from).some((line) => line.event === ends && isOf(line, ID)));
    const terminal = bob.lines.slice(from).filter((line) =>
      /-(finished|failed|cancelled|gone)$/.test(line.event) && isOf(line, ID) &&
      line.event !== "download-chunk-finished"
    );
    assertEquals(terminal.map(({ event }) => event), [ends], first);
    assertEquals((await bob.ok("status")).operations, []);
    await holdsAfter(first, games, root);
  }
  await assertSameTree(`${swarm.gameDir("alice")}/quake`, `${games}/quake`);
  assertEquals(endsOf(bob, ID), ["download-finished"]);
  for (const { operations } of bob.eventsOf("active-operations-changed")) {
    const ids = operations.map(({ game_id }) => game_id);
    assertEquals(new Set(ids).size, ids.length, "two operations on one game");
  }
  assertEquals(bob.eventsOf("runtime-failed"), []);
});

function isOf(line: object, game_id: string): boolean {
  return "game_id" in line && line.game_id === game_id;
}

/** What the operation was to do is done, and nothing else. */
async function holdsAfter(first: string, games: string, root: string): Promise<void> {
  const here = (await filesBelow(games)).filter((path) => path.startsWith(`${ID}/`))
    .map((path) => path.slice(ID.length + 1));
  const payload = [`${ID}.eti`, "version.ini"];
  const installed = [`${ID}.eti`, "local/bin/game.exe", "local/data/big.pak", "version.ini"];
  const wanted: Record<string, string[]> = { install: installed, update: installed, "remove-downloaded": [] };
  assertEquals(here, wanted[first] ?? payload, first);
  if (first === "fetch-latest") assertEquals(await Deno.readTextFile(`${root}/version.ini`), "1.1");
}
