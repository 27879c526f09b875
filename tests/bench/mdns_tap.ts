/**
 * Counts multicast DNS as a host on the network hears it, by who sent it. Answers to one host alone are not heard.
 *
 * Run as a program on a host of its own, `<address>`: prints "ready", and answers each line on stdin with the counts so
 * far as JSON, until stdin ends.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { z } from "zod";
import type { LanHost } from "../support/lan.ts";
import { until } from "../support/deadline.ts";
import { HostProcess } from "../support/namespaces.ts";
import { print } from "../support/print.ts";

const PORT = 5353;
const GROUP = "224.0.0.251";

/** Packets and bytes by the address of who sent them. */
export const Heard = z.record(z.string(), z.object({ packets: z.number(), bytes: z.number() }));
export type Heard = z.infer<typeof Heard>;

/** What all hosts together sent; bytes without the headers of IP and UDP. */
export function total(heard: Heard): { packets: number; bytes: number } {
  const all = Object.values(heard);
  return {
    packets: all.reduce((sum, { packets }) => sum + packets, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** A host that listens. */
export class MdnsTap implements AsyncDisposable {
  readonly #process: HostProcess;

  private constructor(host: LanHost) {
    const program = [Deno.execPath(), "run", "-A", import.meta.url, host.address];
    this.#process = new HostProcess([...host.wrapper, ...program]);
  }

  /** Resolves when it hears. */
  static async start(host: LanHost): Promise<MdnsTap> {
    const tap = new MdnsTap(host);
    await until("the tap hears", () => tap.#process.lines.length > 0);
    return tap;
  }

  /** What was heard so far. */
  async heard(): Promise<Heard> {
    const { lines } = this.#process;
    const from = lines.length;
    await this.#process.write("");
    const line = await until("the tap's counts", () => lines[from]);
    return Heard.parse(JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

async function main(address: string): Promise<void> {
  const heard: Heard = {};
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (message, { address: from }) => {
    const { packets, bytes } = heard[from] ?? { packets: 0, bytes: 0 };
    heard[from] = { packets: packets + 1, bytes: bytes + message.length };
  });
  await new Promise<void>((resolve) => socket.bind(PORT, () => resolve()));
  socket.addMembership(GROUP, address);
  print("ready");
  for await (const _ of Deno.stdin.readable) print(JSON.stringify(heard));
  socket.close();
}

if (import.meta.main) await main(Deno.args[0] ?? "");
