/**
 * A simulated party from its seed: a stormy time of random steps, then everything heals, and after quiet every view has
 * to equal the truth.
 *
 * ```ts ignore
 * const { failure, report } = await simulate(4711);
 * ```
 *
 * @module
 */

import type { PeerEvent } from "../../src/peer/events.ts";
import { partySecrets } from "../../src/peer/transport/party.ts";
import { Model } from "./model.ts";
import { Random } from "./random.ts";
import { SimClock } from "./sim_clock.ts";
import { SimDiscovery } from "./sim_discovery.ts";
import { CALM, SimNetwork, type Weather } from "./sim_network.ts";
import { SimPeer } from "./sim_peer.ts";
import { changeDisk, randomStep } from "./steps.ts";

/** One in this many parties is large. */
const LARGE_EVERY = 50;
const WEATHERS: readonly Weather[] = [
  CALM,
  { lost: 0.02, late: 0.2, undialled: 0.05 },
  { lost: 0.1, late: 0.5, undialled: 0.3 },
  { lost: 0.3, late: 0.5, undialled: 0.5 },
];
const WINDOW_MS = 5_000;
/** Windows in a row without a change after which it is quiet. */
const QUIET_WINDOWS = 4;
/** Windows until it has to be quiet: 150 s. */
const MAX_WINDOWS = 30;
/** Who is silent has to be forgotten after the long silence, a dial that hangs, and a tick. */
const UNHEARD_MS = 75_000;

/** What came of one simulation. */
export interface Outcome {
  /** What was wrong, or `undefined`. */
  readonly failure: string | undefined;
  readonly steps: readonly string[];
  /** Every message, dial and event with its time. */
  readonly trace: readonly string[];
}

/** One party. */
export class SimSwarm {
  readonly clock = new SimClock();
  readonly random: Random;
  readonly wires: SimNetwork;
  readonly peers: SimPeer[] = [];
  readonly model = new Model(this.peers);
  readonly discovery: SimDiscovery;
  readonly steps: string[] = [];
  readonly trace: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.wires = new SimNetwork(this.clock, this.random, (line) => this.#log(line));
    this.discovery = new SimDiscovery(this.wires, this.peers, this.random.chance(0.5));
  }

  /** Notes a step. */
  note(step: string): void {
    this.steps.push(`${this.clock.now()} ms: ${step}`);
    this.#log(`# ${step}`);
  }

