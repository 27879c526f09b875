/**
 * Sends what the connections have to send, in bursts: many datagrams for one turn of the event loop.
 *
 * A connection that was touched, by a datagram, a write, a read or a timer, is marked. Once everything that is ready
 * has run, each marked connection is serviced and sends at most one burst; who has more to send comes again after the
 * others and after what arrived meanwhile.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { messageOf } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import { type DatagramSender, Outlet } from "./outlet.ts";
import type { HostPort, NativeConnection } from "./quiche.d.ts";

/** Datagrams that a connection sends before it is another's turn. */
const BURST_DATAGRAMS = 32;

/** A connection as the pump needs it. */
export interface Pumped {
  readonly native: NativeConnection;
  readonly remote: HostPort;
  /** The largest datagram it sends, in bytes. */
  readonly datagram_bytes: number;
  /** Moves bytes between the streams and quiche; before its datagrams are sent. */
  service(): void;
  /** Whether it makes up another datagram, after the last one. */
  probes(): boolean;
  /** After so many datagrams were sent. */
  sent(count: number): void;
  /** It can't go on. */
  broke(cause: unknown): void;
}

/** Drives the connections of one socket. */
export class Pump {
  readonly #outlet: Outlet;
  #marked = new Set<Pumped>();
  #is_scheduled = false;
  #running: Promise<void> = Promise.resolve();

  constructor(socket: DatagramSender) {
    this.#outlet = new Outlet(socket);
  }

  /** Something happened to this connection. */
  mark(connection: Pumped): void {
    this.#marked.add(connection);
    if (this.#is_scheduled) return;
    this.#is_scheduled = true;
    setImmediate(() => this.#after(() => this.#run()));
  }

  /** Sends what is there, without waiting for a turn. */
  flush(connections: Iterable<Pumped>): Promise<void> {
    return this.#after(async () => {
      for (const connection of connections) await this.#burst(connection);
    });
  }

  /** Bursts share their slots, so one follows the other. */
  #after(send: () => Promise<void>): Promise<void> {
    return this.#running = this.#running.then(send);
  }

  async #run(): Promise<void> {
    const marked = this.#marked;
    this.#marked = new Set();
    for (const connection of marked) {
      if (await this.#burst(connection)) this.#marked.add(connection);
    }
    this.#is_scheduled = false;
    for (const connection of this.#marked) this.mark(connection);
  }

  /** Whether there is more. What fails ends its connection, and no other. */
  async #burst(connection: Pumped): Promise<boolean> {
    try {
      return await this.#serve(connection);
    } catch (error) {
      end(connection, error);
      return false;
    }
  }

  async #serve(connection: Pumped): Promise<boolean> {
    connection.service();
    const { native, remote, datagram_bytes } = connection;
    const to: Deno.NetAddr = { transport: "udp", hostname: remote.host, port: remote.port };
    let count = 0;
    while (count < BURST_DATAGRAMS) {
      const slot = this.#outlet.slot(count, datagram_bytes, BURST_DATAGRAMS);
      const length = nextDatagram(native, slot);
      if (length === 0 && !connection.probes()) break;
      if (length === 0) continue;
      this.#outlet.send(slot.subarray(0, length), to);
      count++;
    }
    await this.#outlet.settle();
    connection.sent(count);
    return count === BURST_DATAGRAMS;
  }
}

/** The bursts of all others come after this one, so nothing may come out of it. */
function end(connection: Pumped, cause: unknown): void {
  try {
    connection.broke(cause);
  } catch (error) {
    logger("transport").error("a connection could not be ended: {reason}", { reason: messageOf(error) });
  }
}

function nextDatagram(native: NativeConnection, slot: Uint8Array): number {
  try {
    return native.send(slot)?.[0] ?? 0;
  } catch {
    // The connection broke; its state tells.
    return 0;
  }
}
