import { Probes } from "../../../../src/peer/transport/matrixai/probes.ts";
import { assertEquals } from "../../../support/assert.ts";

function taken(probes: Probes): number {
  let count = 0;
  while (probes.take()) count++;
  return count;
}

Deno.test("three probes follow a silence, and each further silence lasts twice as long", () => {
  const probes = new Probes();
  assertEquals(probes.due_ms, Infinity);
  probes.sent(1_000);
  probes.check(1_029);
  assertEquals(taken(probes), 0);
  const waits: number[] = [];
  for (let i = 0, now_ms = 1_000; i < 6; i++) {
    waits.push(probes.due_ms - now_ms);
    now_ms = probes.due_ms;
    probes.check(now_ms);
    assertEquals(taken(probes), 3);
    probes.sent(now_ms);
  }
  assertEquals(waits, [30, 60, 120, 240, 400, 400]);
});

Deno.test("whatever comes ends the waiting, and the next silence counts from the next datagram", () => {
  const probes = new Probes();
  probes.sent(0);
  probes.check(30);
  probes.received();
  assertEquals([taken(probes), probes.due_ms], [0, Infinity]);
  probes.sent(500);
  assertEquals(probes.due_ms, 530);
  // Later datagrams do not put it off.
  probes.sent(520);
  assertEquals(probes.due_ms, 530);
});
