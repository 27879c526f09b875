/**
 * How soon a peer that starts second sees the first one and its library.
 *
 * Of two peers the one with the smaller id dials at once, so both orders are measured.
 *
 * @module
 */

import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, medianMs, rounds, row } from "./figures.ts";
import { gameId, makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";

const GAMES = 1_000;
const ROUNDS = 5;
const QUIET = { args: ["--log", "warning"] };
const MIDDLE_ID = "88888888-8888-4888-8888-888888888888";
const ORDERS = {
  smaller: "11111111-1111-4111-8111-111111111111",
  larger: "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee",
};

/** One first sight; each in milliseconds since the second process was started. */
interface Sight {
  ready: number;
  discovered: number;
  connected: number;
  library: number;
}

/** Measures and prints. */
export async function benchSight(): Promise<void> {
  heading(`first sight: the first peer has ${GAMES} games, median of ${ROUNDS}`);
  await using swarm = atInterrupt(await Swarm.make());
  makeRoots(swarm.gameDir("first"), GAMES);
  await swarm.presetPeerId("first", MIDDLE_ID);
  const first = await swarm.start("first", QUIET);
  for (const [order, peer_id] of Object.entries(ORDERS)) {
    await swarm.presetPeerId(order, peer_id);
    // Makes the certificate, which no later start does.
    await look(swarm, order, first);
    printSights(order, await rounds(ROUNDS, () => look(swarm, order, first)));
  }
}

function printSights(order: string, sights: readonly Sight[]): void {
  const since = (name: keyof Sight, from?: "ready") =>
    medianMs(sights.map((sight) => sight[name] - (from ? sight[from] : 0)));
  row(`second with the ${order} id: process start to ready`, since("ready"));
  row("  ready to peer-discovered", since("discovered", "ready"));
  row("  ready to peer-connected", since("connected", "ready"), "at most 500 ms");
  row("  ready to the first one's library", since("library", "ready"), "at most 1 s");
  row("  process start to peer-connected", since("connected"));
  row("  process start to the first one's library", since("library"));
}

async function look(swarm: Swarm, name: string, first: PeerProcess): Promise<Sight> {
  const from_first = first.lines.length;
  const started_ms = performance.now();
  const elapsedAt = async (event: Promise<unknown>) => {
    await event;
    return performance.now() - started_ms;
  };
  const second = swarm.spawn(name, QUIET);
  const isFirst = ({ peer_id }: { peer_id: string }) => peer_id === MIDDLE_ID;
  const [ready, discovered, connected, library] = await Promise.all([
    elapsedAt(second.ready),
    elapsedAt(second.event("peer-discovered", isFirst)),
    elapsedAt(second.event("peer-connected", isFirst)),
    elapsedAt(
      second.event("games-list-updated", ({ games }) => games.some(({ id }) => id === gameId(GAMES - 1))),
    ),
  ]);
  await second.stop();
  await first.event("peer-lost", ({ peer_id }) => peer_id === second.peer_id, { from: from_first });
  return { ready, discovered, connected, library };
}
