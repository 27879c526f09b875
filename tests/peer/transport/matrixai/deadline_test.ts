import { Deadline } from "../../../../src/peer/transport/matrixai/deadline.ts";
import { assert, assertEquals } from "../../../support/assert.ts";
import { until } from "../../../support/deadline.ts";

Deno.test("a deadline comes once, and may be moved both ways", async () => {
  let count = 0;
  using deadline = new Deadline(() => count++);
  const started_ms = performance.now();
  deadline.set(5);
  deadline.set(60);
  await until("it comes", () => count > 0);
  assert(performance.now() - started_ms >= 60, "it came at the time that it was moved away from");
  deadline.set(60_000);
  deadline.set(1);
  await until("it comes again", () => count > 1);
  assertEquals(count, 2);
});

Deno.test("a deadline that was disposed or set to never leaves no timer", () => {
  const deadline = new Deadline(() => assert(false, "it came"));
  deadline.set(Infinity);
  deadline.set(1);
  deadline[Symbol.dispose]();
});
