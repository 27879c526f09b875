import { assert, assertEquals, assertGreater, assertLess, assertNotEquals } from "../support/assert.ts";
import { GAME_COUNT } from "./games.ts";
import {
  type Action,
  actionText,
  COMMANDS,
  EVENTS,
  holdsAtFirst,
  planSoak,
  SMALL_PEERS,
  STEADY_PEERS,
} from "./plan.ts";

const OPTIONS = { seed: 7, peers: 8, minutes: 15 };

function actionsOf(seed: number): Action[] {
  return planSoak({ ...OPTIONS, seed }).flatMap(({ actions }) => actions);
}

Deno.test("planSoak() gives the same plan for the same seed, and another one for another", () => {
  assertEquals(planSoak(OPTIONS), planSoak(OPTIONS));
  assertNotEquals(planSoak(OPTIONS), planSoak({ ...OPTIONS, seed: 8 }));
});

Deno.test("planSoak() plans every kind of action, at every peer and every game", () => {
  const actions = actionsOf(7);
  assertEquals(new Set(actions.map(({ kind }) => kind)), new Set([...COMMANDS, ...EVENTS]));
  assertEquals(new Set(actions.map(({ peer }) => peer)).size, 8);
  assertEquals(new Set(actions.map(({ game }) => game)).size, GAME_COUNT);
});

Deno.test("planSoak() never kills or stops a steady peer, and fills small disks only", () => {
  for (let seed = 0; seed < 20; seed++) {
    for (const { kind, peer } of actionsOf(seed)) {
      if (kind === "kill" || kind === "stop") assert(peer >= STEADY_PEERS);
      if (kind === "fill") assert(peer >= OPTIONS.peers - SMALL_PEERS);
    }
  }
});

Deno.test("planSoak() keeps actions in order within their storm, a storm a minute", () => {
  const rounds = planSoak(OPTIONS);
  assertEquals(rounds.length, 15);
  for (const { storm_ms, actions } of rounds) {
    const times = actions.map(({ at_ms }) => at_ms);
    assertEquals(times, times.toSorted((a, b) => a - b));
    assertLess(times.at(-1) ?? Infinity, storm_ms);
    assertGreater(actions.length, 50);
  }
});

Deno.test("planSoak() publishes the versions of a game one after another and adds none that never was", () => {
  const newest = Array.from({ length: GAME_COUNT }, () => 1);
  for (const { kind, game, version } of actionsOf(3)) {
    const known = newest[game] ?? 0;
    if (kind === "publish") assertEquals(newest[game] = version, known + 1);
    if (kind === "add") assert(version >= 1 && version <= known);
  }
});

Deno.test("planSoak() plans something for a soak of a few seconds, too", () => {
  const [round, ...others] = planSoak({ ...OPTIONS, minutes: 0.1 });
  assertEquals(others, []);
  assertGreater(round?.actions.length ?? 0, 3);
});

Deno.test("every game is at several peers at first", () => {
  for (let game = 0; game < GAME_COUNT; game++) {
    const holders = Array.from({ length: 8 }, (_, peer) => holdsAtFirst(peer, game)).filter(Boolean);
    assert(holders.length >= 2, `game ${game}`);
  }
});

Deno.test("actionText() names who, what and which version", () => {
  const action: Action = { at_ms: 0, kind: "publish", peer: 3, game: 1, version: 4, install: true, ms: 0 };
  assertEquals(actionText(action), "p3 publish g1 v4");
  assertEquals(actionText({ ...action, kind: "download", version: 0 }), "p3 download g1 +install");
  assertEquals(actionText({ ...action, kind: "cut", version: 0, ms: 900 }), "p3 cut 900 ms");
});
