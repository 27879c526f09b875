import {
  type InterfaceInfo,
  reachingAddress,
  usableInterfaces,
} from "../../../src/peer/discovery/interfaces.ts";
import { assertEquals } from "../../support/assert.ts";

function info(name: string, address: string, netmask = "255.255.255.0"): InterfaceInfo {
  return { name, address, netmask, family: address.includes(":") ? "IPv6" : "IPv4" };
}

const LO = info("lo", "127.0.0.1", "255.0.0.0");
const ETH = info("eth0", "192.168.1.5");

function addresses(list: InterfaceInfo[], named: string[] = []): string[] {
  return usableInterfaces(list, named).map((own) => own.address);
}

const CASES: { name: string; list: InterfaceInfo[]; named?: string[]; want: string[] }[] = [
  { name: "takes loopback and a cable", list: [LO, ETH], want: ["127.0.0.1", "192.168.1.5"] },
  { name: "takes loopback alone", list: [LO], want: ["127.0.0.1"] },
  { name: "passes over IPv6", list: [info("eth0", "fe80::1"), LO], want: ["127.0.0.1"] },
  {
    name: "takes several networks",
    list: [ETH, info("eth1", "10.0.0.5")],
    want: ["192.168.1.5", "10.0.0.5"],
  },
  {
    name: "announces once on a network that it is in twice, by cable",
    list: [info("wlan0", "192.168.1.6"), ETH],
    want: ["192.168.1.5"],
  },
  {
    name: "passes over a self-assigned address beside a real one",
    list: [info("eth1", "169.254.3.4", "255.255.0.0"), ETH],
    want: ["192.168.1.5"],
  },
  {
    name: "takes a self-assigned address where there is no other",
    list: [LO, info("eth1", "169.254.3.4", "255.255.0.0")],
    want: ["127.0.0.1", "169.254.3.4"],
  },
  {
    name: "passes over a second address of lo",
    list: [LO, info("lo", "10.255.255.254", "255.255.255.255")],
    want: ["127.0.0.1"],
  },
  {
    name: "passes over a network without neighbours",
    list: [ETH, info("x0", "10.5.0.2", "255.255.255.255")],
    want: ["192.168.1.5"],
  },
  {
    name: "passes over addresses that are none",
    list: [info("eth0", "0.0.0.0"), info("eth1", "224.0.0.1")],
    want: [],
  },
  { name: "takes only what is named", list: [LO, ETH], named: ["192.168.1.5"], want: ["192.168.1.5"] },
  {
    name: "takes a tunnel that is named",
    list: [LO, info("wg0", "10.8.0.2")],
    named: ["10.8.0.2"],
    want: ["10.8.0.2"],
  },
  { name: "takes nothing where the named one is missing", list: [LO, ETH], named: ["10.0.0.1"], want: [] },
];

for (const { name, list, named, want } of CASES) {
  Deno.test(`usableInterfaces() ${name}`, () => assertEquals(addresses(list, named), want));
}

Deno.test("usableInterfaces() passes over tunnels, bridges and host-only networks by name", () => {
  const names = [
    ...[
      "docker0",
      "br-1a2b3c4d5e6f",
      "veth12ab",
      "virbr0",
      "tun0",
      "tap0",
      "wg0",
      "tailscale0",
      "ztabcdefgh",
      "utun3",
    ],
    ...["vEthernet (WSL)", "vEthernet (WSL (Hyper-V firewall))", "vEthernet (Default Switch)", "Tailscale"],
    ...[
      "VMware Network Adapter VMnet8",
      "VirtualBox Host-Only Network",
      "ZeroTier One [abc]",
      "vmnet1",
      "vboxnet0",
    ],
  ];
  assertEquals(names.filter((name) => addresses([info(name, "10.9.0.1")]).length > 0), []);
});

Deno.test("usableInterfaces() keeps real interfaces of every system", () => {
  const names = [
    "eth0",
    "enp3s0",
    "wlp2s0",
    "en0",
    "br0",
    "bond0",
    "Ethernet",
    "Wi-Fi",
    "vEthernet (LAN)",
    "Ethernet 2",
  ];
  assertEquals(names.filter((name) => addresses([info(name, "10.9.0.1")]).length === 1), names);
});

const OWN = usableInterfaces([
  LO,
  ETH,
  info("eth1", "10.0.0.5", "255.0.0.0"),
  info("eth2", "10.1.0.5", "255.255.0.0"),
]);

for (
  const [remote, want] of [
    ["192.168.1.77", "192.168.1.5"],
    ["10.7.7.7", "10.0.0.5"],
    ["10.1.7.7", "10.1.0.5"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.5.5.5", "127.0.0.1"],
    ["8.8.8.8", "192.168.1.5"],
    ["255.255.255.255", "192.168.1.5"],
    ["nonsense", "192.168.1.5"],
  ] as const
) {
  Deno.test(`reachingAddress() answers ${want} for ${remote}`, () => {
    // Networks that hold each other are announced once; a caller may still have both.
    const all = [...OWN, { name: "eth2", address: "10.1.0.5", netmask: "255.255.0.0" }];
    assertEquals(reachingAddress(all, remote), want);
  });
}

Deno.test("reachingAddress() falls back to loopback", () => {
  assertEquals(reachingAddress(usableInterfaces([LO]), "192.168.1.9"), "127.0.0.1");
  assertEquals(reachingAddress([], "192.168.1.9"), "127.0.0.1");
});
