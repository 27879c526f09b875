/**
 * Facts of a machine on which all is well, for tests that change one of them.
 *
 * @module
 */

import type { Facts } from "../../../src/cli/doctor/facts.ts";
import type { SeenPeer } from "../../../src/peer/discovery/port.ts";
import { SocketAddress } from "../../../src/proto/ids.ts";
import { PROTOCOL_VERSION } from "../../../src/proto/limits.ts";
import { newPeerId } from "../../support/parties.ts";

const CABLE = { name: "eth0", family: "IPv4" as const, address: "192.168.1.20", netmask: "255.255.255.0" };

/** A second interface of this name. */
export function alsoNamed(name: string): Partial<Facts> {
  return { interfaces: [CABLE, { ...CABLE, name, address: "10.8.0.2" }] };
}

/** A peer that was heard. */
export function heard(name: string, proto_ver = PROTOCOL_VERSION): SeenPeer {
  const addr = SocketAddress.parse("192.168.1.21:5477");
  return { peer_id: newPeerId(), name, proto_ver, library_rev: 1, addr };
}

/** A running peer that is connected with these. */
export function connectedWith(...peers: SeenPeer[]): Pick<Facts, "running"> {
  const running = { peer_id: newPeerId(), engine: "deno", port: 5_477, largest_missing_bytes: 0 };
  return { running: { ...running, connected: peers } };
}

/** Nothing runs here, somebody else is heard, and nothing is wrong. */
export function wellFacts(changes: Partial<Facts> = {}): Facts {
  return {
    os: "linux",
    settings_problem: undefined,
    running: undefined,
    is_stale: false,
    wanted_engine: "auto",
    engine: { name: "deno" },
    interfaces: [CABLE],
    named_interfaces: [],
    survey: surveyOf({}, heard("alice")),
    firewalls: [],
    port: { wanted: 5_477, is_asked_for: false, is_free: true },
    http_port: { wanted: 5_477, is_free: true },
    game_dir: { path: "/games", kind: "folder", is_writable: true, free_bytes: 1e12 },
    state_dir: { path: "/state", kind: "folder", is_writable: true, free_bytes: 1e12 },
    udp_buffers: { receive_bytes: 212_992, received: 1e6, lost: 10 },
    ...changes,
  };
}

/** What the one interface showed. */
export function surveyOf(
  link: { problem?: string; has_heard_itself?: boolean },
  ...peers: SeenPeer[]
): Facts["survey"] {
  const { problem, has_heard_itself = true } = link;
  return { links: [{ name: "eth0", address: "192.168.1.20", problem, has_heard_itself }], heard: peers };
}
