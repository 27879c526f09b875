/**
 * What discovery asks the network, and how often.
 *
 * @module
 */

import type { OutgoingPacket } from "./packet.ts";
import { instanceName, OTHER_TTL_S, SERVICE } from "./records.ts";
import type { Announcement } from "./port.ts";

/** A question for one instance takes up to 100 bytes; with these numbers a packet fits a network frame. */
const MAX_KNOWN_ANSWERS = 12;
export const MAX_REFRESHES = 12;

const FIRST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 60_000;

/** A peer that need not answer again. */
export interface KnownInstance {
  instance: string;
  age_s: number;
}

/**
 * Asks who is here. Known answers keep those quiet who are known already (RFC 6762, section 7.1), and this peer
 * itself, which hears its own question.
 */
export function browseQuery(own: Announcement, known: readonly KnownInstance[]): OutgoingPacket {
  const all = [{ instance: instanceName(own), age_s: 0 }, ...known].slice(0, MAX_KNOWN_ANSWERS);
  return {
    type: "query",
    questions: [{ name: SERVICE, type: "PTR" }],
    answers: all.map(({ instance, age_s }) => ({
      type: "PTR",
      name: SERVICE,
      ttl: Math.max(0, OTHER_TTL_S - age_s),
      data: instance,
    })),
  };
}

/** Asks for the records of known instances again, before they expire. */
export function refreshQuery(instances: readonly string[]): OutgoingPacket {
  return { type: "query", questions: instances.map((name) => ({ name, type: "ANY" })) };
}

/**
 * The pause after the question number `asked` (from 0), in milliseconds: 1 s, doubled up to a minute. Where more
 * peers are known than fit as known answers it grows with them, so that the traffic of a large party does not
 * grow with the square of its size.
 */
export function browseInterval(asked: number, known_count: number): number {
  const crowd = Math.max(1, known_count / MAX_KNOWN_ANSWERS);
  return Math.min(FIRST_INTERVAL_MS * 2 ** Math.min(asked, 16), LONGEST_INTERVAL_MS * crowd);
}