  #log(line: string): void {
    this.trace.push(`${this.clock.now()} ${line}`);
  }

  /** Starts a peer and lets it look around. */
  async start(peer: SimPeer, at_new_port = false): Promise<void> {
    await peer.start(at_new_port);
    this.model.started(peer);
    this.discovery.publish(peer);
    this.discovery.ask(peer);
  }

  /** The whole play. Throws what was wrong first. */
  async play(): Promise<void> {
    await this.#gather();
    for (let left = this.random.int(10, 40); left > 0; left--) {
      await randomStep(this);
      this.#demand("while it storms", [...this.model.problems]);
      this.model.checkAll();
    }
    await this.#heal();
    await this.#quiet("after it healed");
    if (this.random.chance(0.1)) await this.#freezeOne();
    await this.#changeOne();
    await this.#sayGoodbye();
  }

  /** Ends everything that runs. */
  async stop(): Promise<void> {
    for (const peer of this.model.running) await peer.crash();
    this.wires.scope.abort();
    await this.wires.scope[Symbol.asyncDispose]();
  }

  async #gather(): Promise<void> {
    const { random } = this;
    const secrets = await partySecrets("");
    const count = random.int(1, LARGE_EVERY) === 1 ? random.int(9, 20) : random.int(3, 8);
    for (let index = 1; index <= count; index++) {
      this.peers.push(
        new SimPeer({
          network: this.wires,
          secrets,
          emit: (peer, event) => {
            this.#log(`${peer.host} ${told(event)}`);
            this.model.told(peer, event);
          },
          onChange: (peer) => this.model.check(peer),
          onProblem: (text) => this.model.problem(text),
        }, index),
      );
    }
    this.wires.weather = random.pick(WEATHERS);
    this.note(`${count} peers, ${JSON.stringify(this.wires.weather)}`);
    for (const peer of this.peers) {
      changeDisk(this, peer);
      if (random.chance(0.8)) await this.start(peer);
    }
  }

  async #heal(): Promise<void> {
    const { random, wires, discovery } = this;
    this.note("everything heals");
    wires.heal();
    discovery.drop();
    for (const peer of this.peers) if (!peer.is_running && random.chance(0.5)) await this.start(peer);
    for (const peer of this.peers) discovery.refresh(peer);
    if (random.chance(0.3)) await this.#outliveRecords();
    for (const peer of this.peers) discovery.expire(peer);
    await this.clock.advance(WINDOW_MS);
  }

  /** Who is dead is forgotten also while its records last. */
  async #outliveRecords(): Promise<void> {
    await this.clock.advance(UNHEARD_MS);
    const dead = this.peers.filter((peer) => !peer.is_running);
    this.#demand("before the records ran out", dead.flatMap((peer) => this.#stillListed(peer)));
  }

  #stillListed({ host, peer_id }: SimPeer): string[] {
    const listing = this.model.running.filter((peer) => peer.host !== host && peer.network.db.get(peer_id));
    return listing.map((peer) => `${peer.host} still lists ${host}`);
  }

  /** Waits until nothing but pings is sent and all views are true, and demands that it comes to that. */
  async #quiet(when: string): Promise<void> {
    let quiet = 0;
    let wrong: string[] = [];
    for (let window = 0; window < MAX_WINDOWS && quiet < QUIET_WINDOWS; window++) {
      this.wires.sent.clear();
      await this.clock.advance(WINDOW_MS);
      this.model.checkAll();
      wrong = [...this.model.differences(), ...this.#noise(), ...this.#leftovers()];
      quiet = wrong.length === 0 ? quiet + 1 : 0;
    }
    this.#demand(when, [...this.model.problems, ...quiet < QUIET_WINDOWS ? wrong : []]);
  }

  #noise(): string[] {
    return [...this.wires.sent].filter(([type]) => type !== "ping").map(([type, count]) =>
      `${count} ${type} in ${WINDOW_MS} ms of quiet`
    );
  }

  #leftovers(): string[] {
    const { running } = this.model;
    const found = running.flatMap((peer) => this.model.leftovers(peer, this.wires.endsOf(peer.host)));
    const { sleeping } = this.clock;
    if (sleeping !== running.length) {
      found.push(`${sleeping} sleepers, not one for each of ${running.length} peers`);
    }
    return found;
  }

  /** A program that hangs is forgotten by all, and found again when it goes on. */
  async #freezeOne(): Promise<void> {
    const { running } = this.model;
    if (running.length < 2) return;
    const frozen = this.random.pick(running);
    this.note(`${frozen.host} freezes for ${UNHEARD_MS} ms in calm`);
    this.wires.freeze(frozen.host, UNHEARD_MS + 1);
    await this.clock.advance(UNHEARD_MS);
    this.#demand("while one is frozen", this.#stillListed(frozen));
    await this.#quiet("after one was frozen");
  }

  /** In calm a change is known everywhere at once, for one push each. */
  async #changeOne(): Promise<void> {
    const { running } = this.model;
    if (running.length < 2) return;
    const peer = this.random.pick(running);
    changeDisk(this, peer);
    this.wires.sent.clear();
    const expected = peer.announce() ? running.length - 1 : 0;
    this.note(`${peer.host} changes in calm`);
    await this.clock.advance(0);
    const pushed = this.wires.sent.get("library_delta") ?? 0;
    const wrong = pushed === expected
      ? []
      : [`${pushed} pushes for one change among ${running.length} peers`];
    this.#demand("after a change in calm", [...wrong, ...this.model.differences()]);
  }

  /** In calm a goodbye removes at once. */
  async #sayGoodbye(): Promise<void> {
    for (let { running } = this.model; running.length > 1; { running } = this.model) {
      const peer = this.random.pick(running);
      this.note(`${peer.host} leaves in calm`);
      await peer.leave();
      await this.clock.advance(0);
      this.#demand("after a goodbye", [...this.#stillListed(peer), ...this.model.problems]);
    }
  }

  #demand(when: string, wrong: readonly string[]): void {
    if (wrong.length > 0) throw new Error(`${when}:\n${[...new Set(wrong)].slice(0, 20).join("\n")}`);
  }
}

/** Plays the party of a seed from beginning to end. */
export async function simulate(seed: number): Promise<Outcome> {
  const swarm = new SimSwarm(seed);
  let failure: string | undefined;
  try {
    await swarm.play();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  } finally {
    await swarm.stop();
  }
  const { steps, trace } = swarm;
  return { failure, steps, trace };
}

/** An event in the trace. */
function told(event: PeerEvent): string {
  if (event.event === "peer-lost") return `${event.event} ${event.peer_id.slice(-2)} by ${event.reason}`;
  return "peer_id" in event ? `${event.event} ${event.peer_id.slice(-2)}` : event.event;
}
