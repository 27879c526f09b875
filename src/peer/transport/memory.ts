/**
 * A network inside one process, for tests and simulations: the same rules as QUIC, without sockets.
 *
 * ```ts
 * import { MemoryNetwork } from "./memory.ts";
 *
 * const network = new MemoryNetwork();
 * console.assert(network.open !== undefined);
 * ```
 *
 * @module
 */

import { abortable } from "../../base/abort.ts";
import { AsyncQueue } from "../../base/async_queue.ts";
import { LanspreadError } from "../../base/errors.ts";
import { joinAddress, type SocketAddress } from "../../proto/ids.ts";
import { MAX_STREAMS_PER_PEER } from "../../proto/limits.ts";
import { BytePipe } from "./byte_pipe.ts";
import type { Identity } from "./identity.ts";
import type { ByteStream, Connection, DialTarget, OpenTransport, Transport } from "./port.ts";

const FIRST_FREE_PORT = 49_152;

/** The wires between the transports that it opened. */
export class MemoryNetwork {
  readonly #listeners = new Map<SocketAddress, MemoryTransport>();
  #next_port = FIRST_FREE_PORT;

  /** Opens a transport on this network. */
  readonly open: OpenTransport = ({ hostname, port, identity }) => {
    const addr = joinAddress(hostname, port || this.#next_port++);
    if (this.#listeners.has(addr)) {
      return Promise.reject(
        new LanspreadError("address_in_use", `UDP port ${port} is taken; choose another --port`),
      );
    }
    const transport = new MemoryTransport(this, addr, identity);
    this.#listeners.set(addr, transport);
    return Promise.resolve(transport);
  };

  /** The transport that listens at `addr`. */
  find(addr: SocketAddress): MemoryTransport | undefined {
    return this.#listeners.get(addr);
  }

  /** Takes a closed transport off the network. */
  remove(addr: SocketAddress): void {
    this.#listeners.delete(addr);
  }
}

class MemoryTransport implements Transport {
  readonly engine = "memory";
  readonly port: number;
  readonly incoming = new AsyncQueue<Connection>();
  readonly #connections = new Set<MemoryConnection>();

  constructor(
    readonly network: MemoryNetwork,
    readonly addr: SocketAddress,
    readonly identity: Identity,
  ) {
    this.port = Number(addr.slice(addr.lastIndexOf(":") + 1));
  }

  async connect({ addr, peer_id }: DialTarget, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    await Promise.resolve();
    const other = this.network.find(addr);
    const known = other && other.identity.ca_cert === this.identity.ca_cert &&
      (peer_id === undefined || other.identity.peer_id === peer_id);
    if (!other || !known) {
      throw new LanspreadError("handshake_failed", `No lanspread peer of this party at ${addr}`);
    }
    const [near, far] = MemoryConnection.pair(this.addr, addr);
    this.#own(near);
    other.#own(far);
    other.incoming.push(far);
    return near;
  }

  #own(connection: MemoryConnection): void {
    this.#connections.add(connection);
    connection.closed.then(() => this.#connections.delete(connection));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network.remove(this.addr);
    this.incoming.close();
    for (const connection of this.#connections) connection.close();
    await Promise.resolve();
  }
}

class MemoryConnection implements Connection {
  readonly incoming = new AsyncQueue<MemoryStream>();
  readonly closed: Promise<void>;
  readonly #streams = new Set<MemoryStream>();
  #other: MemoryConnection | undefined;
  #onClosed: () => void = () => {};
  #is_closed = false;
  #slots = MAX_STREAMS_PER_PEER;
  #waiting: (() => void)[] = [];

  private constructor(readonly remote_addr: SocketAddress) {
    this.closed = new Promise((resolve) => this.#onClosed = resolve);
  }

  /** The two ends of a new connection. */
  static pair(dialler: SocketAddress, listener: SocketAddress): [MemoryConnection, MemoryConnection] {
    const near = new MemoryConnection(listener);
    const far = new MemoryConnection(dialler);
    near.#other = far;
    far.#other = near;
    return [near, far];
  }

  async openStream(signal: AbortSignal): Promise<ByteStream> {
    while (this.#slots === 0 && !this.#is_closed) await this.#freeSlot(signal);
    signal.throwIfAborted();
    const other = this.#other;
    if (this.#is_closed || !other) throw lost(this.remote_addr);
    this.#slots--;
    const there = new BytePipe();
    const back = new BytePipe();
    const near = new MemoryStream(back, there, this.remote_addr);
    const far = new MemoryStream(there, back, other.remote_addr);
    this.#own(near, () => {
      this.#slots++;
      this.#waiting.shift()?.();
    });
    other.#own(far, () => {});
    other.incoming.push(far);
    return near;
  }

  async #freeSlot(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiting = this.#waiting.filter((waiter) => waiter !== resolve);
    }
  }

  #own(stream: MemoryStream, onOver: () => void): void {
    this.#streams.add(stream);
    stream.over.then(() => {
      this.#streams.delete(stream);
      onOver();
    });
  }

  close(): void {
    if (this.#is_closed) return;
    this.#is_closed = true;
    for (const stream of this.#streams) stream.reset();
    for (const wake of this.#waiting) wake();
    this.incoming.close();
    this.#onClosed();
    this.#other?.close();
  }
}

class MemoryStream implements ByteStream {
  /** Resolves when both directions are over. */
  readonly over: Promise<void>;
  #onOver: () => void = () => {};
  #sending = true;
  #receiving = true;

  constructor(
    readonly input: BytePipe,
    readonly output: BytePipe,
    readonly remote_addr: SocketAddress,
  ) {
    this.over = new Promise((resolve) => this.#onOver = resolve);
  }

  async read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const part = await this.input.read(buffer);
      if (part === null || part.length < buffer.length) this.#endReceiving();
      return part;
    } catch (cause) {
      this.#endReceiving();
      throw lost(this.remote_addr, cause);
    }
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.output.write(bytes);
    } catch (cause) {
      throw lost(this.remote_addr, cause);
    }
  }

  /** Every stream has a pipe of its own: none waits for another. */
  setPriority(_priority: number): void {}

  async finish(): Promise<void> {
    try {
      await Promise.resolve(this.output.end());
      this.#endSending();
    } catch (cause) {
      throw lost(this.remote_addr, cause);
    }
  }

  reset(): void {
    this.input.fail(new Error("the stream was given up"));
    if (this.#sending) this.output.fail(new Error("the stream was given up"));
    this.#endReceiving();
    this.#endSending();
  }

  #endReceiving(): void {
    this.#receiving = false;
    if (!this.#sending) this.#onOver();
  }

  #endSending(): void {
    this.#sending = false;
    if (!this.#receiving) this.#onOver();
  }
}

function lost(remote: SocketAddress, cause?: unknown): LanspreadError {
  return new LanspreadError("connection_lost", `The connection to ${remote} broke`, { cause });
}
