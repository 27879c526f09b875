/**
 * Many simulated peers on a network in memory: what one change costs everybody, with every message and byte counted, in
 * the time of the simulation.
 *
 * The peers' network, library and pushes are the real ones. Time is a model: each message takes a millisecond, and a
 * host sends one after another, 0.1 ms each, so that telling many takes longer than telling few.
 *
 * @module
 */

import { partySecrets } from "../../src/peer/transport/party.ts";
import { GameVersion } from "../../src/proto/ids.ts";
import { Random } from "../simulation/random.ts";
import { SimClock } from "../simulation/sim_clock.ts";
import { SimDiscovery } from "../simulation/sim_discovery.ts";
import { type Fate, SimNetwork } from "../simulation/sim_network.ts";
import { SimPeer } from "../simulation/sim_peer.ts";
import { summary } from "../support/summaries.ts";

const LATENCY_MS = 1;
const SEND_MS = 0.1;
const GAMES_EACH = 5;
const CHANGES = 5;
const SETTLE_MS = 5_000;

/** What was seen with `n` peers; means over several changes. */
export interface Simulated {
  readonly n: number;
  /** Until everybody knows the change. */
  readonly converge_ms: number;
  /** Requests that the changed peer sent, and that each other one got. */
  readonly sent_messages: number;
  readonly received_messages: number;
  /** Bytes of requests and answers, of the changed peer and of each other one. */
  readonly changed_bytes: number;
  readonly other_bytes: number;
  /** Requests and bytes of each peer while all meet. */
  readonly meeting_messages: number;
  readonly meeting_bytes: number;
}

/** A network whose messages take time, and which counts them by host. */
class CountingNetwork extends SimNetwork {
  readonly messages = new Map<string, number>();
  readonly received = new Map<string, number>();
  readonly bytes = new Map<string, number>();
  readonly #free_at = new Map<string, number>();

  override note(type: string, from: string, to: string): void {
    super.note(type, from, to);
    if (type === "dial") return;
    add(this.messages, from, 1);
    add(this.received, to, 1);
  }

  override carried(a: string, b: string, bytes: number): void {
    for (const host of [a, b]) add(this.bytes, host, bytes);
  }

  override fate(from: string): Fate {
    const at = Math.max(this.clock.now(), this.#free_at.get(from) ?? 0) + SEND_MS;
    this.#free_at.set(from, at);
    return { delay_ms: at - this.clock.now() + LATENCY_MS, end: "arrives" };
  }

  reset(): void {
    for (const counts of [this.messages, this.received, this.bytes]) counts.clear();
  }
}

function add(counts: Map<string, number>, key: string, value: number): void {
  counts.set(key, (counts.get(key) ?? 0) + value);
}

/** Lets `n` peers meet, and then one after another change. */
export async function simulateScale(n: number): Promise<Simulated> {
  const clock = new SimClock();
  const wires = new CountingNetwork(clock, new Random(n), () => {});
  const peers = await gather(wires, n);
  try {
    const discovery = new SimDiscovery(wires, peers, true);
    for (const peer of peers) {
      await peer.start();
      discovery.publish(peer);
      discovery.ask(peer);
    }
    await clock.advance(SETTLE_MS);
    requireTrue(peers, "when all had met");
    const meeting = { messages: sum(wires.messages) / n, bytes: sum(wires.bytes) / n };
    const changes: Change[] = [];
    for (let at = 0; at < CHANGES; at++) changes.push(await change(peers, at, wires, discovery));
    const mean = (of: (one: Change) => number) => changes.reduce((all, one) => all + of(one), 0) / CHANGES;
    return {
      n,
      converge_ms: mean(({ converge_ms }) => converge_ms),
      sent_messages: mean(({ sent }) => sent),
      received_messages: mean(({ received }) => received),
      changed_bytes: mean(({ own_bytes }) => own_bytes),
      other_bytes: mean(({ other_bytes }) => other_bytes),
      meeting_messages: meeting.messages,
      meeting_bytes: meeting.bytes,
    };
  } finally {
    for (const peer of peers) if (peer.is_running) await peer.crash();
    wires.scope.abort();
    await wires.scope[Symbol.asyncDispose]();
  }
}

async function gather(network: SimNetwork, n: number): Promise<SimPeer[]> {
  const secrets = await partySecrets("");
  const ports = { network, secrets, emit: () => {}, onChange: () => {}, onProblem: () => {} };
  return Array.from({ length: n }, (_, index) => {
    const peer = new SimPeer(ports, index + 1);
    for (let game = 0; game < GAMES_EACH; game++) put(peer, `game${index}_${game}`, "1");
    return peer;
  });
}

function put({ disk }: SimPeer, id: string, version: string): void {
  const game = summary(id, { version: GameVersion.parse(version) });
  disk.set(game.id, game);
}

interface Change {
  readonly converge_ms: number;
  readonly sent: number;
  readonly received: number;
  readonly own_bytes: number;
  readonly other_bytes: number;
}

/** One game more at one peer, until nothing is sent any more. */
async function change(
  peers: readonly SimPeer[],
  at: number,
  wires: CountingNetwork,
  discovery: SimDiscovery,
): Promise<Change> {
  const peer = peers[Math.floor(at * peers.length / CHANGES)];
  if (!peer) throw new RangeError("nobody changes");
  const others = peers.filter((other) => other !== peer);
  const { clock } = wires;
  wires.reset();
  put(peer, `new${at}`, "1");
  if (peer.announce()) discovery.publish(peer);
  const began_ms = clock.now();
  const knows = (other: SimPeer) => other.network.db.get(peer.peer_id)?.library_rev === peer.library.rev;
  while (!others.every(knows)) await clock.advance(SEND_MS);
  const converge_ms = clock.now() - began_ms;
  await clock.advance(LATENCY_MS * 10 + SEND_MS * peers.length);
  requireTrue(peers, "after a change");
  const own = (counts: Map<string, number>) => counts.get(peer.host) ?? 0;
  const of = (counts: Map<string, number>) => (sum(counts) - own(counts)) / others.length;
  return {
    converge_ms,
    sent: own(wires.messages),
    received: of(wires.received),
    own_bytes: own(wires.bytes),
    other_bytes: of(wires.bytes),
  };
}

function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

function requireTrue(peers: readonly SimPeer[], when: string): void {
  const wrong = peers.filter((peer) => peer.network.db.size !== peers.length - 1);
  if (wrong.length > 0) {
    throw new Error(`${when} ${wrong.length} of ${peers.length} peers don't know all others`);
  }
}
