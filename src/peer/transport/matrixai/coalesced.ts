/**
 * Takes datagrams apart that carry several packets (RFC 9000, sections 12.2 and 17.2).
 *
 * quiche drops the rest of a datagram behind a packet that it has no key for any more. A peer that closes right after
 * its handshake may send just that: a Handshake packet, and behind it the close that counts.
 *
 * @module
 */

import { isLong } from "./cid.ts";

const LONG_TYPE = 0x30;
const INITIAL = 0x00;
const RETRY = 0x30;
const DCID_LENGTH_AT = 5;

/** The packets of a datagram in order; what can't be taken apart stays together. */
export function packetsOf(datagram: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let rest = datagram;
  for (let end = longPacketEnd(rest); end < rest.length; end = longPacketEnd(rest)) {
    packets.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return [...packets, rest];
}

/** Where the first packet ends: at the datagram's end, unless its long header says otherwise. */
function longPacketEnd(datagram: Uint8Array): number {
  const first = datagram[0] ?? 0;
  if (!isLong(datagram) || (first & LONG_TYPE) === RETRY) return datagram.length;
  const at_scid = DCID_LENGTH_AT + 1 + (datagram[DCID_LENGTH_AT] ?? 0);
  let at = at_scid + 1 + (datagram[at_scid] ?? 0);
  if ((first & LONG_TYPE) === INITIAL) {
    const token = readVarint(datagram, at);
    at += token.bytes + token.value;
  }
  const length = readVarint(datagram, at);
  return Math.min(datagram.length, at + length.bytes + length.value);
}

/** A variable-length integer (RFC 9000, section 16); where the datagram ends before, one that leads behind its end. */
function readVarint(datagram: Uint8Array, at: number): { value: number; bytes: number } {
  const first = datagram[at];
  const bytes = first === undefined ? 0 : 1 << (first >> 6);
  if (first === undefined || at + bytes > datagram.length) return { value: datagram.length, bytes };
  let value = first & 0x3f;
  for (let i = 1; i < bytes; i++) value = value * 0x100 + (datagram[at + i] ?? 0);
  return { value, bytes };
}
