/**
 * What the peer needs of discovery: tell who is here, hear who else is, hear who left.
 *
 * Participants: this peer and every other one on its networks. Goals: a peer is told once, and again when what it
 * says about itself changed. Non-goals: trust. Anyone on the network can announce anything; the handshake proves
 * who answers at an address.
 *
 * @module
 */

import type { PeerId, SocketAddress } from "../../proto/ids.ts";

/** What this peer tells about itself. */
export interface Announcement {
  peer_id: PeerId;
  name: string;
  proto_ver: number;
  library_rev: number;
  /** UDP port of the QUIC listener. */
  port: number;
}

/** What another peer told about itself, with one address where it listens. */
export interface SeenPeer {
  peer_id: PeerId;
  name: string;
  proto_ver: number;
  library_rev: number;
  addr: SocketAddress;
}

/** Where discovery reports. */
export interface DiscoveryHandlers {
  /** A peer was seen first, or its address, name, version or library revision changed. */
  onSeen(peer: SeenPeer): void;
  /** A peer said goodbye, or was not heard of until its records expired. */
  onGone(peer_id: PeerId): void;
  /** One interface can't be used now; once for each change. The others go on, and this one is tried again. */
  onProblem(interface_ip: string, error: unknown): void;
}

/** Finds peers and lets itself be found. */
export interface Discovery {
  /**
   * Announces and browses until the signal aborts; then says goodbye and closes its sockets. Rejects only with
   * what a handler threw.
   */
  run(handlers: DiscoveryHandlers, signal: AbortSignal): Promise<void>;
  /** Announces changed data, e.g. a new `library_rev`. */
  update(announcement: Announcement): void;
}
