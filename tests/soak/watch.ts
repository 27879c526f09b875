/**
 * Looks at all machines again and again while a soak runs: what must hold at every moment.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { installProblems, sentinelProblems, strangeNames } from "./disk_rules.ts";
import { GAME_COUNT, GAME_IDS } from "./games.ts";
import type { Party } from "./party.ts";
import type { SoakPeer } from "./soak_peer.ts";

const PAUSE_MS = 500;

/** Watches until the signal aborts. What must not be is added to the party's problems. Gives the number of rounds. */
export async function watchAll(party: Party, signal: AbortSignal): Promise<number> {
  for (let rounds = 0;; rounds++) {
    if (signal.aborted) return rounds;
    for (const peer of party.peers) await lookAtOnce(party, peer, false);
    await SYSTEM_CLOCK.sleep(PAUSE_MS, signal).catch(() => {});
  }
}

/** Looks at one machine. `at_rest`: nothing runs there, so that scratch is wrong too. */
export async function lookAtOnce(party: Party, peer: SoakPeer, at_rest: boolean): Promise<void> {
  peer.measure();
  for (const problem of peer.problems) party.problem(problem);
  for (const problem of await peer.parts.canary.problems()) {
    party.problem(`${peer.name}: beside the games: ${problem}`);
  }
  for (let game = 0; game < GAME_COUNT; game++) {
    const problems = await gameProblems(party, peer, game, at_rest);
    // A second look without what was remembered: a file system tells times in steps.
    if (problems.length === 0) continue;
    peer.look.forget();
    const again = await gameProblems(party, peer, game, at_rest);
    for (const problem of again) {
      if (problems.includes(problem)) party.problem(`${peer.name}: ${problem}`);
    }
  }
}

async function gameProblems(
  { truth, trying }: Party,
  peer: SoakPeer,
  game: number,
  at_rest: boolean,
): Promise<string[]> {
  const was_by_hand = peer.by_hand.has(game);
  const look = await peer.look.look(peer.game_dir, GAME_IDS[game] ?? "");
  const versions = truth.versions(game);
  // A person who deletes or copies files takes a while.
  if (was_by_hand || peer.by_hand.has(game)) return [];
  return [
    ...trying === game ? [] : sentinelProblems(look, versions),
    ...installProblems(look, versions),
    ...strangeNames(look, versions, at_rest),
  ];
}
