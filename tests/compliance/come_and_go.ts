/**
 * A process that opens and closes connections with itself: `<count>`. It prints by how many bytes its memory has grown
 * since as many before, and how many connections are left. Needs `--v8-flags=--expose-gc`: V8 does not see quiche's
 * memory, and would wait for some thousand connections before it frees any.
 *
 * @module
 */

import { Endpoint } from "../../src/peer/transport/matrixai/endpoint.ts";
import type { Connection, Transport } from "../../src/peer/transport/port.ts";
import { joinAddress, type SocketAddress } from "../../src/proto/ids.ts";
import { until } from "../support/deadline.ts";
import { newIdentity } from "../support/parties.ts";
import { print } from "../support/print.ts";
import { ENGINES } from "./engines.ts";

const BODY_BYTES = 40_000;
const never = new AbortController().signal;

/** What the program prints, as JSON. */
export interface ComeAndGone {
  growth_bytes: number;
  left: number;
}

async function open(): Promise<Transport> {
  return await ENGINES.matrixai({ hostname: "127.0.0.1", port: 0, identity: await newIdentity() });
}

async function serve(transport: Transport): Promise<void> {
  for await (const connection of transport.incoming) serveOne(connection);
}

async function serveOne(connection: Connection): Promise<void> {
  for await (const stream of connection.incoming) {
    await stream.write(new Uint8Array(BODY_BYTES)).then(() => stream.finish()).catch(() => {});
    stream.reset();
  }
}

/** One connection with one stream, of which half is read; every other one is closed without a reset before. */
async function visit(from: Transport, addr: SocketAddress, round: number): Promise<void> {
  const connection = await from.connect({ addr }, never);
  const stream = await connection.openStream(never);
  await stream.write(new Uint8Array(1));
  await stream.read(new Uint8Array(BODY_BYTES / 2));
  if (round % 2 === 0) stream.reset();
  connection.close();
  await connection.closed;
}

async function freedBytes(...transports: Transport[]): Promise<number> {
  const left = () =>
    transports.reduce((sum, one) => sum + (one instanceof Endpoint ? one.connection_count : 0), 0);
  await until("the last ones are gone", () => left() === 0);
  const collect = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") throw new Error("start with --v8-flags=--expose-gc");
  // What has a finalizer goes one turn later.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return Deno.memoryUsage().rss;
}

if (import.meta.main) {
  const count = Number(Deno.args[0]);
  await using here = await open();
  await using there = await open();
  serve(there);
  const addr = joinAddress("127.0.0.1", there.port);
  for (let i = 0; i < count; i++) await visit(here, addr, i);
  const before = await freedBytes(here, there);
  for (let i = 0; i < count; i++) await visit(here, addr, i);
  const growth_bytes = await freedBytes(here, there) - before;
  const left = [here, there].reduce(
    (sum, one) => sum + (one instanceof Endpoint ? one.connection_count : NaN),
    0,
  );
  print(JSON.stringify({ growth_bytes, left } satisfies ComeAndGone));
}
