import { examine, isWell } from "../../../src/cli/doctor/examine.ts";
import type { Facts } from "../../../src/cli/doctor/facts.ts";
import { type Finding, FINDING_IDS, type FindingId } from "../../../src/cli/doctor/finding.ts";
import { renderFindings } from "../../../src/cli/doctor/render.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";
import { alsoNamed, connectedWith, heard, surveyOf, wellFacts } from "./facts.ts";

const alice = heard("alice");
const firewall = (name: Facts["firewalls"][number]["name"], lets_in?: boolean): Partial<Facts> => ({
  firewalls: [{ name, is_active: true, lets_in }],
});
const game_dir = (changes: Partial<Facts["state_dir"]>): Partial<Facts> => ({
  game_dir: { path: "/games", kind: "folder", is_writable: true, free_bytes: 1e12, ...changes },
});
const state_dir = (changes: Partial<Facts["state_dir"]>): Partial<Facts> => ({
  state_dir: { path: "/state", kind: "folder", is_writable: true, free_bytes: 1e12, ...changes },
});
const link_local = { name: "eth0", family: "IPv4" as const, address: "169.254.7.7", netmask: "255.255.0.0" };
const loopback = { name: "lo", family: "IPv4" as const, address: "127.0.0.1", netmask: "255.0.0.0" };

type Case = [
  what: string,
  id: FindingId,
  facts: Partial<Facts>,
  verdict: Finding["verdict"],
  ...words: string[],
];

