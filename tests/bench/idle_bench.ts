/**
 * What a peer costs that only sits there: alone with many games, then among many peers.
 *
 * @module
 */

import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, mibOrUntold, row } from "./figures.ts";
import { makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";
import { LightPeers } from "./light_peers.ts";
import { cpuSeconds, residentBytes } from "./process_figures.ts";

const GAMES = 1_000;
const PEERS = 50;
const ALONE_S = 8;
const AMONG_PEERS_S = 20;
const GOAL = "at most 120 MiB";
const QUIET = { args: ["--log", "warning"] };
/** What the start and the first contacts stir up is over after this. */
const SETTLE_S = 3;

/** Measures and prints. */
export async function benchIdle(): Promise<void> {
  heading(`idle: one peer with ${GAMES} games`);
  await using swarm = atInterrupt(await Swarm.make());
  makeRoots(swarm.gameDir("alice"), GAMES);
  const first = await swarm.start("alice", QUIET);
  await sit(SETTLE_S);
  row("resident memory, alone, after the very first scan", mibOrUntold(residentBytes(first.pid)), GOAL);
  await first.stop();
  const alice = await swarm.start("alice", QUIET);
  await sit(SETTLE_S);
  const alone_cpu = await cpuShare(alice, ALONE_S);
  row("resident memory, alone, warm index", mibOrUntold(residentBytes(alice.pid)), GOAL);
  row(`processor, alone, over ${ALONE_S} s`, alone_cpu);
  await using crowd = atInterrupt(await LightPeers.start(swarm.party, PEERS));
  await alice.peers(PEERS);
  await sit(SETTLE_S);
  const requests_before = await crowd.requestCount();
  const cpu = await cpuShare(alice, AMONG_PEERS_S);
  const requests = await crowd.requestCount() - requests_before;
  row(`resident memory, among ${PEERS} peers`, mibOrUntold(residentBytes(alice.pid)), GOAL);
  row(`processor, among ${PEERS} peers, over ${AMONG_PEERS_S} s`, cpu);
  row(`requests to all of them in these ${AMONG_PEERS_S} s`, String(requests));
}

async function cpuShare(peer: PeerProcess, seconds: number): Promise<string> {
  const [before, started_ms] = [cpuSeconds(peer.pid), performance.now()];
  await sit(seconds);
  const after = cpuSeconds(peer.pid);
  if (before === undefined || after === undefined) return "not told";
  return `${((after - before) * 100_000 / (performance.now() - started_ms)).toFixed(1)} %`;
}

function sit(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
