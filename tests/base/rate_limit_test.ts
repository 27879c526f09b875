/**
 * Bytes a second as an upper bound.
 *
 * @module
 */

import fc from "fast-check";
import { RateLimiter, TokenBucket } from "../../src/base/rate_limit.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { never } from "../support/memory_peers.ts";
import { holds } from "../support/seeds.ts";

const KIB = 1024;

/** Takes all that 10 KiB a second let go at once. */
async function takeBurst(limiter: RateLimiter): Promise<void> {
  for (const bytes of [KIB, KIB, KIB / 2]) await limiter.take(bytes, never);
}

Deno.test("in any span no more goes through a bucket than a burst and the rate allow", async () => {
  const ask = fc.record({ bytes: fc.integer({ min: 1, max: 500 }), pause_ms: fc.nat(2_000) });
  await holds(fc.property(fc.array(ask), (asks) => {
    const bucket = new TokenBucket({ bytes_per_s: 1_000, burst_bytes: 500 }, 0);
    const went: { at: number; bytes: number }[] = [];
    let now = 0;
    for (const { bytes, pause_ms } of asks) {
      now += pause_ms;
      if (bucket.take(bytes, now) === 0) went.push({ at: now, bytes });
    }
    for (const [from, first] of went.entries()) {
      let sum = 0;
      for (const { at, bytes } of went.slice(from)) {
        sum += bytes;
        assert(sum <= 500 + (at - first.at) + 1e-6, `${sum} bytes in ${at - first.at} ms`);
      }
    }
  }));
});

Deno.test("what a bucket says of the time to wait is true, and not a millisecond too long", async () => {
  await holds(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 10_000 }), (bytes, rate) => {
      const bucket = new TokenBucket({ bytes_per_s: rate, burst_bytes: 500 }, 0);
      assertEquals(bucket.take(500, 0), 0);
      const ms = bucket.take(bytes, 0);
      assert(ms > 0);
      if (ms > 1) assert(bucket.take(bytes, ms - 1) > 0, "it was there earlier");
      assertEquals(bucket.take(bytes, ms), 0);
    }),
  );
});

Deno.test("a long pause saves up no more than one burst", () => {
  const bucket = new TokenBucket({ bytes_per_s: 1_000, burst_bytes: 500 }, 0);
  assertEquals(bucket.take(500, 1_000_000), 0);
  assertEquals(bucket.take(1, 1_000_000), 1);
});

Deno.test("more than a burst would never go and is a mistake", () => {
  const bucket = new TokenBucket({ bytes_per_s: 1_000, burst_bytes: 500 }, 0);
  assertThrows(() => bucket.take(501, 0), RangeError);
});

Deno.test("without a limit nothing waits, whatever is taken", async () => {
  const limiter = new RateLimiter(undefined, new FakeClock());
  assertEquals(limiter.piece_bytes, Infinity);
  for (let n = 0; n < 100; n++) await within("no limit", limiter.take(1e12, never));
});

Deno.test("those who wait share the rate evenly, in the order they came", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(100 * KIB, clock);
  assertEquals(limiter.piece_bytes, 10 * KIB);
  const went = [0, 0, 0];
  const leaving = new AbortController();
  const transfers = went.map(async (_, n) => {
    while (true) {
      await limiter.take(limiter.piece_bytes, leaving.signal);
      went[n] = (went[n] ?? 0) + limiter.piece_bytes;
    }
  });
  await clock.advance(30_000);
  leaving.abort(new Error("enough"));
  for (const transfer of transfers) await assertRejects(() => transfer, Error, "enough");
  const sum = went.reduce((a, b) => a + b, 0);
  assert(sum <= 30 * 100 * KIB + 25 * KIB && sum >= 29 * 100 * KIB, `${sum} bytes`);
  assert(Math.max(...went) - Math.min(...went) <= limiter.piece_bytes, went.join());
});

Deno.test("who gives up takes nothing, and the one behind goes on at once", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(100 * KIB, clock);
  for (let n = 0; n < 2; n++) await limiter.take(10 * KIB, never);
  const leaving = new AbortController();
  const gives_up = limiter.take(10 * KIB, leaving.signal);
  const behind = [limiter.take(4 * KIB, never), limiter.take(1 * KIB, never)];
  leaving.abort(new Error("left"));
  await assertRejects(() => gives_up, Error, "left");
  await clock.advance(0);
  await within("who came behind", Promise.all(behind));
  assertEquals(clock.sleeping, 0);
});

