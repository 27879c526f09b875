/**
 * DNS packets as values, the way `npm:multicast-dns` takes and gives them. What comes in is unchecked beyond its
 * wire format, so its record data is `unknown`.
 *
 * @module
 */

/** A record of ours, ready to be sent. `ttl` in seconds. */
export type DnsRecord =
  & { name: string; ttl: number; flush?: boolean }
  & (
    | { type: "PTR"; data: string }
    | { type: "SRV"; data: { priority: number; weight: number; port: number; target: string } }
    | { type: "TXT"; data: string[] }
    | { type: "A"; data: string }
  );

/** A question; the class is "IN", or "UNKNOWN_32769" where the asker would like a unicast answer. */
export interface DnsQuestion {
  name: string;
  type: string;
  class?: string;
}

/** A record that somebody sent. */
export interface DnsAnswer {
  name: string;
  type: string;
  ttl?: number;
  data?: unknown;
}

/** A packet that somebody sent. */
export interface DnsPacket {
  id: number;
  type: "query" | "response";
  opcode: string;
  rcode: string;
  questions: DnsQuestion[];
  answers: DnsAnswer[];
  additionals: DnsAnswer[];
}

/** A packet to send. */
export interface OutgoingPacket {
  id?: number;
  type: "query" | "response";
  flags?: number;
  questions?: DnsQuestion[];
  answers?: DnsRecord[];
  additionals?: DnsRecord[];
}

/** Where a packet came from, or goes to. */
export interface DnsSource {
  address: string;
  port: number;
}

/** Names are equal ignoring the case of ASCII letters (RFC 6762, section 16). */
export function sameName(a: string, b: string): boolean {
  return foldName(a) === foldName(b);
}

/** The form of a name to compare and to look up by. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
