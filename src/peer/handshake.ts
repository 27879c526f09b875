/**
 * The handshake: one `hello`, one `hello_ack`, and both sides know each other.
 *
 * The dialling side has checked the other's certificate before it sends anything. The listening side learns from the
 * proof in `hello`, inside the encrypted connection, that the dialling side belongs to the party.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { joinAddress, type PeerId, type SocketAddress, splitAddress } from "../proto/ids.ts";
import { HEADER_TIMEOUT_MS, PROTOCOL_VERSION } from "../proto/limits.ts";
import type { Hello, HelloAck, PeerIntroduction } from "../proto/message.ts";
import { call } from "./exchange.ts";
import { isMember, type PartySecrets, proveMembership } from "./transport/party.ts";
import type { Connection } from "./transport/port.ts";

/** What this peer says about itself. */
export interface Self {
  peer_id: PeerId;
  name: string;
  secrets: PartySecrets;
  library(): Pick<PeerIntroduction, "library_rev" | "library_digest">;
  /** Where this peer listens, seen from `remote`. */
  listenAddress(remote: SocketAddress): SocketAddress;
}

/** The other side after the handshake. */
export interface Acquaintance
  extends Pick<PeerIntroduction, "peer_id" | "name" | "library_rev" | "library_digest"> {
  addr: SocketAddress;
  /** The revision of this peer's own library that the other side was told. */
  told_rev: number;
}

/**
 * Introduces this peer on a connection that it dialled. Throws `unauthorized` where the other side can't prove its
 * membership, and what the other side answers.
 */
export async function greet(
  connection: Connection,
  self: Self,
  signal: AbortSignal,
  clock: Clock = SYSTEM_CLOCK,
): Promise<Acquaintance> {
  const hello: Hello = { type: "hello", ...introduce("hello", self, connection) };
  const ack = await call(connection, hello, signal, HEADER_TIMEOUT_MS, clock);
  return { ...accept("hello_ack", ack, self, connection), told_rev: hello.library_rev };
}

/**
 * Answers a `hello`. Throws `unauthorized` for a stranger, `incompatible` for another protocol version, and
 * `invalid_request` for a hello from oneself.
 */
export function answerHello(
  hello: Hello,
  self: Self,
  connection: Connection,
): { ack: HelloAck; acquaintance: Acquaintance } {
  const other = accept("hello", hello, self, connection);
  const ack: HelloAck = { type: "hello_ack", ...introduce("hello_ack", self, connection) };
  return { ack, acquaintance: { ...other, told_rev: ack.library_rev } };
}

function introduce(role: "hello" | "hello_ack", self: Self, { remote_addr }: Connection): PeerIntroduction {
  const listen_addr = self.listenAddress(remote_addr);
  return {
    peer_id: self.peer_id,
    name: self.name,
    proto_ver: PROTOCOL_VERSION,
    listen_addr,
    ...self.library(),
    features: [],
    proof: proveMembership(self.secrets, { role, peer_id: self.peer_id, listen_addr }),
  };
}

function accept(
  role: "hello" | "hello_ack",
  introduction: PeerIntroduction,
  self: Self,
  { remote_addr }: Connection,
): Omit<Acquaintance, "told_rev"> {
  checkVersion(introduction.proto_ver);
  const { peer_id, name, listen_addr, proof, library_rev, library_digest } = introduction;
  if (!isMember(self.secrets, { role, peer_id, listen_addr }, proof)) {
    throw new LanspreadError(
      "unauthorized",
      "the proof of membership is wrong; is the --party passphrase the same?",
    );
  }
  if (peer_id === self.peer_id) {
    // Who said hello hears it by a code of the wire.
    const code = role === "hello" ? "invalid_request" : "self_connect";
    throw new LanspreadError(code, `${remote_addr} is this peer itself`);
  }
  return { peer_id, name, library_rev, library_digest, addr: listenerOf(listen_addr, remote_addr) };
}

/** Throws `incompatible` where another protocol version is spoken. */
export function checkVersion(proto_ver: unknown): void {
  if (proto_ver === PROTOCOL_VERSION) return;
  throw new LanspreadError(
    "incompatible",
    `this peer speaks protocol version ${PROTOCOL_VERSION}, not ${
      String(proto_ver)
    }; use the same lanspread everywhere`,
  );
}

// The listener's port, at the address that the packets come from: nobody can point others at a third machine.
function listenerOf(listen_addr: SocketAddress, remote_addr: SocketAddress): SocketAddress {
  const listener = splitAddress(listen_addr);
  const source = splitAddress(remote_addr);
  if (!listener || !source) throw new RangeError("an address was not checked");
  return joinAddress(source.hostname, listener.port);
}
