/**
 * Transfers over a network that loses, repeats and delays datagrams, for every pair of engines.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ByteStream, Connection } from "../../src/peer/transport/port.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { contentOf, MIB } from "../support/games.ts";
import { type Badness, LossyProxy } from "../support/lossy_proxy.ts";
import { newIdentity } from "../support/parties.ts";
import { type Engine, ENGINES } from "./engines.ts";

const never = new AbortController().signal;
const PAIRS: [near: Engine, far: Engine][] = [
  ["deno", "deno"],
  ["deno", "matrixai lan"],
  ["matrixai lan", "deno"],
  ["matrixai lan", "matrixai lan"],
  ["matrixai", "matrixai"],
];
const NETWORKS: Record<string, Badness> = {
  "5 % loss": { lost: 0.05, repeated: 0, delayed: 0, delay_ms: 0 },
  "loss, repetition and reordering": { lost: 0.02, repeated: 0.05, delayed: 0.05, delay_ms: 8 },
};
const BODY_BYTES = 3 * MIB + 7;
const BLOCK_BYTES = 100_000;
const NAME_BYTES = 8;
const SEED = 20_261_120;
const DEADLINE_MS = 60_000;

for (const [near, far] of PAIRS) {
  for (const [network, badness] of Object.entries(NETWORKS)) {
    Deno.test(`transport ${near} dials ${far} over ${network}: both directions arrive whole`, async () => {
      await using stack = new AsyncDisposableStack();
      const identity = await newIdentity();
      const open = async (engine: Engine, who: typeof identity) =>
        stack.use(await ENGINES[engine]({ hostname: "127.0.0.1", port: 0, identity: who }));
      const listener = await open(far, identity);
      const dialler = await open(near, await newIdentity());
      const proxy = stack.use(new LossyProxy(joinAddress("127.0.0.1", listener.port), badness, SEED));
      const dialling = dialler.connect({ addr: proxy.addr, peer_id: identity.peer_id }, never);
      const [here, there] = await within("connect", Promise.all([dialling, first(listener.incoming)]));
      await within("the transfers", exchange(here, there), DEADLINE_MS);
      const { lost, repeated, delayed } = proxy.count;
      assert(lost > 0, "the network was good");
      assertEquals([repeated > 0, delayed > 0], [badness.repeated > 0, badness.delayed > 0]);
    });
  }
}

/** Two bodies there and one back, all at once. */
async function exchange(here: Connection, there: Connection): Promise<void> {
  const sending = Promise.all([send(here, "up"), send(here, "beside"), send(there, "down")]);
  const arriving = Promise.all([receiveAll(there, 2), receiveAll(here, 1)]);
  assertEquals((await arriving).flat().sort(), (await sending).sort());
}

/** Sends a body behind its name, and gives both with the hash. */
async function send(connection: Connection, name: string): Promise<string> {
  const stream = await connection.openStream(never);
  const hash = createHash("sha256");
  await stream.write(new TextEncoder().encode(name.padEnd(NAME_BYTES)));
  for (const block of contentOf(name, BODY_BYTES)) {
    hash.update(block);
    await stream.write(new Uint8Array(block));
  }
  await stream.finish();
  return `${name} ${hash.digest("hex")}`;
}

async function receiveAll({ incoming }: Connection, count: number): Promise<string[]> {
  const arriving: Promise<string>[] = [];
  for await (const stream of incoming) {
    arriving.push(receive(stream));
    if (arriving.length === count) break;
  }
  return await Promise.all(arriving);
}

async function receive(stream: ByteStream): Promise<string> {
  const name = new TextDecoder().decode(await stream.read(new Uint8Array(NAME_BYTES)) ?? undefined).trim();
  const hash = createHash("sha256");
  for (let part = await stream.read(new Uint8Array(BLOCK_BYTES)); part;) {
    hash.update(part);
    part = await stream.read(new Uint8Array(part.buffer));
  }
  stream.reset();
  return `${name} ${hash.digest("hex")}`;
}

async function first<T>(values: AsyncIterable<T>): Promise<T> {
  for await (const value of values) return value;
  throw new Error("nothing came");
}
