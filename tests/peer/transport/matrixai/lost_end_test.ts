import type { MatrixaiConnection } from "../../../../src/peer/transport/matrixai/connection.ts";
import type { ByteStream } from "../../../../src/peer/transport/port.ts";
import { assertEquals } from "../../../support/assert.ts";
import { until, within } from "../../../support/deadline.ts";
import { QuichePair } from "../../../support/quiche_pair.ts";

const never = new AbortController().signal;
const BODY_BYTES = 5_000;
/** Datagrams behind a lost one that show its loss, and one more. */
const BEHIND = 4;

/** Sends this many datagrams that have to be acknowledged, and gives them. */
function pings(pair: QuichePair, end: MatrixaiConnection): Uint8Array[] {
  return Array.from({ length: BEHIND }).flatMap(() => {
    end.native.sendAckEliciting();
    return pair.outgoing(end);
  });
}

/** Reads to the end and gives the length, while the network is good and time goes by. */
async function readAll(pair: QuichePair, stream: ByteStream): Promise<number> {
  let [length, is_over] = [0, false];
  const reading = (async () => {
    for (let part = await stream.read(new Uint8Array(512)); part; part = await stream.read(part)) {
      length += part.length;
    }
    is_over = true;
  })();
  reading.catch(() => {});
  await until("the end", () => {
    for (const end of [pair.near, pair.far]) end.keepAlive();
    pair.exchange();
    return is_over;
  }, 10_000);
  await reading;
  return length;
}

async function first(streams: AsyncIterable<ByteStream>): Promise<ByteStream> {
  for await (const stream of streams) return stream;
  throw new Error("no stream came");
}

Deno.test("the end of a stream arrives where it was lost together with bytes before it", async () => {
  using pair = await QuichePair.open();
  const stream = await pair.near.openStream(never);
  await stream.write(new Uint8Array(BODY_BYTES));
  const body = pair.outgoing(pair.near);
  await stream.finish();
  pair.outgoing(pair.near);
  body.splice(1, 1);
  pair.deliver([...body, ...pings(pair, pair.near)], pair.far);
  const other = await within("the stream", first(pair.far.incoming));
  assertEquals(await readAll(pair, other), BODY_BYTES);
});

Deno.test("the end arrives where the bytes were acknowledged while it was on its way out", async () => {
  using pair = await QuichePair.open();
  const near = await pair.near.openStream(never);
  await near.write(new Uint8Array(10));
  await near.finish();
  pair.exchange();
  const far = await within("the stream", first(pair.far.incoming));
  assertEquals(await readAll(pair, far), 10);

  await far.write(new Uint8Array(BODY_BYTES));
  pair.deliver(pair.outgoing(pair.far), pair.near);
  await far.finish();
  pair.deliver(pair.outgoing(pair.near), pair.far);
  assertEquals(await readAll(pair, near), BODY_BYTES);
});

Deno.test("the end arrives where it came late, alone, and was lost together with bytes before it", async () => {
  using pair = await QuichePair.open();
  const stream = await pair.near.openStream(never);
  await stream.write(new Uint8Array(BODY_BYTES));
  const body = pair.outgoing(pair.near);
  // The byte that is kept back goes by itself where nothing comes behind it.
  await until("the last byte", () => {
    const more = pair.outgoing(pair.near);
    body.push(...more);
    return more.length > 0;
  });
  const ending = stream.finish();
  pair.outgoing(pair.near);
  await ending;
  body.splice(1, 1);
  pair.deliver([...body, ...pings(pair, pair.near)], pair.far);
  const other = await within("the stream", first(pair.far.incoming));
  assertEquals(await readAll(pair, other), BODY_BYTES);
});
