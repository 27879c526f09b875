/**
 * Asks for the firewalls of this machine, and reads what they say. The reading is pure; the asking runs the platform's
 * own tools, changes nothing, and is bounded in time.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import type { Firewall } from "./facts.ts";
import { ufwLetsIn, windowsLetsIn } from "./firewall_rules.ts";

/** What a tool said; `undefined` where it is not there, or did not end in time. */
export interface Said {
  code: number;
  out: string;
}
/** Runs a tool. */
export type Ask = (program: string, args: readonly string[]) => Promise<Said | undefined>;

const ASK_MS = 2_000;

/** Runs a tool of the platform, for two seconds at most. */
export const askTool: Ask = async (program, args) => {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      env: { LC_ALL: "C" },
      ...{ stdin: "null", stdout: "piped", stderr: "null" },
      signal: AbortSignal.timeout(ASK_MS),
    });
    const { code, stdout } = await command.output();
    return { code, out: new TextDecoder().decode(stdout) };
  } catch (error) {
    logger("doctor").debug("{program}: {reason}", { program, reason: messageOf(error) });
    return undefined;
  }
};

/** The firewalls that this platform may have and that are there, as far as they tell about UDP `port`. */
export async function lookAtFirewalls(
  os: typeof Deno.build.os,
  port: number,
  ask: Ask = askTool,
  readText: (path: string) => Promise<string> = Deno.readTextFile,
): Promise<Firewall[]> {
  if (os === "windows") return [await windowsFirewall(ask)];
  if (os === "darwin") return [macosFirewall(await ask(MACOS_TOOL, ["--getglobalstate"]))];
  const found = await Promise.all([
    ufw(port, readText),
    firewalld(port, ask),
    ask("nft", ["list", "ruleset"]).then(nftables),
    ask("iptables", ["-S", "INPUT"]).then(iptables),
  ]);
  const there = found.filter((firewall) => firewall !== undefined);
  const is_managed = there.some(({ name, is_active }) =>
    is_active && (name === "ufw" || name === "firewalld")
  );
  // These two write the rules of the others.
  return is_managed ? there.filter(({ name }) => name === "ufw" || name === "firewalld") : there;
}

const MACOS_TOOL = "/usr/libexec/ApplicationFirewall/socketfilterfw";

async function ufw(
  port: number,
  readText: (path: string) => Promise<string>,
): Promise<Firewall | undefined> {
  const read = (path: string) => readText(path).catch(() => undefined);
  const config = await read("/etc/ufw/ufw.conf");
  if (config === undefined) return undefined;
  const is_active = /^ENABLED=yes/mi.test(config);
  // Only an administrator may read the rules.
  const rules = await read("/etc/ufw/user.rules");
  return { name: "ufw", is_active, lets_in: rules === undefined ? undefined : ufwLetsIn(rules, port) };
}

async function firewalld(port: number, ask: Ask): Promise<Firewall | undefined> {
  const state = await ask("firewall-cmd", ["--state"]);
  if (!state) return undefined;
  if (!state.out.includes("running") || state.out.includes("not running")) {
    return { name: "firewalld", is_active: false, lets_in: undefined };
  }
  const asked = await Promise.all([
    ask("firewall-cmd", [`--query-port=${port}/udp`]),
    ask("firewall-cmd", ["--query-service=mdns"]),
  ]);
  const answers = asked.map((said) => said?.out.trim());
  const is_known = answers.every((answer) => answer === "yes" || answer === "no");
  const lets_in = is_known ? answers.every((answer) => answer === "yes") : undefined;
  return { name: "firewalld", is_active: true, lets_in };
}

/** A chain of incoming packets that drops what no rule knows. */
export function nftables(said: Said | undefined): Firewall | undefined {
  if (!said) return undefined;
  if (said.code !== 0) return { name: "nftables", is_active: undefined, lets_in: undefined };
  const is_active = /hook input [^}]*?policy drop/.test(said.out);
  return { name: "nftables", is_active, lets_in: undefined };
}

/** The policy of the chain INPUT. */
export function iptables(said: Said | undefined): Firewall | undefined {
  if (!said) return undefined;
  if (said.code !== 0) return { name: "iptables", is_active: undefined, lets_in: undefined };
  return { name: "iptables", is_active: /^-P INPUT (DROP|REJECT)/m.test(said.out), lets_in: undefined };
}

// Asked of the registry, whose answers are the same in every language.
const WINDOWS_POLICY =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\";

async function windowsFirewall(ask: Ask): Promise<Firewall> {
  const states = await Promise.all(
    ["StandardProfile", "PublicProfile"].map((profile) =>
      ask("reg", ["query", WINDOWS_POLICY + profile, "/v", "EnableFirewall"])
    ),
  );
  const is_known = states.every((said) => said?.code === 0);
  const is_active = is_known ? states.some((said) => /0x1\b/.test(said?.out ?? "")) : undefined;
  const rules = await ask("reg", ["query", `${WINDOWS_POLICY}FirewallRules`, "/f", "lanspread", "/d"]);
  return { name: "Windows Firewall", is_active, lets_in: windowsLetsIn(rules?.out ?? "") };
}

/** `Firewall is enabled. (State = 1)`; 0 is off. */
export function macosFirewall(said: Said | undefined): Firewall {
  const [, state] = /State = (\d)/.exec(said?.out ?? "") ?? [];
  return {
    name: "macOS firewall",
    is_active: state === undefined ? undefined : state !== "0",
    lets_in: state === "2" ? false : undefined,
  };
}
