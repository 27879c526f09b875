import { RateLimiter } from "../../../src/base/rate_limit.ts";
import { hashAtSource } from "../../../src/peer/download/witness.ts";
import { readFrame } from "../../../src/peer/exchange.ts";
import { MAX_REQUEST_BYTES } from "../../../src/proto/limits.ts";
import { chunksOf } from "../../../src/proto/manifest.ts";
import { createHash } from "node:crypto";
import { assert, assertEquals, assertGreater, assertRejects } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { manifestOf } from "../../support/fake_swarm.ts";
import { connectTo, frame, never } from "../../support/memory_peers.ts";
import { newPeerId } from "../../support/parties.ts";

const KIB = 1024;
const BODY = new Uint8Array(64 * KIB).fill(7);
const RIGHT = createHash("sha256").update(BODY).digest("hex");
const MANIFEST = manifestOf({ "a.bin": BODY });

/** Asks a source that sends this much of its chunk and then says nothing, while the clock goes on. */
async function askFor(sent_bytes: number, limit: number | undefined) {
  const clock = new FakeClock();
  await using link = await connectTo(async (stream) => {
    await readFrame(stream, MAX_REQUEST_BYTES);
    await stream.write(frame({ type: "chunk", length: BODY.length }));
    await stream.write(BODY.subarray(0, sent_bytes));
    if (sent_bytes === BODY.length) await stream.finish();
  });
  const ports = {
    clock,
    limiter: new RateLimiter(limit, clock),
    connectionTo: () => Promise.resolve(link.connection),
    heard: () => {},
  };
  const [chunk] = [...chunksOf(MANIFEST.files)];
  assert(chunk);
  let is_over = false;
  const asking = hashAtSource(newPeerId(), MANIFEST, chunk, ports, never).finally(() => is_over = true);
  asking.catch(() => {});
  const advancing = async () => {
    while (!is_over) await clock.advance(1_000);
  };
  await within("answer", advancing());
  return { asking, seconds: clock.now() / 1_000 };
}

Deno.test("a source that does not show a whole chunk in half a minute took too long", async () => {
  const { asking, seconds } = await askFor(1, undefined);
  await assertRejects(() => asking, Error, "took longer than 30000 ms");
  assertEquals(Math.floor(seconds / 10), 3);
});

Deno.test("what this peer's own limit takes is not held against the source", async () => {
  const { asking, seconds } = await askFor(BODY.length, KIB);
  assertEquals(await asking, RIGHT);
  assertGreater(seconds, 31);
});
