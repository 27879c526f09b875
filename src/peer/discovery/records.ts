/**
 * A peer's announcement as DNS-SD records (RFC 6763), one set for each interface.
 *
 * Every record carries names that only this peer, and for the address only this interface, uses. They are made
 * from the `peer_id`, so that they need no probing (RFC 6762, section 8.1).
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import type { DnsRecord } from "./packet.ts";
import type { Announcement } from "./port.ts";

/** The service type. */
export const SERVICE = "_lanspread._udp.local";
/** Where all service types are listed (RFC 6763, section 9). */
export const SERVICE_LIST = "_services._dns-sd._udp.local";

/**
 * Lifetimes in seconds (RFC 6762, section 10). What hangs on an address goes after two minutes, so a peer that
 * was switched off is forgotten then; the rest is long, and costs no traffic. Changed TXT data needs no short
 * lifetime: it is announced with the cache-flush bit.
 */
export const HOST_TTL_S = 120;
export const OTHER_TTL_S = 4_500;

const MAX_LABEL_BYTES = 63;
const MAX_TXT_BYTES = 255;

/** The records that `announcement` stands for on the interface with the address `interface_ip`. */
export function recordsOf(announcement: Announcement, interface_ip: string): DnsRecord[] {
  const instance = instanceName(announcement);
  const target = hostName(announcement.peer_id, interface_ip);
  return [
    { type: "PTR", name: SERVICE_LIST, ttl: OTHER_TTL_S, data: SERVICE },
    { type: "PTR", name: SERVICE, ttl: OTHER_TTL_S, data: instance },
    {
      type: "SRV",
      name: instance,
      ttl: HOST_TTL_S,
      flush: true,
      data: { priority: 0, weight: 0, port: announcement.port, target },
    },
    { type: "TXT", name: instance, ttl: OTHER_TTL_S, flush: true, data: txtOf(announcement) },
    { type: "A", name: target, ttl: HOST_TTL_S, flush: true, data: interface_ip },
  ];
}

/**
 * The same records with a lifetime of 0, which says goodbye (RFC 6762, section 10.1). The entry in the list of
 * service types stays: it belongs to the other peers too.
 */
export function goodbyeOf(announcement: Announcement, interface_ip: string): DnsRecord[] {
  return recordsOf(announcement, interface_ip)
    .filter((record) => record.name !== SERVICE_LIST)
    .map((record) => ({ ...record, ttl: 0 }));
}

/** `<name> (<start of peer_id>)._lanspread._udp.local`; the part for people is cut to fit one label. */
export function instanceName({ name, peer_id }: Pick<Announcement, "name" | "peer_id">): string {
  const mark = ` (${shortId(peer_id)})`;
  // The encoder takes every dot for the end of a label.
  const readable = name.replaceAll(".", "-");
  return `${cutUtf8(readable, MAX_LABEL_BYTES - mark.length)}${mark}.${SERVICE}`;
}

/** One host name for each interface, so that addresses of different networks never mix in a cache. */
export function hostName(peer_id: PeerId, interface_ip: string): string {
  return `lanspread-${shortId(peer_id)}-${interface_ip.replaceAll(".", "-")}.local`;
}

/** The longest start of `text` that has at most `max_bytes` bytes in UTF-8 and cuts no character. */
export function cutUtf8(text: string, max_bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text.toWellFormed(), new Uint8Array(max_bytes));
  return text.toWellFormed().slice(0, read);
}

function txtOf(announcement: Announcement): string[] {
  const { peer_id, proto_ver, library_rev, name } = announcement;
  return [`peer_id=${peer_id}`, `proto_ver=${proto_ver}`, `library_rev=${library_rev}`, `name=${name}`]
    .map((entry) => cutUtf8(entry, MAX_TXT_BYTES));
}

function shortId(peer_id: PeerId): string {
  return peer_id.slice(0, 8);
}
