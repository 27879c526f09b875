/**
 * Two hosts on one network: real processes in network namespaces that the test makes and removes. The file is also
 * the program that runs in them: `hosts_test.ts <peer_id> <port>` writes one JSON line for each event.
 */

import { createDnsSd } from "../../../src/peer/discovery/dns_sd.ts";
import { SERVICE } from "../../../src/peer/discovery/records.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { assertEquals } from "../../support/assert.ts";
import { until } from "../../support/deadline.ts";

const A = "aaaaaaaa-0000-4000-8000-000000000001";
const B = "bbbbbbbb-0000-4000-8000-000000000001";

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args, stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Two namespaces with a cable between them; 10.77.0.1 and 10.77.0.2 are its ends. */
class Cable implements AsyncDisposable {
  readonly names: readonly [string, string];
  constructor(pid = Deno.pid) {
    this.names = [`lanspread-${pid}-a`, `lanspread-${pid}-b`];
  }

  static async lay(): Promise<Cable> {
    await using stack = new AsyncDisposableStack();
    const cable = stack.use(new Cable());
    const [a, b] = cable.names;
    for (const name of cable.names) await ip("netns", "add", name);
    await ip("-n", a, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", b);
    for (const [at, name] of cable.names.entries()) {
      await ip("-n", name, "addr", "add", `10.77.0.${at + 1}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) await ip("-n", name, "link", "set", device, "up");
      await ip("-n", name, "route", "add", "224.0.0.0/4", "dev", "eth0");
    }
    stack.move();
    return cable;
  }

  async [Symbol.asyncDispose]() {
    for (const name of this.names) await ip("netns", "del", name).catch(() => {});
  }
}

/** One process of this file in a namespace. */
class Host implements AsyncDisposable {
  readonly events: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(namespace: string, peer_id: string, port: number) {
    const program = [Deno.execPath(), "run", "-A", import.meta.filename ?? "", peer_id, String(port)];
    const args = ["netns", "exec", namespace, ...program];
    this.#process = new Deno.Command("ip", { args, stdout: "piped", stderr: "inherit", stdin: "null" })
      .spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const part of text) {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      this.events.push(...lines);
    }
  }

  /** Ends the process politely and waits for its exit code: it must end by itself after `run()`. */
  async stop(): Promise<number> {
    // `ip netns exec` replaces itself by the program, so this is the program's id.
    this.#process.kill("SIGTERM");
    await this.#reading;
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose]() {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#reading;
    await this.#process.status;
  }
}

async function whyNot(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "network namespaces exist on Linux only";
  if (Deno.uid() !== 0) return "making network namespaces needs root";
  try {
    await using _cable = await Cable.lay();
    return undefined;
  } catch (error) {
    return `network namespaces can't be made: ${error}`;
  }
}

function print(...words: unknown[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(words.join(" ") + "\n"));
}

/** Runs discovery until SIGTERM. */
async function runHost(peer_id: string, port: number): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGTERM", onSignal);
  const announcement = { peer_id: PeerId.parse(peer_id), name: "host", proto_ver: 1, library_rev: 1, port };
  await createDnsSd({ announcement, named_interfaces: [] }).run({
    onSeen: (peer) => print("seen", peer.peer_id, peer.addr),
    onGone: (gone_id) => print("gone", gone_id),
    onProblem: (interface_ip, error) => print("problem", interface_ip, error),
  }, stop.signal);
  Deno.removeSignalListener("SIGTERM", onSignal);
}

if (import.meta.main && Deno.args.length === 2) {
  await runHost(Deno.args[0] ?? "", Number(Deno.args[1]));
} else {
  const reason = await whyNot();
  if (reason) print(`skipped: two hosts that share ${SERVICE}: ${reason}`);
  Deno.test({
    name:
      "two hosts see each other by multicast at their network's addresses, and the goodbye, and end by themselves",
    ignore: reason !== undefined,
    fn: async () => {
      await using cable = await Cable.lay();
      await using a = new Host(cable.names[0], A, 5_001);
      await using b = new Host(cable.names[1], B, 5_002);
      await until("both hosts see each other", () => a.events.length > 0 && b.events.length > 0);
      assertEquals([a.events, b.events], [[`seen ${B} 10.77.0.2:5002`], [`seen ${A} 10.77.0.1:5001`]]);
      assertEquals(await a.stop(), 0);
      await until("the goodbye", () => b.events.length > 1);
      assertEquals(b.events.at(-1), `gone ${A}`);
      assertEquals(await b.stop(), 0);
    },
  });

  Deno.test({
    name: "two hosts find each other again after the cable was pulled",
    ignore: reason !== undefined,
    fn: async () => {
      await using cable = await Cable.lay();
      await ip("-n", cable.names[0], "link", "set", "eth0", "down");
      await using a = new Host(cable.names[0], A, 5_001);
      await using b = new Host(cable.names[1], B, 5_002);
      await until("the problem is told", () => a.events.length > 0);
      assertEquals(a.events[0]?.startsWith("problem 10.77.0.1 "), true, a.events.join());
      await ip("-n", cable.names[0], "link", "set", "eth0", "up");
      await until("both hosts see each other", () => a.events.length > 1 && b.events.length > 0);
      assertEquals([a.events[1], b.events], [`seen ${B} 10.77.0.2:5002`, [`seen ${A} 10.77.0.1:5001`]]);
    },
  });
}
