/**
 * From facts to findings. Pure.
 *
 * @module
 */

import type { Facts } from "./facts.ts";
import { type Finding, FINDING_IDS, type FindingId, type Judgement } from "./finding.ts";
import { judgeDisk, judgeGameFolder, judgeStateFolder, judgeUdpBuffers } from "./machine_findings.ts";
import { judgeFirewall, judgeInterface, judgeMulticast, judgeVpn } from "./network_findings.ts";
import { judgeOthers, judgeVersion } from "./others_findings.ts";
import { judgeControlPort, judgeEngine, judgePeer, judgePort, judgeSettings } from "./start_findings.ts";

const JUDGEMENTS: Record<FindingId, (facts: Facts) => Judgement> = {
  settings: judgeSettings,
  peer: judgePeer,
  engine: judgeEngine,
  interface: judgeInterface,
  vpn: judgeVpn,
  multicast: judgeMulticast,
  firewall: judgeFirewall,
  port: judgePort,
  "control-port": judgeControlPort,
  "game-folder": judgeGameFolder,
  "state-folder": judgeStateFolder,
  disk: judgeDisk,
  "udp-buffers": judgeUdpBuffers,
  others: judgeOthers,
  version: judgeVersion,
};

/** Every finding, in order. */
export function examine(facts: Facts): Finding[] {
  return FINDING_IDS.map((id) => ({ id, ...JUDGEMENTS[id](facts) }));
}

/** Whether nothing is bad; warnings don't count. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict !== "bad");
}
