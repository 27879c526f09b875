/**
 * QUIC (RFC 9000) by the runtime: `Deno.QuicEndpoint`.
 *
 * @module
 */

import { abortable } from "../../base/abort.ts";
import { AsyncQueue } from "../../base/async_queue.ts";
import { LanspreadError, messageOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { joinAddress, type SocketAddress, splitAddress } from "../../proto/ids.ts";
import { ALPN, MAX_STREAMS_PER_PEER } from "../../proto/limits.ts";
import { ANY_PEER_NAME, peerServerName } from "./identity.ts";
import {
  type ByteStream,
  type Connection,
  type DialTarget,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  type OpenTransport,
  type Transport,
  type TransportOptions,
} from "./port.ts";

const TRANSPORT_OPTIONS: Deno.QuicTransportOptions = {
  keepAliveInterval: KEEP_ALIVE_MS,
  maxIdleTimeout: IDLE_TIMEOUT_MS,
  maxConcurrentBidirectionalStreams: MAX_STREAMS_PER_PEER,
  maxConcurrentUnidirectionalStreams: 0,
};
const CLOSE: Deno.QuicCloseInfo = { closeCode: 0, reason: "" };
/** Strangers whose handshake is under way; one more is refused. */
const MAX_PENDING_HANDSHAKES = 64;

/** Whether this runtime has QUIC built in. */
export function hasDenoQuic(): boolean {
  return typeof Deno.QuicEndpoint === "function";
}

/** Opens the runtime's QUIC. */
export const openDenoQuic: OpenTransport = (options) => {
  try {
    return Promise.resolve(new DenoQuicTransport(options));
  } catch (cause) {
    const at = `${options.hostname}:${options.port}`;
    if (cause instanceof Deno.errors.AddrInUse) {
      return Promise.reject(
        new LanspreadError("address_in_use", `UDP port ${options.port} is taken; choose another --port`, {
          cause,
        }),
      );
    }
    return Promise.reject(new LanspreadError("io", `Cannot listen on ${at}: ${messageOf(cause)}`, { cause }));
  }
};

class DenoQuicTransport implements Transport {
  readonly engine = "deno";
  readonly port: number;
  readonly #identity: TransportOptions["identity"];
  readonly #endpoint: Deno.QuicEndpoint;
  readonly #incoming = new AsyncQueue<Connection>();
  readonly #accepting: Promise<void>;
  #pending_handshakes = 0;
  #is_closed = false;

  constructor({ hostname, port, identity }: TransportOptions) {
    this.#identity = identity;
    this.#endpoint = new Deno.QuicEndpoint({ hostname, port });
    const listener = this.#endpoint.listen({
      ...TRANSPORT_OPTIONS,
      alpnProtocols: [ALPN],
      cert: identity.cert,
      key: identity.key,
    });
    this.port = this.#endpoint.addr.port;
    this.#accepting = this.#acceptAll(listener);
  }

  get incoming(): AsyncIterable<Connection> {
    return this.#incoming;
  }

  async #acceptAll(listener: Deno.QuicListener): Promise<void> {
    try {
      for await (const incoming of listener) this.#accept(incoming);
    } catch (error) {
      // Closing the endpoint ends the iteration with an error, too.
      if (!this.#is_closed) {
        logger("transport").error("the listener failed: {reason}", { reason: messageOf(error) });
      }
    } finally {
      this.#incoming.close();
    }
  }

  async #accept(incoming: Deno.QuicIncoming): Promise<void> {
    if (this.#pending_handshakes >= MAX_PENDING_HANDSHAKES) return incoming.refuse();
    this.#pending_handshakes++;
    try {
      const conn = await incoming.accept();
      if (!this.#incoming.push(new DenoQuicConnection(conn))) conn.close(CLOSE);
    } catch {
      // A stranger who would not have our certificate, or went away; not our failure.
    } finally {
      this.#pending_handshakes--;
    }
  }

  async connect({ addr, peer_id }: DialTarget, signal: AbortSignal): Promise<Connection> {
    const dialling = this.#dial(addr, peer_id ? peerServerName(peer_id) : ANY_PEER_NAME);
    try {
      return new DenoQuicConnection(await abortable(dialling, signal));
    } catch (cause) {
      dialling.then((conn) => conn.close(CLOSE), () => {});
      signal.throwIfAborted();
      throw new LanspreadError(
        "handshake_failed",
        `No lanspread peer of this party at ${addr}: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  async #dial(addr: SocketAddress, serverName: string): Promise<Deno.QuicConn> {
    const target = splitAddress(addr);
    if (!target) throw new RangeError(`${addr} is not a socket address`);
    return await Deno.connectQuic({
      ...TRANSPORT_OPTIONS,
      ...target,
      endpoint: this.#endpoint,
      serverName,
      alpnProtocols: [ALPN],
      caCerts: [this.#identity.ca_cert],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#is_closed = true;
    this.#endpoint.close(CLOSE);
    this.#incoming.close();
    await this.#accepting;
  }
}

class DenoQuicConnection implements Connection {
  readonly remote_addr: SocketAddress;
  readonly closed: Promise<void>;
  readonly #conn: Deno.QuicConn;

  constructor(conn: Deno.QuicConn) {
    this.#conn = conn;
    this.remote_addr = joinAddress(unmapped(conn.remoteAddr.hostname), conn.remoteAddr.port);
    this.closed = conn.closed.then(() => {}, () => {});
  }

  async openStream(signal: AbortSignal): Promise<ByteStream> {
    const opening = this.#conn.createBidirectionalStream({ waitUntilAvailable: true });
    try {
      return new DenoQuicStream(await abortable(opening, signal), this.remote_addr);
    } catch (cause) {
      opening.then((stream) => new DenoQuicStream(stream, this.remote_addr).reset(), () => {});
      signal.throwIfAborted();
      throw lost(this.remote_addr, cause);
    }
  }

  get incoming(): AsyncIterable<ByteStream> {
    return this.#streams();
  }

  async *#streams(): AsyncGenerator<ByteStream> {
    const streams = this.#conn.incomingBidirectionalStreams.getReader();
    while (true) {
      // Rejects when the connection is over, however it ended.
      const next = await streams.read().catch(() => ({ done: true, value: undefined }));
      if (next.done || !next.value) return;
      yield new DenoQuicStream(next.value, this.remote_addr);
    }
  }

  close(): void {
    this.#conn.close(CLOSE);
  }
}

class DenoQuicStream implements ByteStream {
  readonly #remote: SocketAddress;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #output: Deno.QuicSendStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #was_reset = false;

  constructor(stream: Deno.QuicBidirectionalStream, remote: SocketAddress) {
    this.#remote = remote;
    this.#reader = stream.readable.getReader({ mode: "byob" });
    this.#output = stream.writable;
    this.#writer = this.#output.getWriter();
    // A stream that is over by the other end's will says so in the next read or write.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  async read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const { value } = await this.#reader.read(buffer, { min: buffer.length });
      if (this.#was_reset) throw new Error("the stream was given up");
      return value && value.length > 0 ? value : null;
    } catch (cause) {
      throw lost(this.#remote, cause);
    }
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (cause) {
      throw lost(this.#remote, cause);
    }
  }

  setPriority(priority: number): void {
    this.#output.sendOrder = priority;
  }

  async finish(): Promise<void> {
    try {
      await this.#writer.close();
    } catch (cause) {
      throw lost(this.#remote, cause);
    }
  }

  reset(): void {
    this.#was_reset = true;
    this.#reader.cancel().catch(() => {});
    this.#writer.abort().catch(() => {});
  }
}

function lost(remote: SocketAddress, cause: unknown): LanspreadError {
  return new LanspreadError("connection_lost", `The connection to ${remote} broke: ${messageOf(cause)}`, {
    cause,
  });
}

/** An IPv4 address as a dual-stack socket shows it, back in its own form. */
function unmapped(hostname: string): string {
  return hostname.startsWith("::ffff:") ? hostname.slice("::ffff:".length) : hostname;
}
