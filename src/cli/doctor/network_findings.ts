/**
 * Findings about the network: which interfaces there are, and what keeps packets from getting through. Pure.
 *
 * @module
 */

import { isLoopback } from "../../peer/discovery/ipv4.ts";
import { isTunnel, usableInterfaces } from "../../peer/discovery/interfaces.ts";
import type { Facts, Firewall } from "./facts.ts";
import { bad, good, type Judgement, warning } from "./finding.ts";

/** Whether there is a network on which others may be. */
export function judgeInterface({ interfaces, named_interfaces }: Facts): Judgement {
  const usable = usableInterfaces(interfaces, named_interfaces);
  const missing = named_interfaces.filter((ip) => !usable.some(({ address }) => address === ip));
  if (missing.length > 0) {
    return bad(
      `no interface has the address ${missing.join(", ")}`,
      "lanspread does not start with an --interface that is not there",
      `use one of these: ${ipv4Of({ interfaces }).join(", ")}; or leave --interface out`,
    );
  }
  const outside = named_interfaces.length > 0 ? usable : usable.filter(({ address }) => !isLoopback(address));
  if (outside.length === 0) {
    return bad(
      "this machine is in no network where others may be",
      "lanspread looks for others on cable and Wi-Fi, not on VPNs and bridges of containers",
      "plug the network cable in, or join the Wi-Fi of the party",
      "where the party meets in a VPN, name it: --interface <its address>",
    );
  }
  const shown = outside.map(({ name, address }) => `${address} (${name})`).join(", ");
  if (!outside.every(({ address }) => address.startsWith("169.254."))) {
    return good(`in the network as ${shown}`);
  }
  return warning(
    `in the network with an address that this machine gave itself: ${shown}`,
    "no router gave it an address, so only others with such an address see it",
    "connect the switch to a router that gives addresses, or give all machines fixed ones",
  );
}

function ipv4Of({ interfaces }: Pick<Facts, "interfaces">): string[] {
  return interfaces.filter(({ family }) => family === "IPv4").map(({ address }) => address);
}

/** Whether a VPN may be in the way. */
export function judgeVpn({ interfaces, named_interfaces, running }: Facts): Judgement {
  const tunnels = interfaces.filter(({ name, family, address }) =>
    family === "IPv4" && isTunnel(name) && !named_interfaces.includes(address)
  );
  if (tunnels.length === 0) return good("no VPN is in the way");
  const shown = tunnels.map(({ name, address }) => `${name} (${address})`).join(", ");
  if (running && running.connected.length > 0) return good(`the VPN ${shown} is not in the way`);
  return warning(
    `a VPN is up: ${shown}`,
    "many VPN programs keep this machine away from the local network while they are connected",
    "disconnect it, or allow the local network in its settings (often called LAN access)",
  );
}

/** Whether multicast DNS, by which peers find each other, works. */
export function judgeMulticast({ survey }: Facts): Judgement {
  const broken = survey.links.filter(({ problem }) => problem !== undefined);
  const deaf = survey.links.filter(({ problem, has_heard_itself }) =>
    problem === undefined && !has_heard_itself
  );
  const all = survey.links.map(({ address }) => address).join(", ");
  if (all === "") return good("multicast DNS is looked at where there is a network");
  if (broken.length === 0 && deaf.length === 0) return good(`multicast DNS works on ${all}`);
  const why = "peers find each other by multicast DNS: UDP port 5353, to 224.0.0.251";
  const other_way = "until then name another machine yourself: send the command connect, with its address";
  if (broken.length > 0) {
    const shown = broken.map(({ address, problem }) => `${address} (${problem})`).join(", ");
    return bad(
      `multicast DNS can't be used on ${shown}`,
      why,
      "end the program that keeps UDP port 5353 for itself, often another service for printers or music",
      other_way,
    );
  }
  return bad(
    `multicast DNS hears nothing on ${deaf.map(({ address }) => address).join(", ")}, not even itself`,
    why,
    "let UDP port 5353 through the firewall of this machine",
    "allow multicast (or the local network) in the settings of the VPN or virus scanner",
    other_way,
  );
}

/** How each firewall is told to let peers in. */
const OPENINGS: Record<Firewall["name"], (port: number) => string[]> = {
  ufw: (port) => [`sudo ufw allow ${port}/udp`, "sudo ufw allow 5353/udp"],
  firewalld: (port) => [
    `sudo firewall-cmd --permanent --add-port=${port}/udp --add-service=mdns`,
    "sudo firewall-cmd --reload",
  ],
  nftables: (port) => [`let UDP ports ${port} and 5353 in, in the chain of the hook input`],
  iptables: (port) => [`sudo iptables -I INPUT -p udp -m multiport --dports ${port},5353 -j ACCEPT`],
  "Windows Firewall": (port) => [
    "in a terminal that runs as administrator: netsh advfirewall firewall add rule name=lanspread dir=in " +
    `action=allow protocol=UDP localport=${port},5353 profile=any`,
    "where somebody said no when Windows asked: Windows Security, Firewall, Allow an app: tick both boxes of lanspread",
  ],
  "macOS firewall": () => [
    "System Settings, Network, Firewall, Options: allow incoming connections for lanspread",
  ],
};

/** Whether a firewall of this machine keeps others out. */
export function judgeFirewall({ firewalls, running, port }: Facts): Judgement {
  const active = firewalls.filter(({ is_active }) => is_active === true);
  const shut = active.filter(({ lets_in }) => lets_in === false);
  const unknown = active.filter(({ lets_in }) => lets_in === undefined);
  const todo = [...shut, ...unknown].flatMap(({ name }) => OPENINGS[name](running?.port ?? port.wanted));
  const why = "others can't reach this machine where UDP ports of lanspread and multicast DNS are shut";
  if (shut.length > 0) return bad(`${namesOf(shut)} keeps others out`, why, ...todo);
  if (unknown.length > 0 && !running?.connected.length) {
    return warning(`${namesOf(unknown)} is on, and may keep others out`, why, ...todo);
  }
  if (active.length > 0) return good(`${namesOf(active)} lets lanspread through`);
  const unclear = firewalls.filter(({ is_active }) => is_active === undefined);
  if (unclear.length === 0) return good("no firewall is on");
  return good(`no firewall is known to be on; only an administrator may look at ${namesOf(unclear)}`);
}

function namesOf(firewalls: readonly Firewall[]): string {
  return firewalls.map(({ name }) => name).join(" and ");
}
