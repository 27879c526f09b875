/**
 * After a storm: everything heals, everybody is there, what runs comes to its end, and then all views have to be true and
 * nothing may be left over.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { filesBelow } from "../support/games.ts";
import { installedVersion } from "./disk_rules.ts";
import { GAME_COUNT, GAME_IDS } from "./games.ts";
import { leakProblems } from "./leak_rules.ts";
import type { Party } from "./party.ts";
import type { Figures } from "./process_look.ts";
import type { SoakPeer } from "./soak_peer.ts";
import { logProblems, toldProblems } from "./told_rules.ts";
import { expectedList, type Held, type HeldGame, viewProblems } from "./view_rules.ts";
import { lookAtOnce } from "./watch.ts";

/** Under load, with everybody looking for everybody again. */
const REST_MS = 240_000;
const CONVERGE_MS = 120_000;
const LEAK_MS = 40_000;
const POLL_MS = 250;
const REST_SAMPLE_MS = 2_000;
/** So often nothing falls any more: longer than a thread of the runtime's pool waits for work, which is 10 s. */
const REST_SAMPLES = 15;
/** A pool of which a thread goes now and then takes its time; it is not waited for for ever. */
const REST_MOST_SAMPLES = 90;
/** What the state directory holds while nothing runs. */
const STATE =
  /^(peer\.json|lock|control\.json|tls\/[^/]+|library\.db(-wal|-shm)?|games\/[^/]+\/(installed|setup_done).*)$/;

/** How long it took. */
export interface Quiet {
  readonly rest_ms: number;
  readonly converge_ms: number;
}

/** Lets everything come to rest and judges it. What must not be is added to the party's problems. */
export async function quiet(party: Party, signal: AbortSignal): Promise<Quiet> {
  const { peers } = party;
  await heal(party);
  const rest_ms = await waitFor(party, REST_MS, async () => {
    const running = await Promise.all(peers.map((peer) => peer.operations()));
    return running.flatMap((list, n) =>
      list.map(({ game_id, operation }) => `p${n}: the ${operation} of ${game_id} still runs`)
    );
  }, signal);
  const converge_ms = await waitFor(party, CONVERGE_MS, () => viewsProblems(party), signal);
  for (const peer of peers) {
    peer.look.forget();
    await lookAtOnce(party, peer, true);
    judgeTold(party, peer);
    for (const problem of await leftovers(peer)) party.problem(`${peer.name}: ${problem}`);
  }
  await waitFor(party, LEAK_MS, () => Promise.resolve(peers.flatMap(leaksOf)), signal);
  return { rest_ms, converge_ms };
}

async function heal({ peers }: Party): Promise<void> {
  for (const peer of peers) {
    await peer.plug(true);
    await peer.free();
    if (!peer.life) await peer.start();
  }
}

/** Waits until `wrong` gives nothing; adds what it still gives at the deadline. Gives the time it took. */
async function waitFor(
  party: Party,
  deadline_ms: number,
  wrong: () => Promise<string[]>,
  signal: AbortSignal,
): Promise<number> {
  const began_ms = performance.now();
  while (true) {
    const problems = await wrong();
    const took_ms = performance.now() - began_ms;
    if (problems.length === 0) return took_ms;
    if (took_ms > deadline_ms) {
      for (const problem of problems) {
        party.problem(`after ${Math.round(took_ms / 1_000)} s: ${problem}`);
      }
      return took_ms;
    }
    await SYSTEM_CLOCK.sleep(POLL_MS, signal);
  }
}

/** Where lists differ from the disks, and counts of peers from those who are there. */
async function viewsProblems(party: Party): Promise<string[]> {
  const held = await Promise.all(party.peers.map((peer) => heldBy(party, peer)));
  const problems = await Promise.all(party.peers.map(async (peer, n) => {
    const others = held.filter((_, other) => other !== n);
    const { games } = await peer.ask("list-games") ?? { games: [] };
    const { count } = await peer.ask("peer-count") ?? { count: -1 };
    return [
      ...count === others.length ? [] : [`${peer.name} counts ${count} peers, there are ${others.length}`],
      ...viewProblems(peer.name, expectedList(held[n] ?? new Map(), others), games),
    ];
  }));
  return problems.flat();
}

async function heldBy({ truth }: Party, peer: SoakPeer): Promise<Held> {
  const held = new Map<string, HeldGame>();
  for (let game = 0; game < GAME_COUNT; game++) {
    const game_id = GAME_IDS[game] ?? "";
    const { version, local } = await peer.look.look(peer.game_dir, game_id);
    const installed = local && installedVersion(local, truth.versions(game));
    if (version === undefined && !local) continue;
    held.set(game_id, { version: version === undefined ? undefined : Number(version), installed });
  }
  return held;
}

/** Judges every life, also those that are over. */
function judgeTold(party: Party, peer: SoakPeer): void {
  for (const [n, { process, end }] of peer.lives.entries()) {
    const name = `${peer.name}, life ${n + 1}`;
    const ended = end === "running" ? "at rest" : end;
    const problems = [...toldProblems(process.lines, ended, party.damaged), ...logProblems(process.log)];
    for (const problem of problems) party.problem(`${name}: ${problem}`);
  }
}

async function leftovers(peer: SoakPeer): Promise<string[]> {
  const temp = (await filesBelow(peer.temp_dir)).map((path) => `${path} is left in the temporary folder`);
  const state = (await filesBelow(peer.swarm.stateDir(peer.name))).filter((path) => !STATE.test(path));
  return [...temp, ...state.map((path) => `${path} is left in the state directory`)];
}

function leaksOf(peer: SoakPeer): string[] {
  const { life } = peer;
  const now = peer.measure();
  if (!life || !now) return [];
  life.first_figures ??= now;
  return leakProblems(now, { first: life.first_figures }).map((problem) => `${peer.name}: ${problem}`);
}

/**
 * The least figures of each peer, once they fall no more: what a storm leaves goes one by one, threads of the runtime's
 * pool more slowly than anything else.
 */
export async function restingFigures(party: Party, signal: AbortSignal): Promise<Map<SoakPeer, Figures>> {
  const least = new Map<SoakPeer, Figures>();
  let unchanged = 0;
  for (let all = 0; all < REST_MOST_SAMPLES && unchanged < REST_SAMPLES; all++) {
    unchanged++;
    for (const peer of party.peers) {
      const now = peer.measure();
      const before = least.get(peer);
      if (!now) continue;
      if (!before || now.threads < before.threads || now.handles < before.handles) unchanged = 0;
      least.set(peer, before ? lesser(before, now) : now);
    }
    await SYSTEM_CLOCK.sleep(REST_SAMPLE_MS, signal);
  }
  return least;
}

function lesser(a: Figures, b: Figures): Figures {
  return {
    resident_bytes: Math.min(a.resident_bytes, b.resident_bytes),
    peak_bytes: Math.max(a.peak_bytes, b.peak_bytes),
    handles: Math.min(a.handles, b.handles),
    threads: Math.min(a.threads, b.threads),
    children: Math.min(a.children, b.children),
  };
}
