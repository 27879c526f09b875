/**
 * What quiche is told about the party and about limits.
 *
 * @module
 */

import { ALPN, MAX_STREAMS_PER_PEER } from "../../../proto/limits.ts";
import type { Identity } from "../identity.ts";
import { IDLE_TIMEOUT_MS } from "../port.ts";
import type { NativeConfig, Quiche } from "./quiche.d.ts";

/** The largest datagram that is taken, in bytes: the largest that UDP has. */
export const MAX_RECEIVED_BYTES = 65_527;
/** Datagrams that fit every Ethernet, in bytes. */
export const LAN_DATAGRAM_BYTES = 1_350;
/** Datagrams that stay on this machine, in bytes. */
const LOOPBACK_DATAGRAM_BYTES = 16_384;

/**
 * The connection's window is as good as open. quiche 0.18 never gives back what a reset stream held of it: closed
 * after some hundred cancelled streams, it would stop the connection for ever. The windows of the streams bound the
 * memory, times the number of streams.
 */
const CONNECTION_WINDOW_BYTES = 2 ** 50;
/** Window of a stream that this end opened, for what it asked for. */
const OWN_STREAM_WINDOW_BYTES = 1024 * 1024;
/** Window of a stream that the other end opened: requests are small. */
const THEIR_STREAM_WINDOW_BYTES = 128 * 1024;
/** How far the windows grow while the reader keeps up. */
const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;

/** What a chain may be signed with: the authority's key and the peers' keys. */
const SIGNATURE_ALGORITHMS = "ed25519:ecdsa_secp256r1_sha256";
/**
 * Reno. Measured over loopback, 200 MiB in datagrams of 1,350 bytes; the receive buffer there holds about ninety of them.
 * Of 190,000 datagrams Reno lost 900, CUBIC 8,000 and more; BBR lost most where windows were smaller. With 5 % lost on the
 * way Reno is as quick as CUBIC.
 */
const RENO = 0;

/**
 * quiche counts its congestion window in the largest datagrams that it may send, and leaves it at least two of them.
 * Where two are lost, nothing shows the loss, quiche lets no probe through a full window, and its own timer may be
 * seconds off (see `probes.ts`). So it is told of larger datagrams than it is given room for: eight then fit in the least
 * window, four of the large ones, of which one always arrives. More would overrun the receiver's buffer at the start.
 */
const WINDOW_UNITS = { lan: 4, loopback: 2 };

/** Tells the largest datagram to send to a host, in bytes. */
export type DatagramBytes = (host: string) => number;

/** What every network carries, and more where nothing but this machine's memory is in between. */
export const datagramBytes: DatagramBytes = (host) =>
  host.startsWith("127.") || host === "::1" ? LOOPBACK_DATAGRAM_BYTES : LAN_DATAGRAM_BYTES;

/** Makes the configurations of one transport, each once. */
export class Configs {
  readonly #quiche: Quiche;
  readonly #identity: Identity;
  readonly #made = new Map<string, NativeConfig>();

  constructor(quiche: Quiche, identity: Identity) {
    this.#quiche = quiche;
    this.#identity = identity;
  }

  /** For a connection that this end dials. Checks the other's chain; the name goes with the connection. */
  dialling(datagram_bytes: number): NativeConfig {
    return this.#get("dialling", datagram_bytes);
  }

  /** For a connection that the other end dials. */
  accepting(datagram_bytes: number): NativeConfig {
    return this.#get("accepting", datagram_bytes);
  }

  #get(role: "dialling" | "accepting", datagram_bytes: number): NativeConfig {
    const name = `${role} ${datagram_bytes}`;
    const config = this.#made.get(name) ?? limited(this.#secured(role), datagram_bytes);
    this.#made.set(name, config);
    return config;
  }

  #secured(role: "dialling" | "accepting"): NativeConfig {
    const { Config } = this.#quiche;
    const { ca_cert, key, cert } = this.#identity;
    return role === "dialling"
      ? Config.withBoringSslCtx(true, false, encode(ca_cert), null, null, SIGNATURE_ALGORITHMS)
      : Config.withBoringSslCtx(false, false, null, [encode(key)], [encode(cert)], SIGNATURE_ALGORITHMS);
  }
}

function limited(config: NativeConfig, datagram_bytes: number): NativeConfig {
  config.setApplicationProtos([ALPN]);
  config.setMaxIdleTimeout(IDLE_TIMEOUT_MS);
  config.setMaxRecvUdpPayloadSize(MAX_RECEIVED_BYTES);
  config.setMaxSendUdpPayloadSize(windowUnit(datagram_bytes));
  config.setInitialMaxData(CONNECTION_WINDOW_BYTES);
  config.setInitialMaxStreamDataBidiLocal(OWN_STREAM_WINDOW_BYTES);
  config.setInitialMaxStreamDataBidiRemote(THEIR_STREAM_WINDOW_BYTES);
  config.setMaxStreamWindow(MAX_STREAM_WINDOW_BYTES);
  config.setInitialMaxStreamsBidi(MAX_STREAMS_PER_PEER);
  config.setInitialMaxStreamsUni(0);
  config.setDisableActiveMigration(true);
  config.setCcAlgorithm(RENO);
  // The binding does not tell when a datagram should leave. Without pacing, though, quiche 0.18 takes an old time for the
  // time of sending where the window is small, and its round trip time grows without end; see `probes.ts`.
  config.enablePacing(true);
  config.enableHystart(true);
  return config;
}

/** What quiche takes for the largest datagram; what it is given to fill is no larger than `datagram_bytes`. */
function windowUnit(datagram_bytes: number): number {
  const { lan, loopback } = WINDOW_UNITS;
  return datagram_bytes * (datagram_bytes > LAN_DATAGRAM_BYTES ? loopback : lan);
}

function encode(pem: string): Uint8Array {
  return new TextEncoder().encode(pem);
}
