/**
 * The transport as the peer needs it: mutually known connections with many bidirectional byte streams.
 *
 * Participants: `deno_quic.ts` is QUIC (RFC 9000) by the runtime, `memory.ts` a pair inside one process. Every
 * implementation passes `tests/compliance`. Only `peer.ts` names one of them.
 *
 * Goals: one socket for listening and dialling; a dialled peer has proven its party and, where asked for, its
 * peer_id before `connect()` resolves; a stream's writer is held back by its reader. Non-goals: framing, requests,
 * and whether the dialling side belongs to the party: that is the handshake's.
 *
 * @module
 */

import type { PeerId, SocketAddress } from "../../proto/ids.ts";
import type { Identity } from "./identity.ts";

/** A bidirectional stream of bytes. Every failure is a `LanspreadError` of code `connection_lost`. */
export interface ByteStream {
  /**
   * Fills `buffer`; gives less only at the end of the stream, and `null` when nothing is left. The buffer is
   * given away: for the next read use the result's `buffer`.
   */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Resolves when the bytes were taken and `bytes` may be used again; waits while the reader is behind. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** What is written to the stream with the highest priority of a connection goes first; 0 at the beginning. */
  setPriority(priority: number): void;
  /** Ends the sending side; the receiving side goes on. */
  finish(): Promise<void>;
  /**
   * Gives up both sides at once: the other end's writes fail, its reads fail or end early, so what has to be whole
   * carries its length. What was finished before still arrives. Harmless on a stream that is over.
   */
  reset(): void;
}

/** A connection; either side opens streams. */
export interface Connection {
  /** Where the other end's packets come from. Not its listener, and never its identity. */
  readonly remote_addr: SocketAddress;
  /** Opens a stream; waits while the other end allows no more. Throws `connection_lost`. */
  openStream(signal: AbortSignal): Promise<ByteStream>;
  /** The streams that the other end opens, until the connection is over. To be iterated once. */
  readonly incoming: AsyncIterable<ByteStream>;
  /** Resolves when the connection is over, for whatever reason. Never rejects. */
  readonly closed: Promise<void>;
  /** Ends the connection and all its streams at once. */
  close(): void;
}

/** Whom to dial. */
export interface DialTarget {
  addr: SocketAddress;
  /** The certificate must carry this peer_id; without it any member of the party will do. */
  peer_id?: PeerId;
}

/** One socket that listens and dials. Disposing it again is harmless. */
export interface Transport extends AsyncDisposable {
  /** The implementation, as `status` tells it. */
  readonly engine: string;
  /** The bound UDP port. */
  readonly port: number;
  /** Connections that others dialled, until the transport is closed. To be iterated once. */
  readonly incoming: AsyncIterable<Connection>;
  /**
   * Dials. Throws `handshake_failed` where the other end is not whom we asked for, or nobody answers.
   */
  connect(target: DialTarget, signal: AbortSignal): Promise<Connection>;
}

/** What every implementation is opened with. */
export interface TransportOptions {
  /** Literal address to bind, `0.0.0.0` for every interface. */
  hostname: string;
  /** UDP port; 0 lets the system choose. */
  port: number;
  identity: Identity;
}

/** Opens a transport. Throws `address_in_use` where the port is taken. */
export type OpenTransport = (options: TransportOptions) => Promise<Transport>;

/** A connection without packets for this long is over, in milliseconds. */
export const IDLE_TIMEOUT_MS = 3_000;
/** An idle connection sends a packet this often, in milliseconds. */
export const KEEP_ALIVE_MS = 500;
