/**
 * Connection ids: how a datagram finds its connection (RFC 8999, the part of QUIC that no version changes).
 *
 * @module
 */

/** Length of the ids that this end chooses, in bytes. */
export const CID_BYTES = 16;
/** A client's first datagram is padded to this many bytes (RFC 9000, section 14.1). */
export const MIN_INITIAL_BYTES = 1_200;

const LONG_HEADER = 0x80;
const LONG_TYPE = 0x30;
/** In a long header: the first byte, four bytes of version, the length of the destination's id. */
const LONG_DCID_LENGTH_AT = 5;
const SHORT_DCID_AT = 1;

/** A new random id. */
export function newCid(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(CID_BYTES));
}

/** The first 48 bits of the id at `at`: ids are random and their own choice, so these tell them apart. */
export function cidKey(bytes: Uint8Array, at = 0): number {
  const high = byteAt(bytes, at) * 0x10000 + byteAt(bytes, at + 1) * 0x100 + byteAt(bytes, at + 2);
  const low = byteAt(bytes, at + 3) * 0x10000 + byteAt(bytes, at + 4) * 0x100 + byteAt(bytes, at + 5);
  return high * 0x1000000 + low;
}

/** The key of the id that a datagram is for; `undefined` for one that can't be for an id of ours. */
export function destinationKey(datagram: Uint8Array): number | undefined {
  if (!isLong(datagram)) {
    return datagram.length > SHORT_DCID_AT + CID_BYTES ? cidKey(datagram, SHORT_DCID_AT) : undefined;
  }
  const at = LONG_DCID_LENGTH_AT + 1;
  if (datagram.length <= at + CID_BYTES || datagram[LONG_DCID_LENGTH_AT] !== CID_BYTES) return undefined;
  return cidKey(datagram, at);
}

/** Whether a datagram may begin a connection: large enough, and the first packet in it an Initial or of another version. */
export function mayBegin(datagram: Uint8Array, version: number): boolean {
  if (!isLong(datagram) || datagram.length < MIN_INITIAL_BYTES) return false;
  return versionOf(datagram) !== version || (byteAt(datagram, 0) & LONG_TYPE) === 0;
}

/** The version in a long header. */
export function versionOf(datagram: Uint8Array): number {
  return byteAt(datagram, 1) * 0x1000000 + byteAt(datagram, 2) * 0x10000 + byteAt(datagram, 3) * 0x100 +
    byteAt(datagram, 4);
}

/** Whether the first packet has a long header: one of the handshake. */
export function isLong(datagram: Uint8Array): boolean {
  return (byteAt(datagram, 0) & LONG_HEADER) !== 0;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
