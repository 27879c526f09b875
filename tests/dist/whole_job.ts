/**
 * Everything that needs an embedded part, with three peers of the program under test: hashes (worker), a download with
 * hashes, an install out of a RAR archive (worker and wasm), a streamed install (worker), quiche (native add-on).
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { assertSameTree, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { hashesKnown } from "../support/hash_probe.ts";
import { Swarm } from "../support/swarm.ts";

const CONTENT = { "bin/game.exe": MIB + 1, "data/ünïcode level.dat": 100_000, "readme.txt": "hello" };

/** Does all of it; throws where a step fails. Without `has_quiche` all peers use the runtime's QUIC. */
export async function doWholeJob(program: readonly string[], has_quiche: boolean): Promise<void> {
  await using swarm = await Swarm.make();
  for (const id of ["alienswarm", "bomberman"]) {
    await makeArchiveGame(swarm.gameDir("source"), id, { version: "1.0", content: CONTENT });
  }
  const expected = swarm.dir.join("expected");
  await makeTree(expected, CONTENT, "alienswarm");
  const source = await swarm.start("source", { program });
  const taker = await swarm.start("taker", { program, args: ["--quic", has_quiche ? "matrixai" : "deno"] });
  assertEquals((await taker.ok("status")).quic, has_quiche ? "matrixai" : "deno");
  await taker.sources("alienswarm", 1);
  await hashesKnown(swarm.party, "alienswarm", [source]);
  assertEquals((await taker.download("alienswarm")).verified, true);
  await taker.event("install-finished", ({ game_id }) => game_id === "alienswarm");
  await assertSameTree(expected, swarm.gameDir("taker") + "/alienswarm/local");
  await taker.sources("bomberman", 1);
  await taker.ok("stream-install", { game_id: "bomberman" });
  await taker.event("install-finished", ({ game_id }) => game_id === "bomberman");
  assertEquals([await taker.stop(), await source.stop()], [0, 0]);
}
