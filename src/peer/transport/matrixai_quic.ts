/**
 * QUIC (RFC 9000) by the native quiche of `@matrixai/quic`, driven from one datagram socket.
 *
 * The runtime's QUIC is several times faster; this engine is for a runtime without it, and a second implementation
 * that the wire is held against. Participants: `matrixai/` holds the parts. Loaded only when it is chosen.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../../base/errors.ts";
import { datagramBytes } from "./matrixai/config.ts";
import { Endpoint } from "./matrixai/endpoint.ts";
import { loadQuiche } from "./matrixai/native.ts";
import type { OpenTransport, TransportOptions } from "./port.ts";

/**
 * Loads quiche and gives what opens it on a socket of its own. Throws `usage` where it can't run on this platform.
 */
export async function loadMatrixaiQuic(datagram_bytes = datagramBytes): Promise<OpenTransport> {
  const quiche = await loadQuiche();
  // A failure has to be the promise's.
  return (options) =>
    Promise.try(() => {
      const { identity } = options;
      return new Endpoint({ quiche, socket: bind(options), identity, datagramBytes: datagram_bytes });
    });
}

function bind({ hostname, port }: TransportOptions): Deno.DatagramConn {
  if (typeof Deno.listenDatagram !== "function") {
    throw new LanspreadError("usage", "this Deno has no datagram sockets; start it with --unstable-net");
  }
  try {
    return Deno.listenDatagram({ transport: "udp", hostname, port });
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new LanspreadError("address_in_use", `UDP port ${port} is taken; choose another --port`, {
        cause,
      });
    }
    throw new LanspreadError("io", `Cannot listen on ${hostname}:${port}: ${messageOf(cause)}`, { cause });
  }
}
