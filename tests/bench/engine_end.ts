/**
 * One end of a transfer over the transport port, with either engine: bytes from memory to nowhere, and small requests.
 *
 * Run as a program: `serve <engine> <host> <identity>` prints its address; `fetch <engine> <host> <identity> <addr>
 * <bytes> <streams>` and `ask <engine> <host> <identity> <addr> <count>` print the seconds that they took.
 *
 * @module
 */

import type { ByteStream, Connection, Transport } from "../../src/peer/transport/port.ts";
import { joinAddress, type SocketAddress } from "../../src/proto/ids.ts";
import { type Engine, ENGINES } from "../compliance/engines.ts";
import { print } from "../support/print.ts";

const BLOCK_BYTES = 256 * 1024;
const REQUEST_BYTES = 8;
const never = new AbortController().signal;

function open(engine: string, hostname: string, identity: string): Promise<Transport> {
  return ENGINES[engine as Engine]({ hostname, port: 0, identity: JSON.parse(identity) });
}

async function serve(transport: Transport): Promise<void> {
  for await (const connection of transport.incoming) serveConnection(connection);
}

async function serveConnection(connection: Connection): Promise<void> {
  for await (const stream of connection.incoming) {
    answer(stream).catch(() => {});
  }
}

/** The request is how many bytes to send, eight bytes big-endian. */
async function answer(stream: ByteStream): Promise<void> {
  const request = await stream.read(new Uint8Array(REQUEST_BYTES));
  if (request?.length !== REQUEST_BYTES) return stream.reset();
  const block = new Uint8Array(BLOCK_BYTES);
  for (let left = new DataView(request.buffer).getFloat64(0); left > 0; left -= BLOCK_BYTES) {
    await stream.write(block.subarray(0, Math.min(left, BLOCK_BYTES)));
  }
  await stream.finish();
  stream.reset();
}

async function fetchBytes(connection: Connection, bytes: number): Promise<void> {
  const stream = await connection.openStream(never);
  const request = new Uint8Array(REQUEST_BYTES);
  new DataView(request.buffer).setFloat64(0, bytes);
  await stream.write(request);
  await stream.finish();
  let buffer = new Uint8Array(Math.min(bytes, BLOCK_BYTES));
  let received = 0;
  while (received < bytes) {
    const part = await stream.read(buffer.subarray(0, bytes - received));
    if (!part) throw new Error(`the stream ended after ${received} of ${bytes} bytes`);
    received += part.length;
    buffer = new Uint8Array(part.buffer);
  }
  stream.reset();
}

async function main(args: readonly string[]): Promise<void> {
  const [role = "", engine = "", host = "", identity = "", addr = "", count = "0", streams = "1"] = args;
  const transport = await open(engine, host, identity);
  if (role === "serve") {
    print(joinAddress(host, transport.port));
    return await serve(transport);
  }
  const connection = await transport.connect({ addr: addr as SocketAddress }, never);
  const started_ms = performance.now();
  if (role === "fetch") {
    const share = Number(count) / Number(streams);
    await Promise.all(Array.from({ length: Number(streams) }, () => fetchBytes(connection, share)));
  } else {
    for (let i = 0; i < Number(count); i++) await fetchBytes(connection, 64);
  }
  print(String((performance.now() - started_ms) / 1_000));
  await transport[Symbol.asyncDispose]();
}

if (import.meta.main) {
  await main(Deno.args);
  Deno.exit(0);
}