/** One look each; `words` stand in what is said. */
const CASES: Case[] = [
  ["settings that can be read", "settings", {}, "good"],
  ["a broken config.json", "settings", { settings_problem: "config.json: x" }, "bad", "config.json: x"],

  ["no running peer", "peer", {}, "good", "does not run"],
  ["a running peer", "peer", connectedWith(), "good", "5477"],
  ["a peer that crashed", "peer", { is_stale: true }, "good", "without its goodbye"],

  ["the engine that runs", "engine", connectedWith(), "good", "deno runs"],
  ["the engine that would run", "engine", {}, "good", "deno would run"],
  [
    "the other engine, asked for",
    "engine",
    { engine: { name: "matrixai" }, wanted_engine: "matrixai" },
    "good",
    "matrixai would run",
  ],
  [
    "the other engine for lack of the first",
    "engine",
    { engine: { name: "matrixai" } },
    "warning",
    "--unstable-net",
  ],
  ["no engine", "engine", { engine: { problem: "not on this platform" } }, "bad", "not on this platform"],

  ["an interface", "interface", {}, "good", "192.168.1.20 (eth0)"],
  ["no interface but loopback", "interface", { interfaces: [loopback] }, "bad", "cable"],
  ["a VPN alone", "interface", { interfaces: [{ ...link_local, name: "wg0" }] }, "bad", "--interface"],
  [
    "loopback by name",
    "interface",
    { interfaces: [loopback], named_interfaces: ["127.0.0.1"] },
    "good",
    "(lo)",
  ],
  [
    "an interface that is not there",
    "interface",
    { named_interfaces: ["10.9.9.9"] },
    "bad",
    "10.9.9.9",
    "192.168.1.20",
  ],
  [
    "an address that nobody gave",
    "interface",
    { interfaces: [link_local] },
    "warning",
    "169.254.7.7",
    "router",
  ],

  ["no VPN", "vpn", {}, "good"],
  ["a bridge of containers", "vpn", alsoNamed("docker0"), "good"],
  ["a VPN", "vpn", alsoNamed("wg0"), "warning", "wg0 (10.8.0.2)", "LAN access"],
  ["a VPN of Windows", "vpn", alsoNamed("NordVPN Tunnel"), "warning", "NordVPN"],
  ["a VPN that does not disturb", "vpn", { ...alsoNamed("wg0"), ...connectedWith(alice) }, "good", "wg0"],
  ["a VPN in which the party meets", "vpn", { ...alsoNamed("wg0"), named_interfaces: ["10.8.0.2"] }, "good"],

  ["multicast that comes back", "multicast", {}, "good", "192.168.1.20"],
  ["no network for multicast", "multicast", { survey: { links: [], heard: [] } }, "good", "where there is"],
  [
    "multicast that does not come back",
    "multicast",
    { survey: surveyOf({ has_heard_itself: false }) },
    "bad",
    "5353",
    "192.168.1.20",
  ],
  [
    "a port 5353 that is taken",
    "multicast",
    { survey: surveyOf({ problem: "EADDRINUSE" }) },
    "bad",
    "EADDRINUSE",
  ],

  ["no firewall", "firewall", {}, "good", "no firewall is on"],
  [
    "a firewall that nobody may look at",
    "firewall",
    {
      firewalls: [{ name: "nftables", is_active: undefined, lets_in: undefined }],
    },
    "good",
    "administrator",
    "nftables",
  ],
  ["a firewall with the rule", "firewall", firewall("ufw", true), "good", "ufw lets"],
  ["a firewall without the rule", "firewall", firewall("ufw", false), "bad", "sudo ufw allow 5477/udp"],
  ["ufw that can't be asked", "firewall", firewall("ufw"), "warning", "sudo ufw allow 5353/udp"],
  [
    "firewalld that is shut",
    "firewall",
    firewall("firewalld", false),
    "bad",
    "--add-port=5477/udp --add-service=mdns",
  ],
  ["nftables that drops", "firewall", firewall("nftables"), "warning", "hook input"],
  ["iptables that drops", "firewall", firewall("iptables"), "warning", "--dports 5477,5353"],
  [
    "the firewall of Windows",
    "firewall",
    firewall("Windows Firewall"),
    "warning",
    "netsh advfirewall",
    "5477,5353",
    "Allow an app",
  ],
  ["the firewall of macOS", "firewall", firewall("macOS firewall"), "warning", "System Settings"],
  [
    "a firewall through which peers are connected",
    "firewall",
    { ...firewall("ufw"), ...connectedWith(alice) },
    "good",
    "ufw lets lanspread through",
  ],

  ["a free port", "port", {}, "good", "5477 is free"],
  ["any port", "port", { port: { wanted: 0, is_asked_for: true, is_free: true } }, "good"],
  [
    "the usual port taken",
    "port",
    { port: { wanted: 5477, is_asked_for: false, is_free: false } },
    "warning",
    "next free",
  ],
  [
    "an asked port taken",
    "port",
    { port: { wanted: 6000, is_asked_for: true, is_free: false } },
    "bad",
    "--port",
  ],
  ["a running peer on its port", "port", connectedWith(), "good", "5477 is used"],
  [
    "a running peer on another port",
    "port",
    { ...connectedWith(), port: { wanted: 6000, is_asked_for: false, is_free: false } },
    "good",
  ],
  [
    "a running peer on another port behind a firewall",
    "port",
    { ...connectedWith(), ...firewall("ufw"), port: { wanted: 6000, is_asked_for: false, is_free: false } },
    "warning",
    "UDP port 5477 through the firewall",
  ],

  [
    "a running peer on any port behind a firewall",
    "port",
    { ...connectedWith(), ...firewall("ufw"), port: { wanted: 0, is_asked_for: true, is_free: true } },
    "warning",
    "--port 5477",
  ],
  [
    "a running peer on another port that the firewall lets in",
    "port",
    {
      ...connectedWith(),
      ...firewall("ufw", true),
      port: { wanted: 6000, is_asked_for: false, is_free: false },
    },
    "good",
  ],

  ["a free control port", "control-port", {}, "good", "TCP port 5477"],
  ["any control port", "control-port", { http_port: { wanted: 0, is_free: true } }, "good", "any TCP port"],
  [
    "a taken control port",
    "control-port",
    { http_port: { wanted: 5477, is_free: false } },
    "bad",
    "--http-port",
  ],
  [
    "the control port of the running peer",
    "control-port",
    { ...connectedWith(), http_port: { wanted: 5477, is_free: false } },
    "good",
  ],

  ["a game folder", "game-folder", {}, "good", "/games"],
  ["no game folder", "game-folder", { game_dir: undefined }, "warning", "--game-dir"],
  [
    "a running peer's game folder",
    "game-folder",
    { game_dir: undefined, ...connectedWith() },
    "good",
    "--game-dir",
  ],
  ["a game folder that is missing", "game-folder", game_dir({ kind: "missing" }), "bad", "not there", "plug"],
  ["a game folder that is a file", "game-folder", game_dir({ kind: "not_a_folder" }), "bad", "is a file"],
  ["a game folder that is read-only", "game-folder", game_dir({ is_writable: false }), "bad", "read-only"],

  ["a state folder", "state-folder", {}, "good", "/state"],
  ["a state folder to be made", "state-folder", state_dir({ kind: "missing" }), "good", "can be made"],
  [
    "a state folder that can't be made",
    "state-folder",
    state_dir({ kind: "missing", is_writable: false }),
    "bad",
    "--state-dir",
  ],
  ["a state folder that is a file", "state-folder", state_dir({ kind: "not_a_folder" }), "bad", "is a file"],
  [
    "a state folder that is read-only",
    "state-folder",
    state_dir({ is_writable: false }),
    "bad",
    "can't be written",
  ],

  ["room", "disk", {}, "good", "1.0 TB"],
  [
    "no room at all",
    "disk",
    game_dir({ free_bytes: 0.5e9 }),
    "bad",
    "500.0 MB",
    "lanspread rm",
    "stream-install",
  ],
  ["little room", "disk", game_dir({ free_bytes: 5e9 }), "warning", "5.0 GB"],
  [
    "less room than the largest game needs",
    "disk",
    {
      ...game_dir({ free_bytes: 50e9 }),
      running: { peer_id: "x", engine: "deno", port: 5_477, connected: [], largest_missing_bytes: 30e9 },
    },
    "warning",
    "60.0 GB",
  ],
  ["room for the largest game", "disk", {
    ...game_dir({ free_bytes: 70e9 }),
    running: { peer_id: "x", engine: "deno", port: 5_477, connected: [], largest_missing_bytes: 30e9 },
  }, "good"],
  ["no room for the state", "disk", state_dir({ free_bytes: 1e6 }), "bad", "/state"],
  ["a disk that can't be asked", "disk", game_dir({ free_bytes: undefined }), "good"],

  ["buffers of the usual size", "udp-buffers", {}, "good", "212992"],
  ["buffers that the system sizes", "udp-buffers", {
    udp_buffers: { receive_bytes: undefined, received: undefined, lost: undefined },
  }, "good"],
  [
    "small buffers",
    "udp-buffers",
    {
      udp_buffers: { receive_bytes: 65_536, received: 0, lost: 0 },
    },
    "warning",
    "65536",
    "net.core.rmem_default=2097152",
  ],
  [
    "small buffers of macOS",
    "udp-buffers",
    {
      os: "darwin",
      udp_buffers: { receive_bytes: 65_536, received: undefined, lost: undefined },
    },
    "warning",
    "net.inet.udp.recvspace=2097152",
  ],
  [
    "datagrams that were lost",
    "udp-buffers",
    {
      udp_buffers: { receive_bytes: 212_992, received: 1e6, lost: 5_000 },
    },
    "warning",
    "5000 datagrams",
  ],
  ["a few datagrams that were lost among many", "udp-buffers", {
    udp_buffers: { receive_bytes: 212_992, received: 1e9, lost: 5_000 },
  }, "good"],

  ["somebody who is heard", "others", {}, "good", "alice"],
  ["nobody", "others", { survey: surveyOf({}) }, "warning", "IGMP snooping"],
  ["nobody beside the running peer", "others", { survey: surveyOf({}), ...connectedWith() }, "warning"],
  [
    "somebody who is connected",
    "others",
    { survey: surveyOf({}, alice), ...connectedWith(alice) },
    "good",
    "1 other peer",
  ],
  [
    "somebody who is not connected",
    "others",
    {
      survey: surveyOf({}, alice),
      ...connectedWith(),
    },
    "bad",
    "alice at 192.168.1.21:5477",
    "--party",
  ],
  [
    "many who are connected",
    "others",
    {
      survey: surveyOf({}),
      ...connectedWith(...Array.from({ length: 20 }, (_, n) => heard(`p${n}`))),
    },
    "good",
    "20 other peers",
    "12 more",
  ],

  ["one version", "version", {}, "good"],
  [
    "another version",
    "version",
    { survey: surveyOf({}, heard("carol", 99)) },
    "warning",
    "carol (99)",
    "copy",
  ],
];

