import { GONE_AFTER_MS, LivenessTable, PING_AFTER_MS } from "../../src/peer/liveness.ts";
import { assertEquals } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";

const nothing = { ping: [], gone: [] };

Deno.test("a peer is pinged only after 15 s of silence, and once until the ping is over", () => {
  const table = new LivenessTable();
  const peer = newPeerId();
  table.heard(peer, 0);
  assertEquals(table.due(PING_AFTER_MS - 1), nothing);
  assertEquals(table.due(PING_AFTER_MS), { ping: [peer], gone: [] });
  assertEquals(table.due(PING_AFTER_MS + 1_000), nothing);
});

Deno.test("any message puts the ping off", () => {
  const table = new LivenessTable();
  const peer = newPeerId();
  for (let now = 0; now < 300_000; now += PING_AFTER_MS - 1) {
    table.heard(peer, now);
    assertEquals(table.due(now + PING_AFTER_MS - 2), nothing);
  }
});

Deno.test("two missed pings remove the peer, an answered one between them does not count", () => {
  const table = new LivenessTable();
  const peer = newPeerId();
  table.heard(peer, 0);
  assertEquals(table.due(15_000).ping, [peer]);
  table.pinged(peer, false, 18_000);
  assertEquals(table.due(18_000).ping, [peer]);
  table.pinged(peer, true, 19_000);
  assertEquals(table.due(34_000).ping, [peer]);
  table.pinged(peer, false, 37_000);
  assertEquals(table.due(37_000), { ping: [peer], gone: [] });
  table.pinged(peer, false, 40_000);
  assertEquals(table.due(40_000), { ping: [], gone: [peer] });
});

Deno.test("60 s without life remove the peer though no ping came back at all", () => {
  const table = new LivenessTable();
  const peer = newPeerId();
  table.heard(peer, 0);
  assertEquals(table.due(20_000).ping, [peer]);
  assertEquals(table.due(GONE_AFTER_MS - 1), nothing);
  assertEquals(table.due(GONE_AFTER_MS).gone, [peer]);
});

Deno.test("a peer that was forgotten is neither pinged nor gone, also when its ping ends late", () => {
  const table = new LivenessTable();
  const peer = newPeerId();
  table.heard(peer, 0);
  table.due(20_000);
  table.forget(peer);
  table.pinged(peer, true, 21_000);
  assertEquals(table.due(100_000), nothing);
});
