/**
 * Arithmetic on IPv4 addresses as unsigned 32-bit numbers.
 *
 * @module
 */

/** An address and the mask of its network, both dotted. */
export interface Ipv4Network {
  readonly address: string;
  readonly netmask: string;
}

/** The value of a dotted address, or `undefined` where it is none. */
export function parseIpv4(dotted: string): number | undefined {
  const parts = dotted.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

/** Whether `dotted` lies in the network around `network.address`. */
export function contains(network: Ipv4Network, dotted: string): boolean {
  const [own, mask, other] = [parseIpv4(network.address), parseIpv4(network.netmask), parseIpv4(dotted)];
  if (own === undefined || mask === undefined || other === undefined) return false;
  return ((own ^ other) & mask) === 0;
}

/** How many bits of a mask are set. */
export function prefixBits(netmask: string): number {
  return (parseIpv4(netmask) ?? 0).toString(2).replaceAll("0", "").length;
}

/** Whether `dotted` is in 127.0.0.0/8. */
export function isLoopback(dotted: string): boolean {
  return parseIpv4(dotted) !== undefined && dotted.startsWith("127.");
}