for (const [what, id, facts, verdict, ...words] of CASES) {
  Deno.test(`doctor finds ${what} to be ${verdict}`, () => {
    const finding = examine(wellFacts(facts)).find((finding) => finding.id === id);
    assertEquals(finding?.verdict, verdict, JSON.stringify(finding));
    const text = [finding?.what, finding?.why, ...finding?.todo ?? []].join("\n");
    for (const word of words) assertStringIncludes(text, word);
    assertEquals((finding?.todo ?? []).length > 0, verdict !== "good", "what to do, where it is not good");
  });
}

Deno.test("every finding has a test of its good and of its other verdict", () => {
  // Whether a peer runs is never bad.
  const tested = new Set(CASES.map(([, id, , verdict]) => `${id} ${verdict === "good"}`));
  assertEquals(FINDING_IDS.filter((id) => !tested.has(`${id} true`)), []);
  assertEquals(FINDING_IDS.filter((id) => !tested.has(`${id} false`)), ["peer"]);
});

Deno.test("a machine on which all is well has only good findings, in order", () => {
  const findings = examine(wellFacts());
  assertEquals(findings.map(({ id }) => id), [...FINDING_IDS]);
  assertEquals(findings.filter(({ verdict }) => verdict !== "good"), []);
  assertStringIncludes(renderFindings(findings, false), "\n\nNothing keeps peers from seeing each other.\n");
});

Deno.test("warnings leave the exit code alone, one bad finding does not", () => {
  assert(isWell(examine(wellFacts({ game_dir: undefined }))));
  assert(!isWell(examine(wellFacts({ settings_problem: "x" }))));
});

Deno.test("a finding is one line, and where it is not good it says why and what to do", () => {
  const facts = wellFacts({ settings_problem: "x", survey: surveyOf({}) });
  const text = renderFindings(examine(facts), false);
  const [first, why, todo, second] = text.split("\n");
  assertStringIncludes(first ?? "", "✗ settings: the settings can't be used: x");
  assertEquals(why?.startsWith("    lanspread does not start"), true);
  assertEquals(todo?.startsWith("    → "), true);
  assertStringIncludes(second ?? "", "✓ peer: ");
  assertStringIncludes(text, "\n! others: ");
  assertStringIncludes(text, "\n\n1 thing to put right (✗), 1 thing that may disturb (!).\n");
  assert(!text.includes("\x1b"), "no colour");
  assertStringIncludes(renderFindings(examine(facts), true), "\x1b[31m✗\x1b[0m settings");
});
