/**
 * How much of a body is read next, and when a stream is taken for dead.
 *
 * @module
 */

import { RateLimiter } from "../../src/base/rate_limit.ts";
import { Intake, PieceSize } from "../../src/peer/intake.ts";
import { moved, watchForStall } from "../../src/peer/stall.ts";
import type { ByteStream, Connection } from "../../src/peer/transport/port.ts";
import { SocketAddress } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HeldIntervals } from "../support/held_intervals.ts";
import { never } from "../support/memory_peers.ts";

const KIB = 1024;

function connection(): Connection {
  return {
    remote_addr: SocketAddress.parse("127.0.0.1:1"),
    incoming: (async function* () {})(),
    closed: new Promise(() => {}),
    openStream: () => Promise.reject(new Error("not here")),
    close: () => {},
  };
}

/** A stream that only counts how often it was given up. */
function stream(): ByteStream & { resets: number } {
  return {
    resets: 0,
    read: () => Promise.resolve(null),
    write: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    setPriority: () => {},
    reset() {
      this.resets++;
    },
  };
}

Deno.test("quick reads grow to 256 KiB within the first 256 KiB, and stay there", () => {
  const size = new PieceSize();
  const read: number[] = [];
  for (let n = 0; n < 7; n++) {
    read.push(size.bytes / KIB);
    size.took(size.bytes, 1);
  }
  assertEquals(read, [16, 16, 32, 64, 128, 256, 256]);
});

Deno.test("on a connection of 1 KiB a second every read is over within a few seconds", () => {
  const size = new PieceSize();
  let longest_ms = 0;
  for (let n = 0; n < 20; n++) {
    const ms = size.bytes / KIB * 1_000;
    if (n > 0) longest_ms = Math.max(longest_ms, ms);
    size.took(size.bytes, ms);
  }
  assert(longest_ms <= 4_000, String(longest_ms));
});

Deno.test("the size is remembered by connection, and a limit makes it smaller", async () => {
  const [one, other] = [connection(), connection()];
  const unlimited = new RateLimiter(undefined);
  for (let n = 0; n < 6; n++) {
    using intake = new Intake(stream(), one, unlimited);
    intake.took(await intake.room(1e9, never));
  }
  using again = new Intake(stream(), one, unlimited);
  using fresh = new Intake(stream(), other, unlimited);
  using limited = new Intake(stream(), one, new RateLimiter(20 * KIB, new FakeClock()));
  const rooms = [await again.room(1e9, never), await again.room(7, never), await fresh.room(1e9, never)];
  assertEquals([...rooms, await limited.room(1e9, never)], [256 * KIB, 7, 16 * KIB, 2 * KIB]);
});

Deno.test("after a read that was given up the next one is small, and one that was quick changes nothing", async () => {
  const slow = connection();
  const rooms: number[] = [];
  const read = async (took: boolean, ms: number) => {
    using intake = new Intake(stream(), slow, new RateLimiter(undefined));
    rooms.push(await intake.room(1e9, never));
    const begun_ms = performance.now();
    await until("the time", () => performance.now() - begun_ms > ms);
    if (took) intake.took(KIB);
  };
  await read(false, 0);
  await read(true, 0);
  await read(false, 300);
  await read(true, 0);
  assertEquals(rooms, [16 * KIB, 16 * KIB, 16 * KIB, KIB]);
});

Deno.test("who waits for the limit and is cancelled is woken", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(20 * KIB, clock);
  using intake = new Intake(stream(), connection(), limiter);
  const leaving = new AbortController();
  while (clock.sleeping === 0) {
    const waiting = intake.room(1e9, leaving.signal);
    if (await Promise.race([waiting, new Promise((done) => setTimeout(done, 0, "waits"))]) !== "waits") {
      continue;
    }
    leaving.abort(new Error("cancelled"));
    await assertRejects(() => waiting, Error, "cancelled");
    break;
  }
  assertEquals(clock.sleeping, 0);
});

Deno.test("a stream whose connection moves nothing between two looks is reset", () => {
  using intervals = new HeldIntervals();
  const [dead, alive] = [connection(), connection()];
  const streams = [stream(), stream()] as const;
  const watches = [watchForStall(streams[0], dead, 15_000), watchForStall(streams[1], alive, 15_000)];
  for (let n = 0; n < 3; n++) {
    moved(alive, 1);
    intervals.tick();
  }
  assertEquals(streams.map(({ resets }) => resets > 0), [true, false]);
  for (const watch of watches) watch[Symbol.dispose]();
  assertEquals(intervals.held, 0);
});

Deno.test("what this peer itself holds back is not stalled, and is watched again afterwards", async () => {
  using intervals = new HeldIntervals();
  const held_back = stream();
  using watch = watchForStall(held_back, connection(), 15_000);
  const limit = Promise.withResolvers<void>();
  const waiting = watch.excuse(limit.promise);
  for (let n = 0; n < 5; n++) intervals.tick();
  assertEquals(held_back.resets, 0);
  limit.resolve();
  await waiting;
  intervals.tick();
  assertEquals(held_back.resets, 0);
  intervals.tick();
  assertEquals(held_back.resets, 1);
});
