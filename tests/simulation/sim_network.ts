/**
 * The wires of a simulated party: which links are up, who is frozen, how much goes wrong, and what was sent.
 *
 * Participants: `sim_transport.ts` asks here what happens to a dial, a request, an answer. Underneath runs the memory
 * network, which every compliance test of the transport holds against.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { MemoryNetwork } from "../../src/peer/transport/memory.ts";
import { IDLE_TIMEOUT_MS } from "../../src/peer/transport/port.ts";
import type { SocketAddress } from "../../src/proto/ids.ts";
import type { Random } from "./random.ts";
import type { SimClock } from "./sim_clock.ts";
import type { SimConnection } from "./sim_connection.ts";

/** How much goes wrong; probabilities. */
export interface Weather {
  /** A request or its answer is lost. */
  readonly lost: number;
  /** A request or its answer is late. */
  readonly late: number;
  /** A dial fails. */
  readonly undialled: number;
}

/** Nothing goes wrong. */
export const CALM: Weather = { lost: 0, late: 0, undialled: 0 };

/** Up to longer than a request may take: then it arrives when nobody waits for the answer any more. */
const DELAYS_MS = [1, 5, 20, 150, 700, 3_000, 12_000];

/** What happens to one way of a request. */
export interface Fate {
  delay_ms: number;
  /** `hung`: nothing ever comes. `reset`: the stream breaks. */
  end: "arrives" | "hung" | "reset";
}

/** Links between hosts, named by their peers. */
export class SimNetwork {
  readonly memory = new MemoryNetwork();
  readonly scope = new Scope();
  readonly connections = new Set<SimConnection>();
  weather: Weather = CALM;
  /** What was sent, by type; `dial` counts dials. */
  readonly sent = new Map<string, number>();
  readonly #down_until = new Map<string, number>();
  readonly #frozen_until = new Map<string, number>();
  readonly #hosts = new Map<SocketAddress, string>();

  constructor(
    readonly clock: SimClock,
    readonly random: Random,
    readonly log: (line: string) => void,
  ) {}

  /** Notes a message or dial. */
  note(type: string, from: string, to: string): void {
    this.sent.set(type, (this.sent.get(type) ?? 0) + 1);
    this.log(`${from}>${to} ${type}`);
  }

  nameHost(addr: SocketAddress, host: string): void {
    this.#hosts.set(addr, host);
  }

  hostOf(addr: SocketAddress): string {
    return this.#hosts.get(addr) ?? addr;
  }

  /** Bytes of a request or an answer passed between two hosts. */
  carried(_a: string, _b: string, _bytes: number): void {}

  /** What happens to a request, or to an answer, that a host sends. */
  fate(_from: string): Fate {
    const { lost, late } = this.weather;
    const delay_ms = this.random.chance(late) ? this.random.pick(DELAYS_MS) : 0;
    if (!this.random.chance(lost)) return { delay_ms, end: "arrives" };
    return { delay_ms, end: this.random.chance(0.5) ? "hung" : "reset" };
  }

  isUp(a: string, b: string): boolean {
    return this.clock.now() >= (this.#down_until.get(linkOf(a, b)) ?? 0);
  }

  /** Waits until packets get through, and both programs run. Throws the signal's reason. */
  async passage(a: string, b: string, signal: AbortSignal): Promise<void> {
    while (true) {
      const until = [
        this.#down_until.get(linkOf(a, b)),
        this.#frozen_until.get(a),
        this.#frozen_until.get(b),
      ];
      const ms = Math.max(...until.map((at) => at ?? 0)) - this.clock.now();
      if (ms <= 0) return;
      // Looked at again in between, because it may all be healed sooner.
      await this.clock.sleep(Math.min(ms, 500), signal);
    }
  }

  /** Nothing passes between two hosts for a while; connections time out on both sides. */
  cutLink(a: string, b: string, ms: number): void {
    const link = linkOf(a, b);
    this.#down_until.set(link, Math.max(this.#down_until.get(link) ?? 0, this.clock.now() + ms));
    if (ms < IDLE_TIMEOUT_MS) return;
    this.scope.spawn("idle", async (signal) => {
      await this.clock.sleep(IDLE_TIMEOUT_MS, signal);
      if (!this.isUp(a, b)) { for (const connection of this.between(a, b)) connection.lose(); }
    });
  }

  /** The network stack answers, the program does not. */
  freeze(host: string, ms: number): void {
    this.#frozen_until.set(host, this.clock.now() + ms);
  }

  /** Both ends of every connection between two hosts. */
  between(a: string, b: string): SimConnection[] {
    return [...this.connections].filter(({ own, other }) => linkOf(own, other) === linkOf(a, b));
  }

  /** The open ends of a host. */
  endsOf(host: string): SimConnection[] {
    return [...this.connections].filter(({ own }) => own === host);
  }

  /** A host's power fails: the others notice by silence only. */
  silence(host: string): void {
    for (const connection of this.connections) if (connection.other === host) connection.is_silent = true;
  }

  /** Everything works from now on. */
  heal(): void {
    this.weather = CALM;
    this.#down_until.clear();
    this.#frozen_until.clear();
  }
}

function linkOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** What every broken thing throws. */
export function lost(what: string): LanspreadError {
  return new LanspreadError("connection_lost", `The connection to ${what} broke`);
}
