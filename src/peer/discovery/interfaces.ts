/**
 * Which network interfaces discovery uses, decided from a list alone.
 *
 * Goals: every network where players may sit, the machine's own loopback, and nothing that leads into a VPN, a
 * container or a virtual machine. Non-goals: asking the system for the list, IPv6 (the listener is IPv4).
 *
 * @module
 */

import { contains, isLoopback, parseIpv4, prefixBits } from "./ipv4.ts";

/** The part of `Deno.NetworkInterfaceInfo` that counts here. */
export interface InterfaceInfo {
  name: string;
  family: "IPv4" | "IPv6";
  address: string;
  netmask: string;
}

/** One own IPv4 address and the network that it sits in. */
export interface UsableInterface {
  readonly name: string;
  readonly address: string;
  readonly netmask: string;
}

/** Names of tunnels on Linux, macOS and Windows. */
const TUNNELS = [
  /^(tun|tap|wg|ppp|ipsec|utun|tailscale|zt|nordlynx|proton|mullvad|ham\d)/i,
  /\b(OpenVPN|WireGuard|TAP-Windows|ZeroTier|Hamachi|Radmin|NordVPN)\b/i,
];
/** Names of container bridges and host-only networks, and tunnels. */
const VIRTUAL = [
  /^(docker|podman|br-|veth|virbr|vnet|lxcbr|lxdbr|incusbr|cni|flannel|cali|vmnet|vboxnet)/,
  /^vEthernet \(.*(WSL|Default Switch|nat|HNS|Docker).*\)/i,
  /\b(VMware|VirtualBox|Host-Only)\b/i,
  ...TUNNELS,
];
const WIRELESS = /^(wl|wi-?fi)/i;

/** The interfaces to announce on, in order of preference. `named_ips`: only these addresses, whatever they are. */
export function usableInterfaces(
  list: readonly InterfaceInfo[],
  named_ips: readonly string[] = [],
): UsableInterface[] {
  const ipv4 = list.filter((info) => info.family === "IPv4" && isUnicast(info.address)).map(pick);
  if (named_ips.length > 0) return ipv4.filter((info) => named_ips.includes(info.address));
  const loopback = ipv4.filter((info) => isLoopback(info.address)).slice(0, 1);
  const outside = ipv4.filter(leadsToPlayers);
  const routed = outside.filter((info) => !isLinkLocal(info.address));
  // Self-assigned addresses are junk beside real ones, but all there is on a network without DHCP.
  const chosen = routed.length > 0 ? routed : outside;
  return [...loopback, ...oncePerNetwork(chosen)];
}

/** Whether an interface of this name leads into a VPN. */
export function isTunnel(name: string): boolean {
  return TUNNELS.some((pattern) => pattern.test(name));
}

/**
 * The own address that a peer at `remote_ip` can reach: on the network that holds it, otherwise the first one that
 * is not loopback, otherwise loopback.
 */
export function reachingAddress(interfaces: readonly UsableInterface[], remote_ip: string): string {
  const loopback = interfaces.find((own) => isLoopback(own.address))?.address ?? "127.0.0.1";
  if (isLoopback(remote_ip)) return loopback;
  const outside = interfaces.filter((own) => !isLoopback(own.address));
  const near = outside.filter((own) => contains(own, remote_ip));
  const [nearest] = near.sort((a, b) => prefixBits(b.netmask) - prefixBits(a.netmask));
  return (nearest ?? outside[0])?.address ?? loopback;
}

function pick({ name, address, netmask }: InterfaceInfo): UsableInterface {
  return { name, address, netmask };
}

function leadsToPlayers(info: UsableInterface): boolean {
  // The second address that some systems put on "lo", and point-to-point links without neighbours.
  if (isLoopback(info.address) || /^lo\d*$/.test(info.name) || prefixBits(info.netmask) === 32) return false;
  return !VIRTUAL.some((pattern) => pattern.test(info.name));
}

/** Two addresses in one network would make others see this peer's address change back and forth; cable first. */
function oncePerNetwork(interfaces: UsableInterface[]): UsableInterface[] {
  const ordered = interfaces.toSorted((a, b) =>
    Number(WIRELESS.test(a.name)) - Number(WIRELESS.test(b.name))
  );
  return ordered.filter((own, at) => !ordered.slice(0, at).some((other) => contains(other, own.address)));
}

function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.");
}

function isUnicast(address: string): boolean {
  const value = parseIpv4(address);
  return value !== undefined && value !== 0 && value < 0xe000_0000;
}
