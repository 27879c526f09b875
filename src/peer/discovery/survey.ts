/**
 * A short look at the networks: can multicast DNS be used on each interface, and who is heard there? It asks who is
 * here as any browser does, and tells nothing about this machine.
 *
 * Goals: one bounded look, for a diagnosis. Non-goals: staying up to date; that is discovery's.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import { PeerId, splitAddress } from "../../proto/ids.ts";
import { type InterfaceInfo, type UsableInterface, usableInterfaces } from "./interfaces.ts";
import { contains } from "./ipv4.ts";
import { type Join, joinMulticast } from "./mdns_socket.ts";
import type { DnsPacket, DnsSource } from "./packet.ts";
import type { SeenPeer } from "./port.ts";
import { SERVICE } from "./records.ts";
import { readSightings } from "./sightings.ts";

/** One interface. */
export interface SurveyedLink {
  name: string;
  address: string;
  /** Why it can't be used. */
  problem: string | undefined;
  /** Multicast comes back to the machine that sent it, unless something on the way swallows it. */
  has_heard_itself: boolean;
}

/** What a look showed. */
export interface NetworkSurvey {
  links: readonly SurveyedLink[];
  /** Each peer once. */
  heard: readonly SeenPeer[];
}

/** How a look is made. */
export interface SurveyOptions {
  named_interfaces: readonly string[];
  mdns_port: number;
  interfaces: readonly InterfaceInfo[];
  join?: Join;
  clock?: Clock;
}

/** Responders may take a while to answer (RFC 6762, section 6: up to 120 ms; sleepy machines longer). */
const LOOK_MS = 1_200;
const ASK_EVERY_MS = 400;
/** No own question came back by then. */
const DEAF_MS = 3_000;
const NOBODY = PeerId.parse("00000000-0000-4000-8000-000000000000");

/** Looks at all usable interfaces at once, for at most about three seconds. Throws when the signal aborts. */
export async function surveyNetwork(options: SurveyOptions, signal: AbortSignal): Promise<NetworkSurvey> {
  const usable = usableInterfaces(options.interfaces, options.named_interfaces);
  const heard = new Map<string, SeenPeer>();
  const links = await Promise.all(usable.map((own) => surveyLink(own, options, heard, signal)));
  return { links, heard: [...heard.values()] };
}

async function surveyLink(
  own: UsableInterface,
  { join = joinMulticast, clock = SYSTEM_CLOCK, mdns_port }: SurveyOptions,
  heard: Map<string, SeenPeer>,
  signal: AbortSignal,
): Promise<SurveyedLink> {
  const { name, address } = own;
  // By it the own question is known from those of a peer on this machine.
  const id = crypto.getRandomValues(new Uint16Array(1))[0] || 1;
  let has_heard_itself = false;
  const onPacket = (packet: DnsPacket, source: DnsSource) => {
    if (packet.type === "query" && packet.id === id) has_heard_itself = true;
    for (const peer of peersIn(packet, source, own)) heard.set(peer.peer_id, peer);
  };
  try {
    const socket = await join(address, mdns_port, { onPacket, onError: () => {} });
    try {
      for (let waited_ms = 0; waited_ms < (has_heard_itself ? LOOK_MS : DEAF_MS); waited_ms += ASK_EVERY_MS) {
        await socket.send({ type: "query", id, questions: [{ name: SERVICE, type: "PTR" }] });
        await clock.sleep(ASK_EVERY_MS, signal);
      }
    } finally {
      await socket.close();
    }
    return { name, address, problem: undefined, has_heard_itself };
  } catch (error) {
    signal.throwIfAborted();
    return { name, address, problem: messageOf(error), has_heard_itself };
  }
}

function peersIn(packet: DnsPacket, source: DnsSource, own: UsableInterface): SeenPeer[] {
  if (packet.type !== "response" || !contains(own, source.address)) return [];
  const records = [...packet.answers, ...packet.additionals];
  const listener = { own_id: NOBODY, interface_ip: own.address };
  return readSightings(records, listener).filter(({ ttl_s, peer }) =>
    ttl_s > 0 && contains(own, splitAddress(peer.addr)?.hostname ?? "")
  ).map(({ peer }) => peer);
}
