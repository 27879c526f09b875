import { createSocket } from "node:dgram";
import { joinMulticast } from "../../../src/peer/discovery/mdns_socket.ts";
import type { DnsPacket } from "../../../src/peer/discovery/packet.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";

const LOOP = "127.0.0.1";

function randomPort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}

/** Sends each of `datagrams` to `port` on loopback. */
async function throwAt(port: number, datagrams: Uint8Array[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const bytes of datagrams) {
    await within("sending", new Promise<void>((resolve) => socket.send(bytes, port, LOOP, () => resolve())));
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

/** A response that claims 196,605 records. The last of its 23 bytes make the decoder start over and over again. */
function lie(): Uint8Array {
  const header = [0, 0, 0x84, 0, 0, 0, 255, 255, 255, 255, 255, 255];
  return Uint8Array.from([...header, 0, 0, 16, 0, 1, 0, 0, 0, 9, 255, 255]);
}

/** More questions than a packet of multicast DNS can hold, all of them well formed. */
function giant(): Uint8Array {
  const bytes = new Uint8Array(12 + 2_000 * 5);
  new DataView(bytes.buffer).setUint16(4, 2_000);
  return bytes;
}

Deno.test("joinMulticast() reads nothing out of packets that claim more than they hold, or are too long", async () => {
  const port = randomPort();
  const packets: DnsPacket[] = [];
  const socket = await joinMulticast(LOOP, port, {
    onPacket: (packet) => packets.push(packet),
    onError: () => {},
  });
  try {
    await throwAt(port, [lie(), giant(), new Uint8Array(12)]);
    await until("the packets", () => packets.length === 3);
    assertEquals(packets.map((packet) => [packet.questions.length, packet.answers.length]), [[0, 0], [0, 0], [
      0,
      0,
    ]]);
  } finally {
    await socket.close();
  }
});

Deno.test("joinMulticast() leaves no socket behind when it can't join", async () => {
  const port = randomPort();
  const events = { onPacket: () => {}, onError: () => {} };
  await assertRejects(() => joinMulticast("203.0.113.7", port, events), Error, "addMembership");
  // Without address reuse this is refused while any other socket holds the port.
  Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port }).close();
});

Deno.test("joinMulticast() rejects where another program holds the port for itself", async () => {
  const port = randomPort();
  const holder = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
  try {
    const events = { onPacket: () => {}, onError: () => {} };
    await assertRejects(() => joinMulticast(LOOP, port, events), Error, "EADDRINUSE");
  } finally {
    holder.close();
  }
});
