/**
 * What doctor knows about this machine: values alone, gathered by the probes and judged by the findings.
 *
 * @module
 */

import type { InterfaceInfo } from "../../peer/discovery/interfaces.ts";
import type { SeenPeer } from "../../peer/discovery/port.ts";
import type { NetworkSurvey } from "../../peer/discovery/survey.ts";
import type { QuicEngine } from "../../peer/options.ts";

/** The peer that runs with the state folder, as its control API tells it. */
export interface RunningPeer {
  peer_id: string;
  engine: string;
  /** UDP port of its listener. */
  port: number;
  connected: readonly { peer_id: string; name: string }[];
  /** The largest game that others have and this machine has not, in bytes; 0 for none. */
  largest_missing_bytes: number;
}

/** A firewall of this machine; `undefined` where nobody could tell. */
export interface Firewall {
  name: "ufw" | "firewalld" | "nftables" | "iptables" | "Windows Firewall" | "macOS firewall";
  is_active: boolean | undefined;
  /** Whether it lets in what peers send. */
  lets_in: boolean | undefined;
}

/** A folder that a peer works in. */
export interface Folder {
  path: string;
  kind: "folder" | "missing" | "not_a_folder";
  /** Of the folder, or where it is missing of the one in which it would be made. */
  is_writable: boolean;
  /** On its disk; `undefined` where nobody could tell. */
  free_bytes: number | undefined;
}

/** How the system treats datagrams; what is `undefined` can't be asked here. */
export interface UdpBuffers {
  receive_bytes: number | undefined;
  /** Datagrams since the system's start, and those lost because a program's buffer was full. */
  received: number | undefined;
  lost: number | undefined;
}

/** Everything that is looked at. */
export interface Facts {
  os: typeof Deno.build.os;
  /** Why the configuration can't be used. */
  settings_problem: string | undefined;
  running: RunningPeer | undefined;
  /** `control.json` names a peer that does not answer. */
  is_stale: boolean;
  wanted_engine: QuicEngine;
  /** The engine that a start would choose, or why there would be none. */
  engine: { name: string } | { problem: string };
  interfaces: readonly InterfaceInfo[];
  /** Addresses given with `--interface`. */
  named_interfaces: readonly string[];
  survey: NetworkSurvey;
  firewalls: readonly Firewall[];
  /** The UDP port that a start would want, and whether it was asked for. */
  port: { wanted: number; is_asked_for: boolean; is_free: boolean };
  http_port: { wanted: number; is_free: boolean };
  /** `undefined` where none was chosen yet. */
  game_dir: Folder | undefined;
  state_dir: Folder;
  udp_buffers: UdpBuffers;
}

/** Peers that are heard on the networks, without the one that runs here. */
export function heardOthers({ survey, running }: Facts): SeenPeer[] {
  return survey.heard.filter(({ peer_id }) => peer_id !== running?.peer_id);
}
