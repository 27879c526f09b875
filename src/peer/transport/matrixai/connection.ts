/**
 * One QUIC connection: quiche's state machine, its streams, its timer.
 *
 * @module
 */

import { abortable } from "../../../base/abort.ts";
import { AsyncQueue } from "../../../base/async_queue.ts";
import { LanspreadError, messageOf } from "../../../base/errors.ts";
import { joinAddress, type SocketAddress } from "../../../proto/ids.ts";
import type { ByteStream, Connection } from "../port.ts";
import { isLong } from "./cid.ts";
import { packetsOf } from "./coalesced.ts";
import { Deadline } from "./deadline.ts";
import { Probes } from "./probes.ts";
import type { Pumped } from "./pump.ts";
import type { ConnectionError, HostPort, NativeConnection, RecvInfo } from "./quiche.d.ts";
import { MatrixaiStream, type StreamOwner } from "./stream.ts";

/** What a connection needs of its endpoint. */
export interface ConnectionOwner {
  /** The connection has something to do. */
  mark(connection: MatrixaiConnection): void;
  /** Its handshake is complete. */
  onEstablished(connection: MatrixaiConnection): void;
  /** Nothing arrives for it or leaves it any more. */
  onGone(connection: MatrixaiConnection): void;
}

/** How a connection comes into being. */
export interface ConnectionParts {
  native: NativeConnection;
  local: HostPort;
  remote: HostPort;
  datagram_bytes: number;
  is_dialled: boolean;
  owner: ConnectionOwner;
}

/** Bidirectional streams of either side have ids four apart (RFC 9000, section 2.1). */
const ID_STEP = 4;
const NORMAL_URGENCY = 127;
/**
 * Services that a stream's last byte waits for what comes behind it; see `outbox.ts`. Whoever writes and finishes is
 * quicker, also where the write waited for a window: that ends inside of a service.
 */
const HOLD_SERVICES = 2;
const EMPTY = new Uint8Array(0);

/** A connection from either side. */
export class MatrixaiConnection implements Connection, Pumped, StreamOwner {
  readonly native: NativeConnection;
  readonly remote: HostPort;
  readonly remote_addr: SocketAddress;
  readonly datagram_bytes: number;
  readonly closed: Promise<void>;
  /** Resolves when the handshake is complete; rejects when the connection ends before. */
  readonly established: Promise<void>;
  readonly #owner: ConnectionOwner;
  readonly #recv_info: RecvInfo;
  readonly #incoming = new AsyncQueue<ByteStream>();
  readonly #streams = new Map<number, MatrixaiStream>();
  readonly #writers = new Set<MatrixaiStream>();
  /** Streams that keep a byte back, the first to let go first, and at which service. */
  readonly #holders = new Map<MatrixaiStream, number>();
  readonly #deadline = new Deadline(() => this.#onDue());
  readonly #probes = new Probes();
  readonly #parity: number;
  readonly #is_closed = Promise.withResolvers<void>();
  readonly #is_established = Promise.withResolvers<void>();
  #openers: (() => void)[] = [];
  #next_id: number;
  #state: "handshake" | "open" | "over" | "gone" = "handshake";
  #services = 0;
  #has_new = false;
  /** Whether something arrived since the last look of the keep-alive. */
  #is_lively = true;
  #failure: unknown = new Error("it was closed");

  constructor({ native, local, remote, datagram_bytes, is_dialled, owner }: ConnectionParts) {
    this.native = native;
    this.remote = remote;
    this.remote_addr = joinAddress(remote.host, remote.port);
    this.datagram_bytes = datagram_bytes;
    this.#owner = owner;
    this.#recv_info = { from: remote, to: local };
    this.#parity = is_dialled ? 0 : 1;
    this.#next_id = this.#parity;
    this.closed = this.#is_closed.promise;
    this.established = this.#is_established.promise;
    this.established.catch(() => {});
  }

  get incoming(): AsyncIterable<ByteStream> {
    return this.#incoming;
  }

  /** Whether the handshake is under way. */
  get is_pending(): boolean {
    return this.#state === "handshake";
  }

  /** Takes a datagram. Who moved to another address is not followed: a peer dials again. */
  receive(datagram: Uint8Array, from: Deno.NetAddr): void {
    if (from.port !== this.remote.port || from.hostname !== this.remote.host) return;
    if (this.is_pending || !isLong(datagram)) this.#take(datagram);
    else for (const packet of packetsOf(datagram)) this.#take(packet);
    this.#has_new = true;
    this.#is_lively = true;
    this.#probes.received();
    this.#owner.mark(this);
  }

  #take(datagram: Uint8Array): void {
    try {
      this.native.recv(datagram, this.#recv_info);
    } catch {
      // A datagram that is wrong, or ends the connection: then its state says so.
    }
  }

  /** Keeps an idle connection alive; called at equal intervals. */
  keepAlive(): void {
    const is_idle = this.#state === "open" && !this.#is_lively;
    this.#is_lively = false;
    for (const stream of this.#streams.values()) stream.repeatEnd();
    if (!is_idle) return;
    this.native.sendAckEliciting();
    this.touched();
  }

  async openStream(signal: AbortSignal): Promise<ByteStream> {
    signal.throwIfAborted();
    while (this.#state === "open" && this.native.peerStreamsLeftBidi() === 0) await this.#place(signal);
    if (this.#state !== "open") throw this.lost(this.#failure);
    const id = this.#next_id;
    this.#next_id += ID_STEP;
    // Takes the place, so that the next one to open sees it taken.
    this.native.streamPriority(id, NORMAL_URGENCY, false);
    return this.#own(id);
  }

  async #place(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#openers.push(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#openers = this.#openers.filter((opener) => opener !== resolve);
    }
  }

  #own(id: number): MatrixaiStream {
    const stream = new MatrixaiStream(id, this);
    this.#streams.set(id, stream);
    return stream;
  }

