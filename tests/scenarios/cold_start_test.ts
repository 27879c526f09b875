/**
 * Two peers that start at whatever times see each other, never one of them alone, and meet exactly once.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { print } from "../support/print.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const PAIRS = 50;
const AT_ONCE = 5;
/** More than a peer needs to start, so that every step of one start meets every step of the other. */
const MAX_DELAY_MS = 900;
const SEED_VARIABLE = "LANSPREAD_COLD_START_SEED";

/** The same delays for the same seed (mulberry32). */
function* randoms(seed: number): Generator<number, never> {
  for (let state = seed >>> 0;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Starts two peers of one party, the second `delay_ms` after the first, and looks at what they tell. */
async function startPair(delay_ms: number): Promise<void> {
  await using swarm = await Swarm.make();
  const first = swarm.spawn("first");
  await new Promise((resolve) => setTimeout(resolve, delay_ms));
  const second = swarm.spawn("second");
  await Promise.all([first.ready, second.ready]);
  await Promise.all([first.peers(1), second.peers(1)]);
  // The end of the one closes the window for a second meeting, and shows that the other one was not one-sided.
  assertEquals(await second.stop(), 0);
  const gone = await first.event("peer-lost");
  assertEquals([gone.peer_id, gone.reason], [second.peer_id, "goodbye"]);
  assertEquals([met(first), met(second)], [[second.peer_id], [first.peer_id]]);
  assertEquals(await first.stop(), 0);
  assertEquals([first.eventsOf("peer-lost").length, second.eventsOf("peer-lost").length], [1, 0]);
}

function met(peer: PeerProcess): string[] {
  return peer.eventsOf("peer-connected").map(({ peer_id }) => peer_id);
}

Deno.test(`two peers that start at random times always see each other, ${PAIRS} times`, async () => {
  const given = Number(Deno.env.get(SEED_VARIABLE));
  const seed = given > 0 ? given : crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  print(`delays from ${SEED_VARIABLE}=${seed}`);
  const random = randoms(seed);
  const delays = Array.from({ length: PAIRS }, () => Math.floor(random.next().value * MAX_DELAY_MS));
  const failures: string[] = [];
  const work = async () => {
    for (let delay_ms = delays.pop(); delay_ms !== undefined; delay_ms = delays.pop()) {
      await startPair(delay_ms).catch((error) => failures.push(`${delay_ms} ms apart: ${error.message}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assertEquals(failures, [], `with ${SEED_VARIABLE}=${seed}`);
});
