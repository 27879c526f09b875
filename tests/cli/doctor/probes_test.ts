import {
  type Ask,
  iptables,
  lookAtFirewalls,
  macosFirewall,
  nftables,
  type Said,
} from "../../../src/cli/doctor/firewalls.ts";
import { ufwLetsIn, windowsLetsIn } from "../../../src/cli/doctor/firewall_rules.ts";
import {
  isTcpPortFree,
  isUdpPortFree,
  lookAtFolder,
  lookAtUdpBuffers,
} from "../../../src/cli/doctor/machine_probes.ts";
import { readWanted } from "../../../src/cli/doctor.ts";
import { LanspreadError } from "../../../src/base/errors.ts";
import { join } from "../../../src/base/std/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { readOnly, whyNoMounts } from "../../support/mounts.ts";
import { leftOut } from "../../support/print.ts";
import { TempDir } from "../../support/temp_dir.ts";

const PORT = 5_477;
/** Tools that say what a test wrote down, by their command line. */
const tools = (said: Record<string, Said>): Ask => (program, args) =>
  Promise.resolve(said[[program, ...args].join(" ")]);
/** Files with a text; the others are not there. */
const files = (texts: Record<string, string>) => (path: string): Promise<string> => {
  const text = texts[path];
  return text === undefined ? Promise.reject(new Deno.errors.NotFound()) : Promise.resolve(text);
};
const said = (out: string, code = 0): Said => ({ out, code });
const nothing = tools({});

Deno.test("ufw is on where its configuration says so, and lets in what its rules allow", async () => {
  const config = "# comment\nENABLED=yes\n";
  const look = (texts: Record<string, string>) => lookAtFirewalls("linux", PORT, nothing, files(texts));
  const rule = "### tuple ### allow udp 5477 0.0.0.0/0 any 0.0.0.0/0 in\n";
  const both = { "/etc/ufw/ufw.conf": config, "/etc/ufw/user.rules": rule };
  assertEquals(await look(both), [{ name: "ufw", is_active: true, lets_in: true }]);
  const other = { ...both, "/etc/ufw/user.rules": rule.replace("5477", "54777") };
  assertEquals(await look(other), [{ name: "ufw", is_active: true, lets_in: false }]);
  assertEquals(await look({ "/etc/ufw/ufw.conf": config }), [{
    name: "ufw",
    is_active: true,
    lets_in: undefined,
  }]);
  const off = await look({ "/etc/ufw/ufw.conf": "ENABLED=no\n" });
  assertEquals(off.map(({ is_active }) => is_active), [false]);
  assertEquals(await look({}), []);
});

const UFW_RULES: [rule: string, lets_in: boolean | undefined][] = [
  ["allow udp 5477 0.0.0.0/0 any 0.0.0.0/0 in", true],
  ["allow any 5477 0.0.0.0/0 any 0.0.0.0/0 in", true],
  ["allow udp 5353,5477 0.0.0.0/0 any 0.0.0.0/0 in", true],
  ["allow udp 5000:6000 0.0.0.0/0 any 0.0.0.0/0 in", true],
  ["allow any any 0.0.0.0/0 any 0.0.0.0/0 in", true],
  ["allow_log udp 5477 0.0.0.0/0 any 0.0.0.0/0 in comment=67616d6573", true],
  ["allow udp 5477 0.0.0.0/0 any 0.0.0.0/0 lanspread - in", true],
  // Only some are let in, and nobody knows whether the party is among them.
  ["allow any any 0.0.0.0/0 any 192.168.1.0/24 in", undefined],
  ["allow udp 5477 192.168.1.20 any 0.0.0.0/0 in", undefined],
  ["allow udp 5477 0.0.0.0/0 any 0.0.0.0/0 in_eth0", undefined],
  ["limit udp 5477 0.0.0.0/0 any 0.0.0.0/0 in", false],
  ["deny udp 5477 0.0.0.0/0 any 0.0.0.0/0 in", false],
  ["allow tcp 5477 0.0.0.0/0 any 0.0.0.0/0 in", false],
  ["allow udp 5478:6000 0.0.0.0/0 any 0.0.0.0/0 in", false],
  ["allow udp 5477 0.0.0.0/0 any 0.0.0.0/0 out", false],
  ["allow any any 0.0.0.0/0 5477 0.0.0.0/0 in", false],
];
const WORDS: Record<string, string> = {
  true: "lets peers in",
  false: "keeps peers out",
  undefined: "may let peers in",
};
for (const [rule, lets_in] of UFW_RULES) {
  Deno.test(`ufw with the rule "${rule}" ${WORDS[`${lets_in}`]}`, () => {
    assertEquals(ufwLetsIn(`*filter\n### tuple ### ${rule}\n-A ufw-user-input -j X\n`, PORT), lets_in);
  });
}

