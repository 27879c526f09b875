import { datagramBytes, LAN_DATAGRAM_BYTES } from "../../../../src/peer/transport/matrixai/config.ts";
import { assert, assertEquals } from "../../../support/assert.ts";
import { QuichePair } from "../../../support/quiche_pair.ts";

const never = new AbortController().signal;
/** Ten of quiche's largest datagrams (RFC 9002, section 7.2), each four of ours; the least window is a fifth of it. */
const FIRST_WINDOW_DATAGRAMS = 40;

Deno.test("a window holds four times the datagrams that quiche counts it in, none larger than the network takes", async () => {
  using pair = await QuichePair.open();
  const stream = await pair.near.openStream(never);
  // The windows of QUIC hold it back, not this test.
  stream.write(new Uint8Array(1024 * 1024)).catch(() => {});
  const datagrams = pair.outgoing(pair.near);
  const sizes = datagrams.map(({ length }) => length);
  assertEquals(Math.max(...sizes), LAN_DATAGRAM_BYTES);
  const full = sizes.filter((size) => size === LAN_DATAGRAM_BYTES).length;
  assert(full >= FIRST_WINDOW_DATAGRAMS - 2 && full <= FIRST_WINDOW_DATAGRAMS, `${full} datagrams`);
});

Deno.test("datagrams are what every Ethernet carries to other machines, and larger on this one", () => {
  for (const host of ["192.168.1.7", "10.0.0.1", "fe80::1"]) {
    assertEquals(datagramBytes(host), LAN_DATAGRAM_BYTES);
  }
  for (const host of ["127.0.0.1", "127.0.0.53", "::1"]) assertEquals(datagramBytes(host), 16_384);
});
