/**
 * One socket that listens and dials: brings datagrams to their connections, and strangers to the porter.
 *
 * @module
 */

import { abortable } from "../../../base/abort.ts";
import { AsyncQueue } from "../../../base/async_queue.ts";
import { LanspreadError, messageOf } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import { type SocketAddress, splitAddress } from "../../../proto/ids.ts";
import { ANY_PEER_NAME, type Identity, peerServerName } from "../identity.ts";
import { type Connection, type DialTarget, KEEP_ALIVE_MS, type Transport } from "../port.ts";
import { cidKey, destinationKey, mayBegin, newCid } from "./cid.ts";
import { Configs, type DatagramBytes, MAX_RECEIVED_BYTES } from "./config.ts";
import { type ConnectionOwner, MatrixaiConnection } from "./connection.ts";
import { Pump } from "./pump.ts";
import type { HostPort, Quiche } from "./quiche.d.ts";
import { Porter } from "./welcome.ts";

/** Strangers whose handshake is under way; one more is not answered. */
const MAX_PENDING_HANDSHAKES = 64;
/** Connections altogether; strangers beyond are not answered. */
const MAX_CONNECTIONS = 1_024;
/** Failures of the socket in a row, within `FAILURES_MS`, that end the listener. */
const MAX_SOCKET_FAILURES = 1_000;
const FAILURES_MS = 5_000;

/** What an endpoint is made of. */
export interface EndpointParts {
  quiche: Quiche;
  socket: Deno.DatagramConn;
  identity: Identity;
  datagramBytes: DatagramBytes;
}

/** The transport over quiche. */
export class Endpoint implements Transport, ConnectionOwner {
  readonly engine = "matrixai";
  readonly port: number;
  readonly #quiche: Quiche;
  readonly #socket: Deno.DatagramConn;
  readonly #local: HostPort;
  readonly #configs: Configs;
  readonly #datagramBytes: DatagramBytes;
  readonly #porter: Porter;
  readonly #pump: Pump;
  readonly #routes = new Map<number, MatrixaiConnection>();
  readonly #keys = new Map<MatrixaiConnection, number>();
  readonly #strangers = new Set<MatrixaiConnection>();
  readonly #incoming = new AsyncQueue<Connection>();
  readonly #keep_alive: ReturnType<typeof setInterval>;
  readonly #receiving: Promise<void>;
  #is_closed = false;

  constructor({ quiche, socket, identity, datagramBytes }: EndpointParts) {
    this.#quiche = quiche;
    this.#datagramBytes = datagramBytes;
    this.#socket = socket;
    const { hostname, port } = socket.addr as Deno.NetAddr;
    this.port = port;
    this.#local = { host: hostname, port };
    this.#configs = new Configs(quiche, identity);
    this.#porter = new Porter(quiche);
    this.#pump = new Pump(socket);
    this.#keep_alive = setInterval(() => this.#keepAlive(), KEEP_ALIVE_MS);
    this.#receiving = this.#receiveAll();
  }

  get incoming(): AsyncIterable<Connection> {
    return this.#incoming;
  }

  /** Connections that something may still come for, those that are being closed included. */
  get connection_count(): number {
    return this.#keys.size;
  }

