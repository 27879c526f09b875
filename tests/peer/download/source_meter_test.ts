import { SourceMeter } from "../../../src/peer/download/source_meter.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const MIB = 1024 * 1024;

/** Sends `count` blocks, one every `gap_ms`; gives the time afterwards. */
function send(meter: SourceMeter, count: number, bytes: number, gap_ms: number, from_ms = 0): number {
  for (let i = 1; i <= count; i++) meter.sent(bytes, from_ms + i * gap_ms);
  return from_ms + count * gap_ms;
}

function about(actual: number | undefined, expected: number): void {
  assert(actual !== undefined && Math.abs(actual - expected) <= 0.1 * expected, `${actual}, not ${expected}`);
}

Deno.test("the rate is that of the last second, in bytes a millisecond", () => {
  const meter = new SourceMeter();
  meter.asked(100 * MIB, 0);
  const first_ms = send(meter, 300, 10_000, 10);
  about(meter.rate(first_ms), 1_000);
  about(meter.rate(send(meter, 150, 2_000, 10, first_ms)), 200);
});

Deno.test("a source is not judged before it had half a second, or sent four MiB", () => {
  const meter = new SourceMeter();
  meter.asked(100 * MIB, 0);
  send(meter, 40, 10_000, 10);
  assertEquals(meter.rate(400), undefined);
  assert((meter.rate(500) ?? 0) > 0);
  const fast = new SourceMeter();
  fast.asked(100 * MIB, 0);
  assert((fast.rate(send(fast, 16, MIB / 4, 1)) ?? 0) > 0);
});

Deno.test("time in which nothing was asked of the source does not count", () => {
  const meter = new SourceMeter();
  meter.asked(1_000_000, 0);
  const end_ms = send(meter, 100, 10_000, 10);
  meter.over(0, end_ms);
  meter.asked(1_000_000, end_ms + 2_000);
  about(meter.rate(send(meter, 50, 10_000, 10, end_ms + 2_000)), 1_000);
});

Deno.test("small files do not make a fast source look slow", () => {
  const meter = new SourceMeter();
  for (let i = 0; i < 40; i++) meter.asked(4_000, 0);
  for (let i = 1; i <= 2_000; i++) {
    meter.sent(4_000, i);
    meter.over(0, i);
    meter.asked(4_000, i);
  }
  // A file a millisecond, half of which went into opening it.
  about(meter.rate(2_000), 8_000);
});

Deno.test("a source of which nothing comes hangs after a moment, a slow one does not", () => {
  const fast = new SourceMeter();
  fast.asked(100 * MIB, 0);
  const end_ms = send(fast, 100, 10_000, 10);
  assertEquals([fast.isHanging(end_ms + 700), fast.isHanging(end_ms + 800)], [false, true]);
  const slow = new SourceMeter();
  slow.asked(100 * MIB, 0);
  const late_ms = send(slow, 10, 16_384, 400);
  assertEquals([slow.isHanging(late_ms + 1_500), slow.isHanging(late_ms + 2_100)], [false, true]);
  assert((slow.rate(late_ms) ?? 0) > 30);
});

Deno.test("a source without work does not hang, and one that goes on is judged anew", () => {
  const meter = new SourceMeter();
  assertEquals(meter.isHanging(10_000), false);
  meter.asked(100 * MIB, 10_000);
  const end_ms = send(meter, 100, 10_000, 10, 10_000);
  meter.sent(10_000, end_ms + 5_000);
  assertEquals([meter.isHanging(end_ms + 5_000), meter.rate(end_ms + 5_000)], [false, undefined]);
  about(meter.rate(send(meter, 100, 10_000, 10, end_ms + 5_000)), 1_000);
});

Deno.test("the latency is the shortest one that was seen", () => {
  const meter = new SourceMeter();
  assertEquals(meter.latency_ms, 0);
  for (const ms of [30, 20, 90]) meter.answered(ms);
  assertEquals(meter.latency_ms, 20);
});
