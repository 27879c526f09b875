import { cidKey, destinationKey, mayBegin, newCid } from "../../../../src/peer/transport/matrixai/cid.ts";
import { packetsOf } from "../../../../src/peer/transport/matrixai/coalesced.ts";
import fc from "fast-check";
import { assert, assertEquals, assertNotEquals } from "../../../support/assert.ts";
import { holds } from "../../../support/seeds.ts";

const VERSION = [0, 0, 0, 1];

/** A long header packet of this type with ids of 16 bytes and `payload` bytes behind its length. */
function longPacket(type: number, dcid: Uint8Array, payload: number): Uint8Array {
  const token = type === 0 ? [3, 7, 7, 7] : [];
  const length = [0x40 | (payload >> 8), payload & 0xff];
  const header = [0xc0 | (type << 4), ...VERSION, 16, ...dcid, 16, ...newCid(), ...token, ...length];
  return new Uint8Array([...header, ...new Uint8Array(payload).fill(9)]);
}

function joined(...packets: Uint8Array[]): Uint8Array {
  return new Uint8Array(packets.flatMap((packet) => [...packet]));
}

Deno.test("destinationKey() finds the id in short and in long headers", () => {
  const cid = newCid();
  const short = new Uint8Array([0x40, ...cid, 1, 2, 3]);
  assertEquals(destinationKey(short), cidKey(cid));
  assertEquals(destinationKey(longPacket(2, cid, 40)), cidKey(cid));
  assertNotEquals(destinationKey(short), cidKey(newCid()));
});

Deno.test("destinationKey() gives nothing for what can't be for an id of ours", () => {
  const cid = newCid();
  assertEquals(destinationKey(new Uint8Array(0)), undefined);
  assertEquals(destinationKey(new Uint8Array([0x40, ...cid])), undefined);
  // An id that the other end chose: eight bytes long.
  assertEquals(destinationKey(new Uint8Array([0xc0, ...VERSION, 8, ...new Uint8Array(100)])), undefined);
});

Deno.test("keys tell ids apart by their first 48 bits", () => {
  const cid = newCid();
  for (let at = 0; at < 6; at++) {
    const other = cid.slice();
    other[at] = (other[at] ?? 0) ^ 0x80;
    assertNotEquals(cidKey(other), cidKey(cid), `byte ${at}`);
  }
  assert(Number.isSafeInteger(cidKey(new Uint8Array(16).fill(255))));
});

Deno.test("mayBegin() lets through large Initial packets and other versions, nothing else", () => {
  const initial = longPacket(0, newCid(), 1_200);
  assert(mayBegin(initial, 1));
  assert(!mayBegin(initial.subarray(0, 1_199), 1));
  assert(!mayBegin(longPacket(2, newCid(), 1_200), 1));
  assert(mayBegin(longPacket(2, newCid(), 1_200), 2), "another version has to be answered");
  assert(!mayBegin(new Uint8Array(1_300).fill(0x40), 1));
});

Deno.test("packetsOf() takes a datagram apart", () => {
  const [initial, handshake] = [longPacket(0, newCid(), 30), longPacket(2, newCid(), 200)];
  const short = new Uint8Array([0x41, ...newCid(), 5, 5, 5]);
  assertEquals(packetsOf(joined(initial, handshake, short)), [initial, handshake, short]);
  assertEquals(packetsOf(short), [short]);
  assertEquals(packetsOf(handshake), [handshake]);
});

Deno.test("packetsOf() loses no byte, whatever it is given", async () => {
  const datagrams = fc.uint8Array({ maxLength: 1_500 }).map((bytes) => {
    if (bytes.length > 0) bytes[0] = (bytes[0] ?? 0) | 0x80;
    return bytes;
  });
  await holds(fc.property(datagrams, (datagram) => {
    assertEquals(joined(...packetsOf(datagram)), datagram);
  }));
});
