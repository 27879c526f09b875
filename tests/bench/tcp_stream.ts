/**
 * Plain TCP, bytes from memory to nowhere: what a link moves when nothing is in the way.
 *
 * Run as a program it is one of the two ends: `send <address>` prints its port and sends to whoever connects until
 * that one leaves; `receive <address> <port> <bytes>` prints the seconds that they took.
 *
 * @module
 */

import { until } from "../support/deadline.ts";
import { HostProcess } from "../support/namespaces.ts";
import { print } from "../support/print.ts";
import type { PeerHost } from "../support/lab.ts";
import { atInterrupt } from "./interrupt.ts";

const BLOCK_BYTES = 256 * 1024;

/** Moves `bytes` from one host to another. Gives the rate in bytes a second. */
export async function measureTcp(from: PeerHost, to: PeerHost, bytes: number): Promise<number> {
  await using sender = atInterrupt(start(from, ["send", from.address]));
  const port = await until("the TCP sender listens", () => sender.lines[0]);
  await using receiver = atInterrupt(start(to, ["receive", from.address, port, String(bytes)]));
  if (await receiver.exited() !== 0) throw new Error(`plain TCP failed: ${receiver.log}`);
  return bytes / Number(receiver.lines[0]);
}

function start(host: PeerHost, args: readonly string[]): HostProcess {
  return new HostProcess([...host.wrapper, Deno.execPath(), "run", "-A", import.meta.url, ...args]);
}

async function send(hostname: string): Promise<void> {
  const listener = Deno.listen({ hostname, port: 0 });
  print(String(listener.addr.port));
  using connection = await listener.accept();
  const block = new Uint8Array(BLOCK_BYTES);
  while (true) await connection.write(block);
}

async function receive(hostname: string, port: number, bytes: number): Promise<void> {
  const started_ms = performance.now();
  using connection = await Deno.connect({ hostname, port });
  const buffer = new Uint8Array(BLOCK_BYTES);
  for (let received = 0; received < bytes;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`the stream ended after ${received} bytes`);
    received += count;
  }
  print(String((performance.now() - started_ms) / 1_000));
}

if (import.meta.main) {
  const [role, address = "", port, bytes] = Deno.args;
  if (role === "send") await send(address);
  else await receive(address, Number(port), Number(bytes));
}
