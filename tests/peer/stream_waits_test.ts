/**
 * How long a source may keep a receiver waiting.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { StreamWaits } from "../../src/peer/stream_waits.ts";
import { STREAM_WAIT_MS } from "../../src/proto/limits.ts";
import { assert, assertThrows } from "../support/assert.ts";

Deno.test("StreamWaits bears an honest source, also where a slow receiver hears many waits at once", () => {
  let now_ms = 5_000;
  const waits = new StreamWaits(() => now_ms);
  for (let n = 0; n < 1_000; n++) {
    now_ms += STREAM_WAIT_MS;
    waits.add();
  }
  waits.moved();
  now_ms += 1_500 * STREAM_WAIT_MS;
  for (let n = 0; n < 1_500; n++) waits.add();
});

Deno.test("StreamWaits gives up a source that waits more often than an honest one", () => {
  const waits = new StreamWaits(() => 0);
  let count = 0;
  const error = assertThrows(() => {
    for (; count < 1_000; count++) waits.add();
  }, LanspreadError);
  assert(error.code === "invalid_request" && count < 100, `${count} waits, ${error.code}`);
});

Deno.test("StreamWaits gives up a source that waits for ever, however slowly it says so", () => {
  let now_ms = 0;
  const waits = new StreamWaits(() => now_ms);
  assertThrows(() => {
    for (let n = 0; n < 100_000; n++) {
      now_ms += STREAM_WAIT_MS;
      waits.add();
    }
  }, LanspreadError);
});
