/**
 * A switch with hosts at cables of a set speed, made of network namespaces: what a LAN party has, on one machine.
 * Nothing of it touches the machine's own network. Linux and root only; `whyNoLan()` says what is missing.
 *
 * A host's cable limits what it sends; what it receives is as fast as the machine, so that one host can take what
 * several send.
 *
 * @module
 */

import { inNamespace, ip, sweepNamespaces, whyNoNamespaces } from "./namespaces.ts";
import type { PeerHost } from "./lab.ts";

/** The token bucket may send this much at once; it is larger than any packet that the system hands over. */
const BURST = "256kb";
/** A packet waits at most that long for its turn, as in a switch with a small buffer. */
const LATENCY = "20ms";

let lans = 0;

/** Hosts behind one switch. */
export class Lan implements AsyncDisposable {
  readonly #id = `lanspread-${Deno.pid}-lan${lans++}`;
  readonly #hub = `${this.#id}-hub`;
  readonly #hosts: LanHost[] = [];

  private constructor() {}

  /** `count` hosts, 10.78.0.1 and on, at unlimited cables. */
  static async lay(count: number): Promise<Lan> {
    await sweepNamespaces();
    await using stack = new AsyncDisposableStack();
    const lan = stack.use(new Lan());
    await ip("netns", "add", lan.#hub);
    await ip("-n", lan.#hub, "link", "add", "br0", "type", "bridge", "forward_delay", "0");
    await ip("-n", lan.#hub, "link", "set", "br0", "up");
    for (let n = 1; n <= count; n++) await lan.#addHost(n);
    stack.move();
    return lan;
  }

  get hosts(): readonly LanHost[] {
    return this.#hosts;
  }

  /** The host with this number, from 0. */
  host(n: number): LanHost {
    const host = this.#hosts[n];
    if (!host) throw new RangeError(`there is no host ${n}`);
    return host;
  }

  async #addHost(n: number): Promise<void> {
    const port = `port${n}`;
    const host = new LanHost(`${this.#id}-${n}`, `10.78.0.${n}`, { hub: this.#hub, port });
    await ip("netns", "add", host.namespace);
    this.#hosts.push(host);
    await ip(
      ...["-n", this.#hub, "link", "add", port, "type", "veth"],
      ...["peer", "name", "eth0", "netns", host.namespace],
    );
    await ip("-n", this.#hub, "link", "set", port, "master", "br0", "up");
    await ip("-n", host.namespace, "addr", "add", `${host.address}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) await ip("-n", host.namespace, "link", "set", device, "up");
    await ip("-n", host.namespace, "route", "add", "224.0.0.0/4", "dev", "eth0");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [this.#hub, ...this.#hosts.map(({ namespace }) => namespace)]) {
      await ip("netns", "del", name).catch(() => {});
    }
  }
}

/** One host; programs behind its wrapper run there. */
export class LanHost implements PeerHost {
  constructor(
    readonly namespace: string,
    readonly address: string,
    /** Where its cable ends at the switch. */
    readonly socket: { hub: string; port: string },
  ) {}

  get wrapper(): string[] {
    return inNamespace(this.namespace);
  }

  /** From now on the host sends no faster than this. */
  async limit(mbit_per_s: number): Promise<void> {
    const bucket = ["tbf", "rate", `${mbit_per_s}mbit`, "burst", BURST, "latency", LATENCY];
    await run([...this.wrapper, "tc", "qdisc", "replace", "dev", "eth0", "root", ...bucket]);
  }

  /** Pulls its cable out of the switch; the host keeps its address. */
  async cut(): Promise<void> {
    await this.#plug("down");
  }

  /** Plugs it in again. */
  async heal(): Promise<void> {
    await this.#plug("up");
  }

  async #plug(to: "up" | "down"): Promise<void> {
    await ip("-n", this.socket.hub, "link", "set", this.socket.port, to);
  }

  /** All bytes that its cable brought so far, headers included. */
  async receivedBytes(): Promise<number> {
    return Number(await run([...this.wrapper, "cat", "/sys/class/net/eth0/statistics/rx_bytes"]));
  }

  /** All bytes that its cable carried so far, both ways, headers included. */
  async carriedBytes(): Promise<number> {
    const counters = ["rx_bytes", "tx_bytes"].map((name) => `/sys/class/net/eth0/statistics/${name}`);
    const told = await run([...this.wrapper, "cat", ...counters]);
    return told.trim().split("\n").reduce((sum, line) => sum + Number(line), 0);
  }
}

/** Why there can be no LAN here; `undefined` where there can. */
export async function whyNoLan(): Promise<string | undefined> {
  const reason = await whyNoNamespaces();
  if (reason !== undefined) return reason;
  try {
    await using lan = await Lan.lay(1);
    await lan.host(0).limit(1_000);
    return undefined;
  } catch (error) {
    return `links can't be limited: ${error}`;
  }
}

async function run([program = "", ...args]: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