Deno.test("firewalld is asked for the port and for multicast DNS", async () => {
  const look = (port: string, mdns: string) =>
    lookAtFirewalls(
      "linux",
      PORT,
      tools({
        "firewall-cmd --state": said("running\n"),
        "firewall-cmd --query-port=5477/udp": said(`${port}\n`),
        "firewall-cmd --query-service=mdns": said(`${mdns}\n`),
      }),
      files({}),
    );
  assertEquals(await look("yes", "yes"), [{ name: "firewalld", is_active: true, lets_in: true }]);
  assertEquals(await look("yes", "no"), [{ name: "firewalld", is_active: true, lets_in: false }]);
  assertEquals(await look("", "no"), [{ name: "firewalld", is_active: true, lets_in: undefined }]);
  const off = tools({ "firewall-cmd --state": said("not running\n", 252) });
  const [firewall] = await lookAtFirewalls("linux", PORT, off, files({}));
  assertEquals(firewall?.is_active, false);
});

Deno.test("rules of the kernel count where nothing manages them", async () => {
  const rules = tools({ "iptables -S INPUT": said("-P INPUT DROP\n") });
  assertEquals((await lookAtFirewalls("linux", PORT, rules, files({}))).map(({ name }) => name), [
    "iptables",
  ]);
  const managed = files({ "/etc/ufw/ufw.conf": "ENABLED=yes\n" });
  assertEquals((await lookAtFirewalls("linux", PORT, rules, managed)).map(({ name }) => name), ["ufw"]);
});

Deno.test("nftables and iptables are on where incoming packets are dropped", () => {
  const chain = (policy: string) =>
    `table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy ${policy};\n\t}\n` +
    "\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n";
  assertEquals(nftables(said(chain("drop")))?.is_active, true);
  assertEquals(nftables(said(chain("accept")))?.is_active, false);
  assertEquals(nftables(said("", 1))?.is_active, undefined);
  assertEquals(nftables(undefined), undefined);
  assertEquals(iptables(said("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n"))?.is_active, true);
  assertEquals(iptables(said("-P INPUT ACCEPT\n"))?.is_active, false);
  assertEquals(iptables(said("", 4))?.is_active, undefined);
});

const POLICY =
  "reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\";

/** As Windows keeps a rule in its registry. */
function windowsRule(action: string, more = ""): string {
  const app = "App=C:\\Users\\ann\\lanspread.exe|Name=lanspread.exe|Desc=lanspread.exe|";
  return `v2.32|Action=${action}|Active=TRUE|Dir=In|Protocol=17|${more}${app}`;
}
function windowsRules(...rules: string[]): string {
  const lines = rules.map((rule, at) => `    {0000-${at}}    REG_SZ    ${rule}\r\n`);
  return `\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\...\\FirewallRules\r\n${lines.join("")}\r\nSuche beendet: 1\r\n`;
}
const WINDOWS_RULES: [what: string, rules: string[], lets_in: boolean | undefined][] = [
  ["no rule", [], undefined],
  ["a rule that allows", [windowsRule("Allow")], true],
  ["a rule that allows in public networks", [windowsRule("Allow", "Profile=Public|")], true],
  ["a rule that allows in private networks alone", [windowsRule("Allow", "Profile=Private|")], undefined],
  // What is left of the question at the first start where somebody said no to it.
  ["a rule that blocks", [windowsRule("Block", "Profile=Public|")], false],
  [
    "rules that allow and block",
    [windowsRule("Block", "Profile=Public|"), windowsRule("Allow", "Profile=Private|")],
    undefined,
  ],
  ["a rule that is off", [windowsRule("Block").replace("TRUE", "FALSE")], undefined],
  ["a rule for TCP", [windowsRule("Block").replace("17", "6")], undefined],
  ["a rule for what goes out", [windowsRule("Block").replace("Dir=In", "Dir=Out")], undefined],
];
for (const [what, rules, lets_in] of WINDOWS_RULES) {
  Deno.test(`the firewall of Windows with ${what} ${WORDS[`${lets_in}`]}`, () => {
    assertEquals(windowsLetsIn(windowsRules(...rules)), lets_in);
  });
}

Deno.test("the firewall of Windows is asked in words that are the same in every language", async () => {
  const registry = (state: string): Record<string, Said> => ({
    [`${POLICY}StandardProfile /v EnableFirewall`]: said(`    EnableFirewall    REG_DWORD    ${state}`),
    [`${POLICY}PublicProfile /v EnableFirewall`]: said(`    EnableFirewall    REG_DWORD    ${state}`),
  });
  const rule = { [`${POLICY}FirewallRules /f lanspread /d`]: said(windowsRules(windowsRule("Allow"))) };
  const look = (answers: Record<string, Said>) => lookAtFirewalls("windows", PORT, tools(answers));
  const name = "Windows Firewall";
  assertEquals(await look(registry("0x1")), [{ name, is_active: true, lets_in: undefined }]);
  assertEquals(await look({ ...registry("0x1"), ...rule }), [{ name, is_active: true, lets_in: true }]);
  assertEquals(await look(registry("0x0")), [{ name, is_active: false, lets_in: undefined }]);
  assertEquals(await look({}), [{ name, is_active: undefined, lets_in: undefined }]);
});

