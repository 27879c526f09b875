/**
 * What the rules of ufw and of the Windows Firewall let in. Pure.
 *
 * @module
 */

/** A comment before each rule: action, protocol, ports, destination, source port, source, applications, direction. */
const UFW_RULE =
  /^### tuple ### allow(?:_\S+)? (any|udp) (\S+) (\S+) any (\S+) (?:\S+ \S+ )?in(_\S+)?(?: |$)/gm;
const ANYWHERE = "0.0.0.0/0";

/**
 * Whether these rules open `port`; `undefined` where they do so for some networks or interfaces alone. Multicast DNS is
 * let in by default.
 */
export function ufwLetsIn(rules: string, port: number): boolean | undefined {
  const opening = [...rules.matchAll(UFW_RULE)].filter(([, , ports = ""]) => holdsPort(ports, port));
  if (opening.length === 0) return false;
  const is_for_all = opening.some(([, , , to, from, only_on]) =>
    to === ANYWHERE && from === ANYWHERE && only_on === undefined
  );
  return is_for_all || undefined;
}

/** `any`, `5477`, `5353,5477`, `5000:6000`. */
function holdsPort(ports: string, port: number): boolean {
  return ports.split(",").some((part) => {
    const [first = "", last = first] = part.split(":");
    return part === "any" || Number(first) <= port && port <= Number(last);
  });
}

/**
 * What the rules about lanspread say of UDP that comes in. A rule that blocks is what the question at the first start
 * leaves behind where somebody said no; in which kind of network this machine is now, they do not tell.
 */
export function windowsLetsIn(rules: string): boolean | undefined {
  const about_udp = rules.split("\n").filter((rule) =>
    rule.includes("|Active=TRUE|") && rule.includes("|Dir=In|") &&
    (rule.includes("|Protocol=17|") || !rule.includes("|Protocol="))
  );
  const allowing = about_udp.filter((rule) => rule.includes("|Action=Allow|"));
  const is_blocked = about_udp.some((rule) => rule.includes("|Action=Block|"));
  if (is_blocked) return allowing.length > 0 ? undefined : false;
  return allowing.some((rule) => !rule.includes("|Profile=") || rule.includes("|Profile=Public|")) ||
    undefined;
}
