/**
 * One multicast DNS socket on one interface, over `npm:multicast-dns`.
 *
 * The socket is bound to every address, because one that is bound to an interface's address gets no multicast on
 * Linux. It therefore may hear other interfaces too; who listens looks at the source.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
// @ts-types="./multicast_dns.d.ts"
import multicastDns from "multicast-dns";
import type { MulticastDns } from "./multicast_dns.d.ts";
import type { DnsPacket, DnsSource, OutgoingPacket } from "./packet.ts";

/** What a socket reports. */
export interface MdnsEvents {
  onPacket(packet: DnsPacket, source: DnsSource): void;
  /** The socket is broken and has to be closed. */
  onError(error: unknown): void;
}

/** A socket that has joined the group on one interface. */
export interface MdnsSocket {
  /** Sends to the group, or to one address. Rejects with what the system says. */
  send(packet: OutgoingPacket, to?: DnsSource): Promise<void>;
  /** Leaves the group and closes. */
  close(): Promise<void>;
}

/** Opens a socket on the interface with the address `interface_ip`. Rejects where that can't join. */
export type Join = (interface_ip: string, port: number, events: MdnsEvents) => Promise<MdnsSocket>;

/** RFC 6762, section 17. */
const MAX_PACKET_BYTES = 9_000;
const HEADER_BYTES = 12;
const MIN_QUESTION_BYTES = 5;
const MIN_RECORD_BYTES = 11;

/** Joins with a real socket. */
export const joinMulticast: Join = async (interface_ip, port, events) => {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", blankImplausible);
  const mdns = multicastDns({
    port,
    interface: interface_ip,
    bind: "0.0.0.0",
    loopback: true,
    ttl: 255,
    socket,
  });
  try {
    await whenJoined(mdns);
  } catch (error) {
    await close(mdns);
    throw error;
  }
  listen(mdns, socket, events);
  return { send: (packet, to) => send(mdns, packet, to), close: () => close(mdns) };
};

/** A warning before `ready` is a failed join; the package itself would go on without the interface. */
function whenJoined(mdns: MulticastDns): Promise<void> {
  return new Promise((resolve, reject) => {
    mdns.on("warning", reject);
    mdns.on("error", reject);
    mdns.on("ready", resolve);
  });
}

function listen(mdns: MulticastDns, socket: Socket, events: MdnsEvents): void {
  socket.on("error", (error) => events.onError(error));
  mdns.on("packet", (packet, source) => events.onPacket(packet, source));
}

function send(mdns: MulticastDns, packet: OutgoingPacket, to?: DnsSource): Promise<void> {
  return new Promise((resolve, reject) => {
    mdns.send(packet, to ?? null, (error) => error ? reject(error) : resolve());
  });
}

function close(mdns: MulticastDns): Promise<void> {
  return new Promise((resolve) => mdns.destroy(resolve));
}

/**
 * The package's decoder believes the counts of the header: 23 bytes can keep it busy for a tenth of a second. A
 * packet that can't hold what it claims, or is longer than multicast DNS allows, is emptied before it gets there.
 */
function blankImplausible(message: Uint8Array): void {
  if (message.length < HEADER_BYTES) return;
  const header = new DataView(message.buffer, message.byteOffset, HEADER_BYTES);
  const records = header.getUint16(6) + header.getUint16(8) + header.getUint16(10);
  const least_bytes = HEADER_BYTES + header.getUint16(4) * MIN_QUESTION_BYTES + records * MIN_RECORD_BYTES;
  if (message.length < least_bytes || message.length > MAX_PACKET_BYTES) message.fill(0);
}
