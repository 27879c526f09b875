import { MAX_SEEN_PEERS, SeenCache } from "../../../src/peer/discovery/seen_cache.ts";
import type { Sighting } from "../../../src/peer/discovery/sightings.ts";
import { joinAddress, PeerId } from "../../../src/proto/ids.ts";
import { assertEquals } from "../../support/assert.ts";

const ID = PeerId.parse("3f2a81c0-0000-4000-8000-000000000001");
const LOOP = "127.0.0.1";
const LAN = "192.168.1.5";

function sighting(ip: string, library_rev = 1, ttl_s = 100, peer_id = ID): Sighting {
  const peer = { peer_id, name: "pc", proto_ver: 1, library_rev, addr: joinAddress(ip, 5000) };
  return { peer, instance: "pc", ttl_s };
}

function seen(ip: string, library_rev = 1) {
  return { type: "seen" as const, peer: sighting(ip, library_rev).peer };
}
const GONE = { type: "gone" as const, peer_id: ID };

Deno.test("SeenCache tells a peer once, and again when its data changed", () => {
  const cache = new SeenCache();
  assertEquals(cache.see(LAN, sighting("192.168.1.9"), 0), [seen("192.168.1.9")]);
  assertEquals(cache.see(LAN, sighting("192.168.1.9"), 1), []);
  assertEquals(cache.see(LAN, sighting("192.168.1.9", 2), 2), [seen("192.168.1.9", 2)]);
});

Deno.test("SeenCache takes a known peer_id at a new address of the same network for the same peer", () => {
  const cache = new SeenCache();
  cache.see(LAN, sighting("192.168.1.9"), 0);
  assertEquals(cache.see(LAN, sighting("192.168.1.10"), 1), [seen("192.168.1.10")]);
  assertEquals(cache.size, 1);
});

Deno.test("SeenCache keeps the address while its record lives, and switches when it expires", () => {
  const cache = new SeenCache();
  cache.see(LOOP, sighting("127.0.0.1"), 0);
  assertEquals(cache.see(LAN, sighting("192.168.1.9"), 1_000), []);
  assertEquals(cache.see(LAN, sighting("192.168.1.9", 2), 2_000), [seen("127.0.0.1", 2)]);
  assertEquals(cache.expire(99_999), []);
  assertEquals(cache.expire(100_000), [seen("192.168.1.9", 2)]);
  assertEquals(cache.expire(102_000), [GONE]);
});

Deno.test("SeenCache forgets a peer at once when it said goodbye everywhere, without a detour", () => {
  const cache = new SeenCache();
  cache.see(LOOP, sighting("127.0.0.1"), 0);
  cache.see(LAN, sighting("192.168.1.9"), 0);
  assertEquals(cache.see(LOOP, sighting("127.0.0.1", 1, 0), 10), []);
  assertEquals(cache.see(LAN, sighting("192.168.1.9", 1, 0), 11), [GONE]);
  assertEquals(cache.size, 0);
});

Deno.test("SeenCache switches a second after a goodbye on one of two interfaces", () => {
  const cache = new SeenCache();
  cache.see(LOOP, sighting("127.0.0.1"), 0);
  cache.see(LAN, sighting("192.168.1.9"), 0);
  cache.see(LOOP, sighting("127.0.0.1", 1, 0), 10);
  assertEquals(cache.nextDeadline(), 1_010);
  assertEquals(cache.expire(1_010), [seen("192.168.1.9")]);
});

Deno.test("SeenCache ignores the goodbye of a stranger", () => {
  assertEquals(new SeenCache().see(LAN, sighting("192.168.1.9", 1, 0), 0), []);
});

Deno.test("SeenCache leaves an interface that is no more, and keeps peers that were heard only there", () => {
  const cache = new SeenCache();
  cache.see(LOOP, sighting("127.0.0.1"), 0);
  assertEquals(cache.leaveInterface(LOOP), []);
  cache.see(LAN, sighting("192.168.1.9"), 0);
  assertEquals(cache.leaveInterface(LOOP), [seen("192.168.1.9")]);
});

Deno.test("SeenCache asks again at 80, 85, 90 and 95 percent of the lifetime", () => {
  const cache = new SeenCache();
  cache.see(LAN, sighting("192.168.1.9"), 0);
  const asked: number[] = [];
  for (let now = 0; now <= 100_000; now += 1_000) {
    if (cache.takeRefreshes(now).get(LAN)?.includes("pc")) asked.push(now);
  }
  assertEquals(asked, [80_000, 85_000, 90_000, 95_000]);
});

Deno.test("SeenCache takes in a bounded number of peers, and never forgets one for a newcomer", () => {
  const cache = new SeenCache();
  cache.see(LAN, sighting("192.168.1.9"), 0);
  for (let i = 0; i < MAX_SEEN_PEERS + 10; i++) {
    const id = PeerId.parse(`aaaaaaaa-0000-4000-8000-${i.toString(16).padStart(12, "0")}`);
    cache.see(LAN, sighting("192.168.1.10", 1, 100, id), 0);
  }
  assertEquals(cache.size, MAX_SEEN_PEERS);
  assertEquals(cache.see(LAN, sighting("192.168.1.9", 2), 1), [seen("192.168.1.9", 2)]);
});
