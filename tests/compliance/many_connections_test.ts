/**
 * Connections and streams that come and go leave nothing behind.
 *
 * @module
 */

import { joinAddress } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertLess } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { MIB } from "../support/games.ts";
import { newIdentity } from "../support/parties.ts";
import type { ComeAndGone } from "./come_and_go.ts";
import { ENGINES } from "./engines.ts";

const COUNT = 1_000;
/** A connection takes about 60 KiB of quiche at each end: leaked ones would be 120 MiB. */
const MAX_GROWTH_BYTES = 72 * MIB;
const never = new AbortController().signal;

Deno.test(`${COUNT} connections opened and closed leave no memory, no connection and no timer`, async () => {
  const script = new URL("./come_and_go.ts", import.meta.url).href;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-net", "--v8-flags=--expose-gc", script, String(COUNT)],
  }).output();
  // A timer that is left keeps the process alive, and this test waiting.
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { growth_bytes, left }: ComeAndGone = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(left, 0);
  assertLess(growth_bytes, MAX_GROWTH_BYTES);
});

Deno.test("two thousand streams that were given up do not use up what a connection may send", async () => {
  await using here = await ENGINES.matrixai({
    hostname: "127.0.0.1",
    port: 0,
    identity: await newIdentity(),
  });
  await using there = await ENGINES.matrixai({
    hostname: "127.0.0.1",
    port: 0,
    identity: await newIdentity(),
  });
  const serving = (async () => {
    for await (const { incoming } of there.incoming) {
      for await (const stream of incoming) {
        const sent = stream.write(new Uint8Array(60_000)).then(() => stream.finish());
        sent.catch(() => {}).finally(() => stream.reset());
      }
    }
  })();
  const connection = await here.connect({ addr: joinAddress("127.0.0.1", there.port) }, never);
  for (let i = 0; i < 2 * COUNT; i++) {
    const stream = await within("a stream", connection.openStream(never));
    await stream.write(new Uint8Array(1));
    assert(await within("a first part", stream.read(new Uint8Array(100))));
    stream.reset();
  }
  await there[Symbol.asyncDispose]();
  await serving;
});