Deno.test("one in the middle of the line that gives up lets nobody jump the line", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(100 * KIB, clock);
  for (let n = 0; n < 2; n++) await limiter.take(10 * KIB, never);
  const order: string[] = [];
  const leaving = new AbortController();
  const waits = [
    limiter.take(10 * KIB, never).then(() => order.push("first")),
    limiter.take(10 * KIB, leaving.signal).catch(() => order.push("gave up")),
    limiter.take(1 * KIB, never).then(() => order.push("last")),
  ];
  leaving.abort();
  await clock.advance(1_000);
  await Promise.all(waits);
  assertEquals(order, ["gave up", "first", "last"]);
});

Deno.test("who waits when the limit is raised, lowered or lifted waits for the new one alone", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(10 * KIB, clock);
  await takeBurst(limiter);
  let went = 0;
  const waits = Array.from({ length: 40 }, () => limiter.take(KIB, never).then(() => went++));
  await clock.advance(1_000);
  assertEquals(went, 10);
  limiter.bytes_per_s = 100 * KIB;
  await clock.advance(100);
  assertEquals(went, 20);
  limiter.bytes_per_s = 10 * KIB;
  await clock.advance(200);
  assertEquals([went, limiter.bytes_per_s], [22, 10 * KIB]);
  limiter.bytes_per_s = undefined;
  await within("everybody", Promise.all(waits));
  assertEquals([clock.sleeping, limiter.piece_bytes], [0, Infinity]);
});

Deno.test("of what was asked for under a higher limit a piece of the new one goes", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(100 * KIB, clock);
  assertEquals(await limiter.take(25 * KIB, never), 10 * KIB);
  assertEquals(await limiter.take(10 * KIB, never), 10 * KIB);
  const line = Array.from({ length: 3 }, () => limiter.take(10 * KIB, never));
  limiter.bytes_per_s = 10 * KIB;
  await clock.advance(300);
  assertEquals(await within("the line", Promise.all(line)), [KIB, KIB, KIB]);
  limiter.bytes_per_s = undefined;
  assertEquals(await limiter.take(25 * KIB, never), 25 * KIB);
});

Deno.test("a limit that is changed again and again holds all the same", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(100 * KIB, clock);
  const leaving = new AbortController();
  let went = 0;
  const transfer = (async () => {
    while (true) went += await limiter.take(limiter.piece_bytes, leaving.signal);
  })();
  for (let ms = 0; ms < 2_000; ms += 10) {
    limiter.bytes_per_s = (ms % 20 === 0 ? 90 : 100) * KIB;
    await clock.advance(10);
  }
  leaving.abort(new Error("enough"));
  await assertRejects(() => transfer, Error, "enough");
  assert(went <= (2 * 100 + 25) * KIB && went >= 2 * 90 * KIB, `${went} bytes`);
});

Deno.test("a limiter tells for how long it has held somebody back, and that nobody was held without a limit", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(undefined, clock);
  await limiter.take(1e9, never);
  assertEquals(limiter.held_ms, 0);
  limiter.bytes_per_s = 10 * KIB;
  const line = [takeBurst(limiter), limiter.take(KIB, never), limiter.take(KIB, never)];
  await clock.advance(10_000);
  await within("the line", Promise.all(line));
  assertEquals(limiter.held_ms, 200);
  const leaving = new AbortController();
  await takeBurst(limiter);
  const leaver = limiter.take(KIB, leaving.signal);
  await clock.advance(50);
  leaving.abort(new Error("left"));
  await assertRejects(() => leaver, Error, "left");
});

Deno.test("a piece is small at a low limit, so that many transfers move at it", () => {
  const pieces = [10 * KIB, 100 * KIB, 4 * KIB * KIB, 1e9].map((rate) => new RateLimiter(rate).piece_bytes);
  assertEquals(pieces, [KIB, 10 * KIB, 256 * KIB, 256 * KIB]);
});
