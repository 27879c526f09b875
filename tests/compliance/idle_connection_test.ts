/**
 * A connection over which nothing goes lives on, for every pair of engines at once.
 *
 * @module
 */

import { IDLE_TIMEOUT_MS } from "../../src/peer/transport/port.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import { assertEquals } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { newIdentity } from "../support/parties.ts";
import { type Engine, ENGINES } from "./engines.ts";

const never = new AbortController().signal;
const PAIRS: [near: Engine, far: Engine][] = [
  ["deno", "deno"],
  ["deno", "matrixai"],
  ["matrixai", "deno"],
  ["matrixai", "matrixai"],
];

Deno.test("a connection over which nothing goes outlives the idle timeout, whichever engines it joins", async () => {
  await using stack = new AsyncDisposableStack();
  const open = async (engine: Engine, identity: Awaited<ReturnType<typeof newIdentity>>) =>
    stack.use(await ENGINES[engine]({ hostname: "127.0.0.1", port: 0, identity }));
  const over: string[] = [];
  const connections = await Promise.all(PAIRS.map(async ([near, far]) => {
    const identity = await newIdentity();
    const listener = await open(far, identity);
    const dialler = await open(near, await newIdentity());
    const addr = joinAddress("127.0.0.1", listener.port);
    const dialling = dialler.connect({ addr, peer_id: identity.peer_id }, never);
    const accepted = listener.incoming[Symbol.asyncIterator]().next();
    const [here, { value: there }] = await within("connect", Promise.all([dialling, accepted]));
    here.closed.then(() => over.push(`${near} dials ${far}`));
    return { here, there };
  }));

  const begin_ms = performance.now();
  await until(
    "the idle timeout",
    () => over.length > 0 || performance.now() - begin_ms > 1.3 * IDLE_TIMEOUT_MS,
  );
  assertEquals(over, []);
  await within(
    "an exchange over each",
    Promise.all(connections.map(async ({ here, there }) => {
      const stream = await here.openStream(never);
      await stream.write(new Uint8Array([7]));
      await stream.finish();
      for await (const other of there.incoming) {
        assertEquals(await other.read(new Uint8Array(2)), new Uint8Array([7]));
        break;
      }
    })),
  );
});
