/**
 * Findings about the other peers: who is heard, who is connected, who speaks another version. Pure.
 *
 * @module
 */

import type { SeenPeer } from "../../peer/discovery/port.ts";
import { PROTOCOL_VERSION } from "../../proto/limits.ts";
import { formatCount } from "../amounts.ts";
import { type Facts, heardOthers } from "./facts.ts";
import { bad, good, type Judgement, warning } from "./finding.ts";

/** More names than these are not listed. */
const MOST_NAMES = 8;

/** Whether the others that are heard are connected, too. */
export function judgeOthers(facts: Facts): Judgement {
  const heard = heardOthers(facts).filter(({ proto_ver }) => proto_ver === PROTOCOL_VERSION);
  const { running } = facts;
  if (!running) return heard.length > 0 ? good(`heard on the network: ${namesOf(heard)}`) : nobody();
  const connected = new Set(running.connected.map(({ peer_id }) => peer_id));
  const apart = heard.filter(({ peer_id }) => !connected.has(peer_id));
  if (apart.length > 0) return unreached(apart, connected.size > 0);
  if (connected.size === 0) return nobody();
  return good(`connected with ${formatCount(connected.size, "other peer")}: ${namesOf(running.connected)}`);
}

/** Where some are connected, the others may well be another party on the same network. */
function unreached(apart: readonly SeenPeer[], is_some_connected: boolean): Judgement {
  const shown = apart.map(({ name, addr }) => ({ name: `${name} at ${addr}` }));
  return (is_some_connected ? warning : bad)(
    `heard, but not connected: ${namesOf(shown)}`,
    "they are of another party, or a firewall here or there drops what is sent to their UDP port",
    "compare the passphrases: --party has to be the same on all machines",
    "run lanspread doctor on the other machine, too, and look at its firewall",
  );
}

function nobody(): Judgement {
  return warning(
    "nobody else is heard on the network",
    "either nobody else runs lanspread yet, or something keeps you apart",
    "start lanspread on another machine and look again",
    "look that all machines hang on the same switch or Wi-Fi, and not on its guest network",
    "look at the switch and the access point: client isolation, multicast filters and some IGMP snooping keep " +
      "machines apart",
  );
}

/** Whether all speak the same version. */
export function judgeVersion(facts: Facts): Judgement {
  const other = heardOthers(facts).filter(({ proto_ver }) => proto_ver !== PROTOCOL_VERSION);
  if (other.length === 0) {
    return good(`everybody who is heard speaks version ${PROTOCOL_VERSION} of the protocol`);
  }
  const shown = other.map(({ name, proto_ver }) => ({ name: `${name} (${proto_ver})` }));
  return warning(
    `another version of the protocol than ${PROTOCOL_VERSION} is spoken by ${namesOf(shown)}`,
    "peers of different versions ignore each other",
    "copy the same lanspread to all machines",
  );
}

function namesOf(peers: readonly { name: string }[]): string {
  const names = peers.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = peers.length - names.length;
  return [...names, ...more > 0 ? [`${more} more`] : []].join(", ");
}
