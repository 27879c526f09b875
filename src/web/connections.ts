/**
 * The connections of an HTTP server: few, and none for nothing.
 *
 * A connection waits while no request of it is being answered: after it was made, and between two requests. The next
 * request's whole header has to come before that has taken too long, however it is dripped; else the connection is
 * ended. Where all places are taken, the one that waits longest makes room, so that a newcomer that sends its request is
 * answered whatever the others do. Only where every place is being answered is a newcomer refused.
 *
 * @module
 */

import type { Socket } from "node:net";

const CLOSE = "Connection: close\r\n";
const TIMED_OUT = `HTTP/1.1 408 Request Timeout\r\n${CLOSE}\r\n`;
const BUSY = JSON.stringify({ error: { code: "busy", message: "too many connections; try again" } });
const REFUSED = `HTTP/1.1 503 Service Unavailable\r\n${CLOSE}Content-Type: application/json\r\n` +
  `Content-Length: ${BUSY.length}\r\n\r\n${BUSY}`;

/** How many connections there may be, and how long one may wait. */
export interface ConnectionLimits {
  connections: number;
  /** From the connection, or the end of an answer, to the end of the next request's header. */
  waiting_ms: number;
}

/** Requests that one connection may have answered at a time. Only pipelining clients send a second one; few do. */
const MAX_AT_ONCE = 16;

interface Connection {
  readonly gone: AbortController;
  /** Requests that are being answered; with pipelining there may be several. */
  answering: number;
}

/** Every open connection of one server. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #all = new Map<Socket, Connection>();
  /** Who waits, the longest waiting first, with its timer. */
  readonly #waiting = new Map<Socket, ReturnType<typeof setTimeout>>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** Takes a new connection in, or refuses it. */
  admit(socket: Socket): void {
    if (this.#all.size >= this.#limits.connections && !this.#makeRoom()) {
      socket.end(REFUSED);
      socket.destroySoon();
      return;
    }
    const gone = new AbortController();
    this.#all.set(socket, { gone, answering: 0 });
    socket.once("close", () => this.#forget(socket));
    this.#wait(socket);
  }

  /**
   * Runs `exchange` on a connection, with a signal that aborts when the connection is gone. Ends a connection that asks
   * for more and more at once: what is parsed of it can't be held back.
   */
  async during(socket: Socket, exchange: (gone: AbortSignal) => Promise<void>): Promise<void> {
    const connection = this.#all.get(socket);
    if (!connection) return;
    if (connection.answering >= MAX_AT_ONCE) return this.#end(socket);
    this.#stopWaiting(socket);
    connection.answering++;
    try {
      await exchange(connection.gone.signal);
    } finally {
      connection.answering--;
      if (connection.answering === 0 && this.#all.has(socket)) this.#wait(socket);
    }
  }

  /** Ends whoever waits. */
  endWaiting(): void {
    for (const socket of [...this.#waiting.keys()]) this.#end(socket);
  }

  /** Ends all, whatever they are told just then. */
  endAll(): void {
    for (const socket of [...this.#all.keys()]) this.#end(socket);
  }

  #wait(socket: Socket): void {
    const bytes_before = socket.bytesRead;
    const onTime = () => {
      // Who began a request is told why it is not answered.
      if (socket.bytesRead > bytes_before && socket.writable) socket.write(TIMED_OUT);
      this.#end(socket);
    };
    this.#waiting.set(socket, setTimeout(onTime, this.#limits.waiting_ms));
  }

  #stopWaiting(socket: Socket): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
  }

  #makeRoom(): boolean {
    const [longest] = this.#waiting.keys();
    if (longest) this.#end(longest);
    return longest !== undefined;
  }

  #end(socket: Socket): void {
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: Socket): void {
    this.#stopWaiting(socket);
    const connection = this.#all.get(socket);
    this.#all.delete(socket);
    if (connection && connection.answering > 0) connection.gone.abort();
  }
}
