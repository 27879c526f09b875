/**
 * The runtime's QUIC with nothing around it, one stream, two processes: bytes from memory to nowhere, or from file to
 * file with the plainest loop.
 *
 * Run as a program it is one of the two ends: `serve <identity> [file]` prints its port; `fetch <identity> <port>
 * <bytes> [file]` prints the seconds that it took, and those of the processor.
 *
 * @module
 */

import process from "node:process";
import type { Identity } from "../../src/peer/transport/identity.ts";
import { ALPN } from "../../src/proto/limits.ts";
import { until } from "../support/deadline.ts";
import { HostProcess } from "../support/namespaces.ts";
import { newIdentity } from "../support/parties.ts";
import { print } from "../support/print.ts";
import { atInterrupt } from "./interrupt.ts";
import { cpuSeconds } from "./process_figures.ts";

const BLOCK_BYTES = 256 * 1024;
const HOST = "127.0.0.1";

/** Files to read from and to write to. */
export interface BareFiles {
  from: string;
  to: string;
}

/** What one run gives. */
export interface BareFigures {
  bytes_per_s: number;
  /** Processor time of both ends, in seconds; `undefined` where the system does not tell. */
  cpu_s: number | undefined;
}

/** Moves `bytes` once. */
export async function measureBareEngine(bytes: number, files?: BareFiles): Promise<BareFigures> {
  const identity = JSON.stringify(await newIdentity());
  await using server = start(["serve", identity, ...files ? [files.from] : []]);
  const port = await until("the bare engine listens", () => server.lines[0]);
  const before_s = cpuSeconds(server.pid);
  await using client = start(["fetch", identity, port, String(bytes), ...files ? [files.to] : []]);
  if (await client.exited() !== 0) throw new Error(`the bare engine failed: ${client.log}`);
  const after_s = cpuSeconds(server.pid);
  const [seconds = NaN, client_cpu_s = NaN] = client.lines.map(Number);
  const cpu_s = after_s === undefined || before_s === undefined
    ? undefined
    : after_s - before_s + client_cpu_s;
  return { bytes_per_s: bytes / seconds, cpu_s };
}

function start(args: readonly string[]): HostProcess {
  const run = [Deno.execPath(), "run", "-A", "--unstable-net", import.meta.url, ...args];
  return atInterrupt(new HostProcess(run));
}

async function serve(identity: Identity, path: string | undefined): Promise<void> {
  const endpoint = new Deno.QuicEndpoint({ hostname: HOST, port: 0 });
  const listener = endpoint.listen({ alpnProtocols: [ALPN], cert: identity.cert, key: identity.key });
  print(String(endpoint.addr.port));
  const connection = await listener.accept();
  for await (const { readable, writable } of connection.incomingBidirectionalStreams) {
    const { value } = await readable.getReader().read();
    const writer = writable.getWriter();
    const block = new Uint8Array(BLOCK_BYTES);
    using file = path === undefined ? undefined : await Deno.open(path);
    for (let left = Number(new TextDecoder().decode(value)); left > 0;) {
      const part = block.subarray(0, Math.min(left, BLOCK_BYTES));
      const count = file ? await file.read(part) ?? 0 : part.length;
      await writer.write(part.subarray(0, count));
      left -= count;
    }
    await writer.close();
  }
}

async function fetchAll(
  identity: Identity,
  port: number,
  bytes: number,
  path: string | undefined,
): Promise<void> {
  const connection = await Deno.connectQuic({
    hostname: HOST,
    port,
    serverName: "peer.lanspread",
    alpnProtocols: [ALPN],
    caCerts: [identity.ca_cert],
  });
  const started_ms = performance.now();
  const cpu_before = process.cpuUsage();
  const { readable, writable } = await connection.createBidirectionalStream();
  await writable.getWriter().write(new TextEncoder().encode(String(bytes)));
  const reader = readable.getReader({ mode: "byob" });
  let buffer = new Uint8Array(BLOCK_BYTES);
  using file = path === undefined ? undefined : await Deno.open(path, { write: true, create: true });
  for (let received = 0; received < bytes;) {
    const { value } = await reader.read(buffer, { min: Math.min(BLOCK_BYTES, bytes - received) });
    if (!value) throw new Error(`the stream ended after ${received} bytes`);
    received += value.length;
    for (let at = 0; file && at < value.length;) at += await file.write(value.subarray(at));
    buffer = new Uint8Array(value.buffer);
  }
  const { user, system } = process.cpuUsage(cpu_before);
  print(String((performance.now() - started_ms) / 1_000));
  print(String((user + system) / 1e6));
  connection.close({ closeCode: 0, reason: "" });
}

if (import.meta.main) {
  const [role, identity = "", first, bytes, path] = Deno.args;
  if (role === "serve") await serve(JSON.parse(identity), first);
  else await fetchAll(JSON.parse(identity), Number(first), Number(bytes), path);
  Deno.exit(0);
}
