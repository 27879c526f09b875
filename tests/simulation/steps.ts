/**
 * What can happen at a party: one random step after another.
 *
 * @module
 */

import { GameId, GameVersion } from "../../src/proto/ids.ts";
import { summary } from "../support/summaries.ts";
import type { SimPeer } from "./sim_peer.ts";
import type { SimSwarm } from "./sim_swarm.ts";

const GAMES = 6;
const VERSIONS = ["1", "2", "10"];
const PAUSES_MS = [0, 0, 1, 20, 100, 400, 1_000, 3_000, 8_000, 20_000];
const OUTAGES_MS = [500, 2_000, 5_000, 20_000, 45_000, 90_000];

/** One kind of step: how often, and what it does. Says what it did, or nothing where it can't be done now. */
interface Step {
  readonly weight: number;
  run(swarm: SimSwarm): Promise<string | undefined> | string | undefined;
}

const STEPS: readonly Step[] = [
  { weight: 30, run: changeGames },
  { weight: 5, run: changeAndUndo },
  { weight: 6, run: crash },
  { weight: 5, run: leave },
  { weight: 14, run: start },
  { weight: 10, run: breakConnection },
  { weight: 7, run: cutLink },
  { weight: 3, run: isolate },
  { weight: 4, run: freeze },
  { weight: 6, run: forget },
  { weight: 6, run: refresh },
  { weight: 3, run: publishAgain },
  { weight: 3, run: connectByHand },
];
const TOTAL_WEIGHT = STEPS.reduce((sum, { weight }) => sum + weight, 0);

/** Does one random step, then lets some time pass. */
export async function randomStep(swarm: SimSwarm): Promise<void> {
  const { random } = swarm;
  let at = random.next() * TOTAL_WEIGHT;
  const step = STEPS.find(({ weight }) => (at -= weight) < 0) ?? STEPS[0];
  const done = await step?.run(swarm);
  const pause_ms = random.pick(PAUSES_MS);
  if (done) swarm.note(`${done}, then ${pause_ms} ms`);
  await swarm.clock.advance(pause_ms);
}

/** Changes what lies on a disk: a few games come, go, or get another version. */
export function changeDisk({ random }: SimSwarm, peer: SimPeer): void {
  for (let changes = random.int(1, 3); changes > 0; changes--) {
    const id = GameId.parse(`g${random.int(1, GAMES)}`);
    if (peer.disk.has(id) && random.chance(0.4)) peer.disk.delete(id);
    else {
      const availability = random.chance(0.8) ? "ready" : "local_only";
      peer.disk.set(id, summary(id, { version: GameVersion.parse(random.pick(VERSIONS)), availability }));
    }
  }
}

function changeGames(swarm: SimSwarm): string | undefined {
  const peer = runningPeer(swarm);
  if (!peer) return undefined;
  changeDisk(swarm, peer);
  if (peer.announce()) swarm.discovery.publish(peer);
  return `${peer.host} has ${[...peer.disk.values()].map(({ id, version }) => `${id}/${version}`).join(" ")}`;
}

/** Two revisions later the library is what it was. */
function changeAndUndo(swarm: SimSwarm): string | undefined {
  const peer = runningPeer(swarm);
  if (!peer) return undefined;
  const before = [...peer.disk];
  changeDisk(swarm, peer);
  if (peer.announce()) swarm.discovery.publish(peer);
  peer.disk.clear();
  for (const [id, game] of before) peer.disk.set(id, game);
  if (peer.announce()) swarm.discovery.publish(peer);
  return `${peer.host} changes its games and undoes it`;
}

async function crash(swarm: SimSwarm): Promise<string | undefined> {
  const peer = runningPeer(swarm);
  if (!peer) return undefined;
  await peer.crash();
  return `${peer.host} crashes`;
}

async function leave(swarm: SimSwarm): Promise<string | undefined> {
  const peer = runningPeer(swarm);
  if (!peer) return undefined;
  swarm.discovery.withdraw(peer);
  await peer.leave();
  return `${peer.host} leaves`;
}

async function start(swarm: SimSwarm): Promise<string | undefined> {
  const { random, peers } = swarm;
  const down = peers.filter((peer) => !peer.is_running);
  if (down.length === 0) return undefined;
  const peer = random.pick(down);
  const is_changed = random.chance(0.5);
  if (is_changed) changeDisk(swarm, peer);
  const at_new_port = random.chance(0.3);
  await swarm.start(peer, at_new_port);
  return `${peer.host} starts${at_new_port ? " elsewhere" : ""}${is_changed ? " with other games" : ""}`;
}

function breakConnection(swarm: SimSwarm): string | undefined {
  const { random, wires } = swarm;
  const all = [...wires.connections];
  if (all.length === 0) return undefined;
  const connection = random.pick(all);
  const is_silent = random.chance(0.5);
  connection.break(is_silent);
  return `a connection of ${connection.own} and ${connection.other} breaks${is_silent ? " silently" : ""}`;
}

function cutLink(swarm: SimSwarm): string {
  const { random, wires, peers } = swarm;
  const [a, b] = [random.pick(peers), random.pick(peers)];
  const ms = random.pick(OUTAGES_MS);
  if (a !== b) wires.cutLink(a.host, b.host, ms);
  return `no link between ${a.host} and ${b.host} for ${ms} ms`;
}

function isolate(swarm: SimSwarm): string {
  const { random, wires, peers } = swarm;
  const alone = random.pick(peers);
  const ms = random.pick(OUTAGES_MS);
  for (const other of peers) if (other !== alone) wires.cutLink(alone.host, other.host, ms);
  return `${alone.host} is cut off for ${ms} ms`;
}

function freeze(swarm: SimSwarm): string {
  const { random, wires, peers } = swarm;
  const peer = random.pick(peers);
  const ms = random.pick(OUTAGES_MS);
  wires.freeze(peer.host, ms);
  return `${peer.host} freezes for ${ms} ms`;
}

function forget(swarm: SimSwarm): string {
  const { random, discovery, peers } = swarm;
  const [at, other] = [random.pick(peers), random.pick(peers)];
  discovery.forget(at, other.peer_id);
  return `the record of ${other.host} runs out at ${at.host}`;
}

function refresh(swarm: SimSwarm): string {
  const peer = swarm.random.pick(swarm.peers);
  swarm.discovery.refresh(peer);
  swarm.discovery.expire(peer);
  return `${peer.host} sees who is there`;
}

function publishAgain(swarm: SimSwarm): string | undefined {
  const peer = runningPeer(swarm);
  if (peer) swarm.discovery.publish(peer);
  return peer && `${peer.host} announces itself again`;
}

function connectByHand(swarm: SimSwarm): string | undefined {
  const [from, to] = [runningPeer(swarm), runningPeer(swarm)];
  if (!from || !to || from === to) return undefined;
  const { network, scope } = from.running;
  scope.spawn("connect", () => network.connect(to.addr).catch(() => {}));
  return `${from.host} dials ${to.host} by hand`;
}

function runningPeer({ random, model }: SimSwarm): SimPeer | undefined {
  const { running } = model;
  return running.length > 0 ? random.pick(running) : undefined;
}
