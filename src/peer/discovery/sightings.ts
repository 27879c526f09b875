/**
 * Reads what others announce. The records come from anyone on the network: what does not make a whole, valid peer
 * is passed over without a word.
 *
 * @module
 */

import { z } from "zod";
import { DisplayName, joinAddress, PeerId } from "../../proto/ids.ts";
import { LibraryRev } from "../../proto/library.ts";
import { isLoopback, parseIpv4 } from "./ipv4.ts";
import { type DnsAnswer, foldName } from "./packet.ts";
import type { SeenPeer } from "./port.ts";
import { HOST_TTL_S, SERVICE } from "./records.ts";

/** More instances in one packet than this are not read. */
const MAX_PER_PACKET = 64;

/** A peer as one packet showed it. */
export interface Sighting {
  peer: SeenPeer;
  /** The full name of the service instance. */
  instance: string;
  /** How long it holds, in seconds; 0 is a goodbye. */
  ttl_s: number;
}

/** Where the records came in. */
export interface Listener {
  own_id: PeerId;
  interface_ip: string;
}

const Digits = z.string().regex(/^\d{1,16}$/).transform(Number);
const Txt = z.object({
  peer_id: PeerId,
  name: DisplayName,
  proto_ver: Digits.pipe(z.number().int().max(0x7fff_ffff)),
  library_rev: Digits.pipe(LibraryRev),
});
const Ttl = z.number().int().nonnegative();
const Srv = z.object({
  ttl: Ttl,
  data: z.object({ port: z.number().int().min(1).max(65_535), target: z.string() }),
});
const Host = z.object({ ttl: Ttl, data: z.string() });
const TxtRecord = z.object({ ttl: Ttl, data: z.array(z.instanceof(Uint8Array)).max(64) });

/** The peers that `records` (answers and additional records of one packet) describe; never oneself. */
export function readSightings(records: readonly DnsAnswer[], listener: Listener): Sighting[] {
  const of = (type: string) =>
    new Map(records.filter((r) => r.type === type).map((r) => [foldName(r.name), r]));
  const [services, hosts] = [of("SRV"), of("A")];
  const texts = [...of("TXT").values()].filter((record) => isInstance(record.name)).slice(0, MAX_PER_PACKET);
  return texts.map((text) => {
    const service = Srv.safeParse(services.get(foldName(text.name))).data;
    const host = service && hosts.get(foldName(service.data.target));
    return service && readOne(text, service, Host.safeParse(host).data, listener);
  }).filter((sighting) => sighting !== undefined);
}

function readOne(
  text: DnsAnswer,
  service: z.infer<typeof Srv>,
  host: z.infer<typeof Host> | undefined,
  { own_id, interface_ip }: Listener,
): Sighting | undefined {
  const record = TxtRecord.safeParse(text).data;
  const told = record && Txt.safeParse(readTxt(record.data)).data;
  if (!record || !told || !host || told.peer_id === own_id) return undefined;
  if (!isPlausible(host.data, interface_ip)) return undefined;
  // However long others claim it, nothing is believed for longer than our own records would be.
  const ttl_s = Math.min(record.ttl, service.ttl, host.ttl, HOST_TTL_S);
  return { peer: { ...told, addr: joinAddress(host.data, service.data.port) }, instance: text.name, ttl_s };
}

/** One label below the service type, that can be sent again as it is. */
function isInstance(name: string): boolean {
  if (!foldName(name).endsWith(`.${SERVICE}`)) return false;
  const label = name.slice(0, -SERVICE.length - 1);
  return label !== "" && !label.includes(".") && new TextEncoder().encode(label).length <= 63;
}

/** A loopback address means something only to those who heard it there. */
function isPlausible(address: string, interface_ip: string): boolean {
  const value = parseIpv4(address);
  if (value === undefined || value < 0x0100_0000 || value >= 0xe000_0000) return false;
  return isLoopback(address) === isLoopback(interface_ip);
}

/** The pairs of a TXT record: keys ignore case, and the first of a key counts (RFC 6763, section 6.4). */
function readTxt(strings: readonly Uint8Array[]): Record<string, string> {
  const pairs = strings.map((bytes) => new TextDecoder().decode(bytes)).filter((pair) =>
    pair.indexOf("=") > 0
  )
    .map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at).toLowerCase(), pair.slice(at + 1)];
    });
  return Object.fromEntries(pairs.toReversed());
}
