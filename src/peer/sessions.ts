/**
 * The connections to the other peers: one pooled connection a peer, used for the requests of both sides.
 *
 * Two peers that dial each other at the same moment end up with two connections; each side uses the newest one, and
 * both live until one breaks. A third one replaces the oldest.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { Scope } from "../base/scope.ts";
import type { PeerId, SocketAddress } from "../proto/ids.ts";
import type { Hello, HelloAck, Request } from "../proto/message.ts";
import { type AnswerTo, call } from "./exchange.ts";
import { type Acquaintance, answerHello, greet, type Self } from "./handshake.ts";
import { type RequestHandlers, serveConnection, type Session } from "./server.ts";
import type { Connection, DialTarget, Transport } from "./transport/port.ts";

const MAX_CONNECTIONS_PER_PEER = 2;
/** Who connected has to say hello within this time, in milliseconds. */
const HELLO_TIMEOUT_MS = 10_000;
/** Connections whose other end has not said hello yet, or that are many of one peer, are bounded by this. */
const MAX_CONNECTIONS = 1_024;

/** What the sessions need of the rest of the peer. */
export interface SessionsOptions {
  transport: Transport;
  self: Self;
  scope: Scope;
  clock: Clock;
  handlers: Omit<RequestHandlers, "hello">;
  /** After every handshake, whoever began it. */
  onAcquainted(acquaintance: Acquaintance): void;
  /** When a peer that is connected says hello once more: it may have another name now. */
  onIntroducedAgain(acquaintance: Acquaintance): void;
  /** When the last connection to a peer broke. */
  onDisconnected(peer_id: PeerId): void;
  /** Where a peer listens that has no connection now. */
  addressOf(peer_id: PeerId): SocketAddress | undefined;
}

