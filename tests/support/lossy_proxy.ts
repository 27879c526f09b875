/**
 * A bad network between two peers: forwards datagrams, and by a seed loses, repeats and delays some of them.
 *
 * @module
 */

import { joinAddress, type SocketAddress, splitAddress } from "../../src/proto/ids.ts";
import { Random } from "../simulation/random.ts";

const LOOPBACK = "127.0.0.1";
const MAX_DATAGRAM_BYTES = 65_535;

/** Shares of all datagrams, each from 0 to 1. */
export interface Badness {
  lost: number;
  repeated: number;
  /** Delayed by up to `delay_ms`, so that later ones overtake them. */
  delayed: number;
  delay_ms: number;
}

/** Stands before one listener. Each dialling address gets a socket of its own behind the proxy. */
export class LossyProxy implements AsyncDisposable {
  readonly addr: SocketAddress;
  /** What happened to the datagrams so far. */
  readonly count = { passed: 0, lost: 0, repeated: 0, delayed: 0 };
  /** Sees every datagram first; one that it says `false` to is lost. `is_back` for those to the dialling side. */
  passes: (datagram: Uint8Array, is_back: boolean) => boolean = () => true;
  readonly #front: Deno.DatagramConn;
  readonly #backs = new Map<string, Deno.DatagramConn>();
  readonly #clients: Deno.NetAddr[] = [];
  readonly #pumps: Promise<void>[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #random: Random;

  constructor(readonly target: SocketAddress, readonly badness: Badness, seed: number) {
    this.#random = new Random(seed);
    this.#front = open();
    this.addr = joinAddress(LOOPBACK, (this.#front.addr as Deno.NetAddr).port);
    this.#pumps.push(forward(this.#front, (datagram, from) => {
      const back = this.#backFor(from);
      if (this.passes(datagram, false)) this.#pass(back, datagram, netAddr(this.target));
    }));
  }

  #backFor(client: Deno.NetAddr): Deno.DatagramConn {
    const known = this.#backs.get(String(client.port));
    if (known) return known;
    const back = open();
    this.#backs.set(String(client.port), back);
    this.#clients.push(client);
    this.#pumps.push(forward(back, (datagram) => {
      if (this.passes(datagram, true)) this.#pass(this.#front, datagram, client);
    }));
    return back;
  }

  /** Sends a datagram of its own, as if from the first dialling side, or from the listener to that. */
  inject(datagram: Uint8Array, is_back: boolean): void {
    const [client] = this.#clients;
    const back = client && this.#backs.get(String(client.port));
    if (!client || !back) return;
    if (is_back) this.#front.send(datagram, client).catch(() => {});
    else back.send(datagram, netAddr(this.target)).catch(() => {});
  }

  #pass(through: Deno.DatagramConn, datagram: Uint8Array, to: Deno.NetAddr): void {
    if (this.#random.chance(this.badness.lost)) return void this.count.lost++;
    const send = () => void through.send(datagram, to).then(() => this.count.passed++, () => {});
    if (this.#random.chance(this.badness.repeated)) {
      this.count.repeated++;
      send();
    }
    if (!this.#random.chance(this.badness.delayed)) return send();
    this.count.delayed++;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      send();
    }, this.#random.int(1, this.badness.delay_ms));
    this.#timers.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
    await Promise.all(this.#pumps);
  }
}

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
}

function netAddr(addr: SocketAddress): Deno.NetAddr {
  const { hostname, port } = splitAddress(addr) ?? { hostname: LOOPBACK, port: 0 };
  return { transport: "udp", hostname, port };
}

/** Until the socket is closed. */
async function forward(
  socket: Deno.DatagramConn,
  take: (datagram: Uint8Array, from: Deno.NetAddr) => void,
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  while (true) {
    try {
      const [datagram, from] = await socket.receive(buffer);
      take(datagram.slice(), from as Deno.NetAddr);
    } catch {
      return;
    }
  }
}
