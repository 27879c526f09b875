/**
 * One end of a simulated connection: the memory connection with faults between it and the peer.
 *
 * The receiving end draws what happens to a request, the asking end what happens to its answer. As with QUIC, a
 * request that was sent in full may be served after its sender gave up waiting, and an end that hears nothing any
 * more notices after the idle time-out, not before.
 *
 * @module
 */

import { AsyncQueue } from "../../src/base/async_queue.ts";
import { type ByteStream, type Connection, IDLE_TIMEOUT_MS } from "../../src/peer/transport/port.ts";
import type { SocketAddress } from "../../src/proto/ids.ts";
import { lost, type SimNetwork } from "./sim_network.ts";
import { SimStream } from "./sim_stream.ts";

/** One end. */
export class SimConnection implements Connection {
  readonly incoming = new AsyncQueue<ByteStream>();
  readonly closed: Promise<void>;
  /** Streams that this end opened and that are not over. */
  readonly streams = new Set<SimStream>();
  /** Whether the other end vanished without a word. */
  is_silent = false;
  /** The connection is no more, and this end has not noticed. */
  is_fading = false;
  readonly #over = new AbortController();

  constructor(
    readonly network: SimNetwork,
    readonly own: string,
    readonly other: string,
    readonly inner: Connection,
  ) {
    this.closed = new Promise((resolve) => this.#over.signal.addEventListener("abort", () => resolve()));
    network.connections.add(this);
    network.scope.spawn("incoming", () => this.#takeStreams());
    network.scope.spawn("end", () => this.#noticeEnd());
  }

  get remote_addr(): SocketAddress {
    return this.inner.remote_addr;
  }

  /** Aborts when this end is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  async openStream(signal: AbortSignal): Promise<ByteStream> {
    if (this.is_fading) await this.closed;
    if (this.over.aborted) throw lost(this.other);
    const stream = new SimStream(this, await this.inner.openStream(signal));
    this.streams.add(stream);
    return stream;
  }

  /** Ends this end at once; the other one hears of it where the link is up. */
  close(): void {
    this.#end();
    this.inner.close();
  }

  /** This end notices that it is over. */
  lose(): void {
    this.close();
  }

  /** Breaks the connection. An end that is `silent` notices by the idle time-out. */
  break(is_silent: boolean): void {
    this.is_silent ||= is_silent;
    this.inner.close();
  }

  async #takeStreams(): Promise<void> {
    for await (const stream of this.inner.incoming) {
      this.network.scope.spawn("request", () => this.#takeStream(stream));
    }
  }

  async #takeStream(stream: ByteStream): Promise<void> {
    const { network, own, other, over } = this;
    const { delay_ms, end } = network.fate(other);
    try {
      if (delay_ms > 0) await network.clock.sleep(delay_ms, over);
      await network.passage(own, other, over);
    } catch {
      return;
    }
    if (end === "arrives") this.incoming.push(stream);
    if (end === "reset") stream.reset();
  }

  async #noticeEnd(): Promise<void> {
    const { network, inner, own, other } = this;
    await inner.closed;
    if (this.over.aborted) return;
    this.is_fading = this.is_silent || !network.isUp(own, other);
    if (this.is_fading) {
      await network.clock.sleep(IDLE_TIMEOUT_MS, this.over).catch(() => {});
    }
    this.#end();
  }

  #end(): void {
    if (this.over.aborted) return;
    this.network.connections.delete(this);
    this.#over.abort();
    this.incoming.close();
    for (const stream of this.streams) stream.reset();
  }
}