/** All connections of this peer. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #by_peer = new Map<PeerId, Connection[]>();
  readonly #dialling = new Map<PeerId, Promise<Connection>>();
  #connection_count = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Takes connections until the transport is closed. */
  async acceptAll(): Promise<void> {
    for await (const connection of this.#options.transport.incoming) {
      if (this.#connection_count >= MAX_CONNECTIONS) connection.close();
      else this.#serve(connection);
    }
  }

  /** Dials and shakes hands. Throws `handshake_failed`, `unauthorized`, `incompatible`, `invalid_request`. */
  async connect(target: DialTarget, signal: AbortSignal): Promise<Acquaintance> {
    const connection = await this.#options.transport.connect(target, signal);
    try {
      const acquaintance = await greet(connection, this.#options.self, signal, this.#options.clock);
      checkPeerId(acquaintance.peer_id, target.peer_id);
      this.#adopt(acquaintance, connection);
      this.#serve(connection, acquaintance.peer_id);
      return acquaintance;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Whether there is a connection to the peer now. */
  isConnected(peer_id: PeerId): boolean {
    return this.#by_peer.has(peer_id);
  }

  /** The connection to a peer; dials where there is none. */
  async connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection> {
    const pooled = this.#by_peer.get(peer_id)?.at(-1);
    if (pooled) return pooled;
    return await abortable(this.#dialling.get(peer_id) ?? this.#dial(peer_id), signal);
  }

  /** One dial at a time for a peer; it goes on when the one who asked first gives up. */
  #dial(peer_id: PeerId): Promise<Connection> {
    const dialling = this.#dialKnown(peer_id).finally(() => this.#dialling.delete(peer_id));
    this.#dialling.set(peer_id, dialling);
    return dialling;
  }

  async #dialKnown(peer_id: PeerId): Promise<Connection> {
    const addr = this.#options.addressOf(peer_id);
    if (!addr) throw new LanspreadError("connection_lost", `The peer ${peer_id} is gone`);
    await this.connect({ addr, peer_id }, this.#options.scope.signal);
    const pooled = this.#by_peer.get(peer_id)?.at(-1);
    if (!pooled) throw new LanspreadError("connection_lost", `The connection to ${addr} broke`);
    return pooled;
  }

  /** Asks a peer. A pooled connection that turns out to be dead is replaced once. */
  async call<R extends Request>(
    peer_id: PeerId,
    request: R,
    signal: AbortSignal,
    timeout_ms?: number,
  ): Promise<AnswerTo<R>> {
    const { clock, handlers } = this.#options;
    const callOnce = async () => {
      const answer = await call(await this.connectionTo(peer_id, signal), request, signal, timeout_ms, clock);
      if (this.isConnected(peer_id)) handlers.heard(peer_id);
      return answer;
    };
    try {
      return await callOnce();
    } catch (error) {
      if (!(error instanceof LanspreadError && error.code === "connection_lost")) throw error;
      return await callOnce();
    }
  }

  /** Tells every connected peer, once, and waits for their answers. Failures are of no more interest. */
  async tellAll(request: Extract<Request, { type: "goodbye" }>, signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#newest().map(([, connection]) => call(connection, request, signal)));
  }

  /** Says hello once more to every connected peer; who does not hear it is told at the next handshake. */
  async introduceAgain(signal: AbortSignal): Promise<void> {
    const { self, clock, onIntroducedAgain } = this.#options;
    await Promise.allSettled(
      this.#newest().map(async ([peer_id, connection]) => {
        const acquaintance = await greet(connection, self, signal, clock);
        checkPeerId(acquaintance.peer_id, peer_id);
        onIntroducedAgain(acquaintance);
      }),
    );
  }

  /** Every connected peer with a connection to it. */
  #newest(): [PeerId, Connection][] {
    return [...this.#by_peer].flatMap(([peer_id, connections]) => {
      const newest = connections.at(-1);
      return newest ? [[peer_id, newest]] : [];
    });
  }

  /** Ends the connections to a peer. */
  drop(peer_id: PeerId): void {
    for (const connection of this.#by_peer.get(peer_id) ?? []) connection.close();
  }

  #serve(connection: Connection, peer_id?: PeerId): void {
    const { scope, handlers, clock } = this.#options;
    const session: Session = { connection, peer_id, clock };
    const all: RequestHandlers = { ...handlers, hello: (hello, from) => this.#answerHello(hello, from) };
    this.#connection_count++;
    scope.spawn("connection", async (signal) => {
      try {
        await serveConnection(session, all, signal);
      } finally {
        this.#connection_count--;
      }
    });
    if (peer_id === undefined) this.#expectHello(session);
  }

  /** Somebody who connects and never introduces himself holds no connection for ever. */
  #expectHello(session: Session): void {
    const over = new AbortController();
    session.connection.closed.then(() => over.abort());
    this.#options.scope.spawn("hello deadline", async (signal) => {
      await this.#options.clock.sleep(HELLO_TIMEOUT_MS, AbortSignal.any([signal, over.signal])).catch(
        () => {},
      );
      if (session.peer_id === undefined) session.connection.close();
    });
  }

  #answerHello(hello: Hello, session: Session): HelloAck {
    const { ack, acquaintance } = answerHello(hello, this.#options.self, session.connection);
    checkPeerId(acquaintance.peer_id, session.peer_id);
    if (session.peer_id === undefined) {
      session.peer_id = acquaintance.peer_id;
      this.#adopt(acquaintance, session.connection);
    } else this.#options.onIntroducedAgain(acquaintance);
    return ack;
  }

  #adopt(acquaintance: Acquaintance, connection: Connection): void {
    const { peer_id, addr } = acquaintance;
    logger("peer").debug("shook hands with {peer_id} at {addr}", { peer_id, addr });
    const connections = this.#by_peer.get(peer_id) ?? [];
    this.#by_peer.set(peer_id, connections);
    connections.push(connection);
    for (const oldest of connections.splice(0, connections.length - MAX_CONNECTIONS_PER_PEER)) oldest.close();
    connection.closed.then(() => this.#release(peer_id, connection));
    this.#options.onAcquainted(acquaintance);
  }

  #release(peer_id: PeerId, connection: Connection): void {
    const left = (this.#by_peer.get(peer_id) ?? []).filter((other) => other !== connection);
    if (left.length > 0) return void this.#by_peer.set(peer_id, left);
    this.#by_peer.delete(peer_id);
    this.#options.onDisconnected(peer_id);
  }
}

function checkPeerId(peer_id: PeerId, expected: PeerId | undefined): void {
  if (expected === undefined || peer_id === expected) return;
  throw new LanspreadError("invalid_request", `The peer calls itself ${peer_id}, but is ${expected}`);
}