  close(): void {
    if (this.#state === "over" || this.#state === "gone") return;
    try {
      this.native.close(true, 0, EMPTY);
    } catch {
      // It is over already.
    }
    this.#end(new Error("it was closed"));
    this.touched();
  }

  service(): void {
    if (this.#state === "handshake" && this.native.isEstablished()) this.#establish();
    if (this.#state !== "open") return;
    if (this.#has_new) {
      this.#has_new = false;
      this.#readAll();
      this.#letOpen();
    }
    this.#letGo();
    this.#writeAll();
  }

  #establish(): void {
    this.#state = "open";
    this.#is_established.resolve();
    this.#owner.onEstablished(this);
  }

  #readAll(): void {
    for (const id of this.native.readable()) {
      const known = this.#streams.get(id);
      if (known) known.fill();
      else if (id % ID_STEP === 1 - this.#parity) this.#incoming.push(this.#own(id));
    }
  }

  #letOpen(): void {
    if (this.#openers.length === 0) return;
    for (const open of this.#openers.slice(0, this.native.peerStreamsLeftBidi())) open();
  }

  #letGo(): void {
    this.#services++;
    for (const [stream, due] of this.#holders) {
      // It comes again for these.
      if (due > this.#services) return this.touched();
      this.#holders.delete(stream);
      stream.letGo();
    }
  }

  #writeAll(): void {
    if (this.#writers.size === 0) return;
    // The sort keeps the order of those with the same priority: the first to wait is the first to go.
    const writers = [...this.#writers].toSorted((a, b) => b.priority - a.priority);
    for (const stream of writers) {
      if (stream.drain()) this.#writers.delete(stream);
    }
  }

  probes(): boolean {
    if (this.#state !== "open" || !this.#probes.take()) return false;
    this.native.sendAckEliciting();
    return true;
  }

  sent(count: number): void {
    if (this.#state === "gone") return;
    if (this.native.isClosed()) return this.#go();
    if (this.native.isDraining()) this.#end(this.#whyClosed());
    const now_ms = performance.now();
    if (count > 0) this.#probes.sent(now_ms);
    this.#deadline.set(Math.min(this.native.timeout() ?? Infinity, this.#probesIn(now_ms)));
  }

  /** A connection without streams has nothing to wait for. */
  #probesIn(now_ms: number): number {
    return this.#state === "open" && this.#streams.size > 0 ? this.#probes.due_ms - now_ms : Infinity;
  }

  #onDue(): void {
    const now_ms = performance.now();
    if (this.#probesIn(now_ms) <= 0) this.#probes.check(now_ms);
    this.native.onTimeout();
    this.touched();
  }

  /** No datagram is of use any more. */
  #go(): void {
    this.#end(this.#whyClosed());
    this.#state = "gone";
    this.#deadline[Symbol.dispose]();
    this.#owner.onGone(this);
  }

  #end(cause: unknown): void {
    if (this.#state === "over" || this.#state === "gone") return;
    this.#state = "over";
    this.#failure = cause;
    for (const stream of [...this.#streams.values()]) stream.breakOff(cause);
    this.#writers.clear();
    this.#holders.clear();
    this.#incoming.close();
    for (const open of this.#openers) open();
    this.#is_established.reject(cause);
    this.#is_closed.resolve();
  }

  broke(cause: unknown): void {
    this.#end(cause);
    this.abandon();
    this.#owner.onGone(this);
  }

  #whyClosed(): Error {
    if (this.native.isTimedOut()) return new Error("nothing came for too long");
    const error = this.native.localError() ?? this.native.peerError();
    return new Error(error ? describe(error) : "it was closed");
  }

  /** Stops its timer, where the endpoint is closed under it. */
  abandon(): void {
    this.#end(new Error("the endpoint was closed"));
    this.#state = "gone";
    this.#deadline[Symbol.dispose]();
  }

  touched(): void {
    if (this.#state !== "gone") this.#owner.mark(this);
  }

  wantsToWrite(stream: MatrixaiStream): void {
    this.#writers.add(stream);
  }

  holds(stream: MatrixaiStream): void {
    // At the end of the map, so that its order stays that of the services.
    this.#holders.delete(stream);
    this.#holders.set(stream, this.#services + HOLD_SERVICES);
  }

  mustQueue(stream: MatrixaiStream): boolean {
    if (this.#writers.size === 0) return false;
    return [...this.#writers].some(({ priority }) => priority >= stream.priority);
  }

  forget(stream: MatrixaiStream): void {
    this.#streams.delete(stream.id);
    this.#writers.delete(stream);
    this.#holders.delete(stream);
  }

  lost(cause: unknown): LanspreadError {
    const message = `The connection to ${this.remote_addr} broke: ${messageOf(cause)}`;
    return new LanspreadError("connection_lost", message, { cause });
  }
}

/** TLS alerts begin here among the codes of the transport (RFC 9001, section 4.8). */
const FIRST_TLS_ALERT = 0x100;
const LAST_TLS_ALERT = 0x1ff;

function describe({ isApp, errorCode, reason }: ConnectionError): string {
  if (isApp) return "the other end closed it";
  if (errorCode >= FIRST_TLS_ALERT && errorCode <= LAST_TLS_ALERT) {
    return `TLS alert ${errorCode - FIRST_TLS_ALERT}`;
  }
  return `error ${errorCode} ${new TextDecoder().decode(reason)}`.trim();
}