  async connect({ addr, peer_id }: DialTarget, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    let connection: MatrixaiConnection | undefined;
    try {
      connection = this.#dial(addr, peer_id ? peerServerName(peer_id) : ANY_PEER_NAME);
      await abortable(connection.established, signal);
      return connection;
    } catch (cause) {
      connection?.close();
      signal.throwIfAborted();
      throw new LanspreadError(
        "handshake_failed",
        `No lanspread peer of this party at ${addr}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  #dial(addr: SocketAddress, server_name: string): MatrixaiConnection {
    const target = splitAddress(addr);
    if (!target) throw new RangeError(`${addr} is not a socket address`);
    if (this.#is_closed) throw new Error("the endpoint was closed");
    const remote = { host: target.hostname, port: target.port };
    const scid = this.#freeCid();
    const datagram_bytes = this.#datagramBytes(remote.host);
    const config = this.#configs.dialling(datagram_bytes);
    const native = this.#quiche.Connection.connect(server_name, scid, this.#local, remote, config);
    const parts = { native, local: this.#local, remote, datagram_bytes, is_dialled: true, owner: this };
    const connection = this.#own(scid, new MatrixaiConnection(parts));
    this.mark(connection);
    return connection;
  }

  #freeCid(): Uint8Array<ArrayBuffer> {
    let cid = newCid();
    while (this.#routes.has(cidKey(cid))) cid = newCid();
    return cid;
  }

  #own(cid: Uint8Array, connection: MatrixaiConnection): MatrixaiConnection {
    const key = cidKey(cid);
    this.#routes.set(key, connection);
    this.#keys.set(connection, key);
    return connection;
  }

  async #receiveAll(): Promise<void> {
    const buffer = new Uint8Array(MAX_RECEIVED_BYTES);
    let failures: number[] = [];
    while (!this.#is_closed && failures.length < MAX_SOCKET_FAILURES) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        failures = [];
        this.#route(datagram, from as Deno.NetAddr);
      } catch (error) {
        // Some systems tell here that an earlier datagram did not reach anybody.
        const now_ms = performance.now();
        failures = [...failures.filter((at_ms) => now_ms - at_ms < FAILURES_MS), now_ms];
        if (failures.length === MAX_SOCKET_FAILURES && !this.#is_closed) {
          logger("transport").error("the listener failed: {reason}", { reason: messageOf(error) });
        }
      }
    }
    this.#incoming.close();
  }

  #route(datagram: Uint8Array, from: Deno.NetAddr): void {
    const key = destinationKey(datagram);
    const connection = key === undefined ? undefined : this.#routes.get(key);
    if (connection) connection.receive(datagram, from);
    else if (mayBegin(datagram, this.#quiche.PROTOCOL_VERSION)) this.#welcome(datagram, from);
  }

  #welcome(datagram: Uint8Array, from: Deno.NetAddr): void {
    const welcome = this.#porter.welcome(datagram, `${from.hostname} ${from.port}`, performance.now());
    if (welcome.kind === "answer") this.#socket.send(welcome.datagram, from).catch(() => {});
    if (welcome.kind !== "accept" || !this.#hasRoom()) return;
    const connection = this.#accept(welcome.scid, welcome.original_dcid, from);
    connection.receive(datagram, from);
  }

  #hasRoom(): boolean {
    return this.#strangers.size < MAX_PENDING_HANDSHAKES && this.connection_count < MAX_CONNECTIONS;
  }

  #accept(scid: Uint8Array, original_dcid: Uint8Array, from: Deno.NetAddr): MatrixaiConnection {
    const remote = { host: from.hostname, port: from.port };
    const datagram_bytes = this.#datagramBytes(remote.host);
    const config = this.#configs.accepting(datagram_bytes);
    const native = this.#quiche.Connection.accept(scid, original_dcid, this.#local, remote, config);
    const parts = { native, local: this.#local, remote, datagram_bytes, is_dialled: false, owner: this };
    const connection = this.#own(scid, new MatrixaiConnection(parts));
    this.#strangers.add(connection);
    return connection;
  }

  #keepAlive(): void {
    for (const connection of this.#keys.keys()) connection.keepAlive();
  }

  mark(connection: MatrixaiConnection): void {
    if (!this.#is_closed) this.#pump.mark(connection);
  }

  onEstablished(connection: MatrixaiConnection): void {
    if (!this.#strangers.delete(connection)) return;
    if (!this.#incoming.push(connection)) connection.close();
  }

  onGone(connection: MatrixaiConnection): void {
    this.#strangers.delete(connection);
    this.#routes.delete(this.#keys.get(connection) ?? -1);
    this.#keys.delete(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#is_closed) return await this.#receiving;
    this.#is_closed = true;
    clearInterval(this.#keep_alive);
    this.#incoming.close();
    const connections = [...this.#keys.keys()];
    for (const connection of connections) connection.close();
    await this.#pump.flush(connections);
    for (const connection of connections) connection.abandon();
    this.#socket.close();
    await this.#receiving;
  }
}
