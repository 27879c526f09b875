/** Types for the part of `npm:multicast-dns` 7 that this program uses. */
import type { Socket } from "node:dgram";
import type { DnsPacket, DnsSource, OutgoingPacket } from "./packet.ts";

export interface MulticastDns {
  on(event: "packet", listener: (packet: DnsPacket, source: DnsSource) => void): this;
  on(event: "warning" | "error", listener: (error: unknown) => void): this;
  on(event: "ready" | "networkInterface", listener: () => void): this;
  send(packet: OutgoingPacket, to: DnsSource | null, callback: (error?: unknown) => void): void;
  destroy(callback: () => void): void;
}

export interface MulticastDnsOptions {
  port: number;
  /** The address whose interface joins the group and sends. */
  interface: string;
  /** The local address to bind to. */
  bind: string;
  loopback: boolean;
  ttl: number;
  socket: Socket;
}

export default function multicastDns(options: MulticastDnsOptions): MulticastDns;