Deno.test("the firewall of macOS is off, on, or shut", () => {
  const states = [0, 1, 2].map((state) => macosFirewall(said(`Firewall is x. (State = ${state})`)));
  assertEquals(states.map(({ is_active }) => is_active), [false, true, true]);
  assertEquals(states.map(({ lets_in }) => lets_in), [undefined, undefined, false]);
  assertEquals(macosFirewall(undefined).is_active, undefined);
});

Deno.test("a folder is a folder, missing, or a file, and looking changes nothing", async () => {
  await using dir = await TempDir.make();
  await dir.write("file", "x");
  const there = lookAtFolder(dir.path);
  assertEquals([there.kind, there.is_writable], ["folder", true]);
  assert((there.free_bytes ?? 0) > 0);
  const missing = lookAtFolder(dir.join("a", "b", "c"));
  assertEquals([missing.kind, missing.is_writable, missing.free_bytes !== undefined], [
    "missing",
    true,
    true,
  ]);
  assertEquals(lookAtFolder(dir.join("file")).kind, "not_a_folder");
  assertEquals(lookAtFolder(dir.join("file", "below")).kind, "not_a_folder");
  assertEquals((await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name), ["file"]);
});

Deno.test("a folder in which nobody may write is told as such", { ignore: Deno.build.os !== "linux" }, () => {
  const { kind, is_writable } = lookAtFolder("/proc/self/task");
  assertEquals([kind, is_writable], ["folder", false]);
  assertEquals(lookAtFolder("/proc/self/task/new").is_writable, false);
});

Deno.test("a folder that is mounted read-only is told as such", {
  ignore: leftOut("a folder that is mounted read-only", await whyNoMounts()),
}, async () => {
  await using dir = await TempDir.make();
  await using _ = await readOnly(dir.path);
  const { kind, is_writable } = lookAtFolder(dir.path);
  assertEquals([kind, is_writable], ["folder", false]);
});

Deno.test("a taken port is told as such, and a free one is free again after the look", async () => {
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  assert(udp.addr.transport === "udp");
  assertEquals(await isUdpPortFree("127.0.0.1", udp.addr.port), false);
  using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assertEquals(isTcpPortFree(tcp.addr.port), false);
  const { port } = udp.addr;
  udp.close();
  assertEquals([await isUdpPortFree("127.0.0.1", port), await isUdpPortFree("127.0.0.1", port)], [
    true,
    true,
  ]);
  assertEquals([isTcpPortFree(0), isTcpPortFree(0)], [true, true]);
});

Deno.test("buffers and losses of datagrams are read where the system tells them", async () => {
  const snmp = "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1000 1 70 900 70\n";
  const texts = { "/proc/sys/net/core/rmem_default": "212992\n", "/proc/net/snmp": snmp };
  const linux = await lookAtUdpBuffers("linux", nothing, files(texts));
  assertEquals(linux, { receive_bytes: 212_992, received: 1_000, lost: 70 });
  const mac = tools({ "sysctl -n net.inet.udp.recvspace": said("786896\n") });
  assertEquals((await lookAtUdpBuffers("darwin", mac)).receive_bytes, 786_896);
  const unknown = { receive_bytes: undefined, received: undefined, lost: undefined };
  assertEquals(await lookAtUdpBuffers("windows", nothing), unknown);
  assertEquals(await lookAtUdpBuffers("linux", nothing, files({ "/proc/net/snmp": "junk" })), unknown);
});

Deno.test("doctor takes the flags of a start, goes without a game folder, and tells a broken configuration", async () => {
  await using dir = await TempDir.make();
  const env = (name: string) => name === "HOME" ? dir.path : undefined;
  const folders = ["--state-dir", dir.join("state")];
  const none = await readWanted(folders, env);
  assertEquals([none.has_game_dir, none.problem], [false, undefined]);
  const some = await readWanted([...folders, "--game-dir", dir.path.concat("x"), "--port", "7"], env);
  assertEquals([some.has_game_dir, some.settings.port], [true, 7]);
  await dir.write("state/config.json", `{"port": "high"}`);
  const broken = await readWanted(folders, env);
  assertStringIncludes(broken.problem ?? "", "config.json");
  assertEquals(broken.settings.state_dir, dir.join("state"));
  const wrong = await readWanted(["--state-dir", dir.join("other")], (name) => {
    return name === "LANSPREAD_PORT" ? "high" : env(name);
  });
  assertStringIncludes(wrong.problem ?? "", "LANSPREAD_PORT");
  // Also where doctor is called from among the games.
  const games = Deno.cwd();
  const around = await readWanted(["--game-dir", games, "--state-dir", `${games}/state`], env);
  assertEquals(around.problem?.includes("own folder"), true, around.problem);
  assertEquals(around.settings.state_dir, join(games, "state"));
  const error = await assertRejects(() => readWanted([...folders, "--frob"], env), LanspreadError);
  assertEquals(error.code, "usage");
});
