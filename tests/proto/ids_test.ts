/**
 * Ids, names and socket addresses.
 *
 * @module
 */

import fc from "fast-check";
import {
  ByteCount,
  DisplayName,
  GameId,
  joinAddress,
  PeerId,
  Sha256,
  SocketAddress,
  splitAddress,
} from "../../src/proto/ids.ts";
import { MAX_NAME_LENGTH } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const port = fc.integer({ min: 1, max: 65_535 });

Deno.test("every random UUID is a peer_id", async () => {
  await holds(fc.property(fc.uuid(), (id) => assertEquals(`${PeerId.parse(id)}`, id)));
  assert(PeerId.safeParse(crypto.randomUUID()).success);
});

Deno.test("a peer_id in another form is refused", () => {
  const id = "0b6e1c1e-5d0c-4f5e-9a51-6f2f5d3f7c11";
  const others = ["", id.toUpperCase(), `{${id}}`, id.replaceAll("-", ""), `${id}\n`, ` ${id}`, `${id}0`];
  for (const other of others) assert(!PeerId.safeParse(other).success, JSON.stringify(other));
});

Deno.test("a SHA-256 is 64 hexadecimal digits in lower case", () => {
  assert(Sha256.safeParse("0123456789abcdef".repeat(4)).success);
  for (
    const text of ["", "a".repeat(63), "a".repeat(65), "A".repeat(64), "g".repeat(64), `${"a".repeat(64)}\n`]
  ) {
    assert(!Sha256.safeParse(text).success, JSON.stringify(text));
  }
});

Deno.test("a plain folder name is a game id", async () => {
  await holds(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9_]{3,40}$/), (id) => {
      fc.pre(!["local"].includes(id) && !/^(com|lpt)[0-9]$/.test(id));
      assertEquals(`${GameId.parse(id)}`, id);
    }),
    { examples: [["alienswarm"], ["cstrike"]] },
  );
});

Deno.test("a byte count is a whole number from 0 to 2^53 - 1", () => {
  for (const count of [0, 1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
    assertEquals(ByteCount.parse(count), count);
  }
  for (const count of [-1, 0.5, 2 ** 53, 1e300, NaN, Infinity, "1", null, 1n]) {
    assert(!ByteCount.safeParse(count).success, String(count));
  }
});

Deno.test("a display name is one line for people", () => {
  for (
    const name of ["a", "Jos\u00e9's PC", "\u30b2\u30fc\u30e0", "\u{1f3ae}", "x".repeat(MAX_NAME_LENGTH)]
  ) {
    assertEquals(DisplayName.parse(name), name);
  }
  const others = [
    "",
    "a\nb",
    "a\rb",
    "\x1b[31mred",
    "a\0",
    "a\x7f",
    "a\x9b",
    "x".repeat(MAX_NAME_LENGTH + 1),
  ];
  for (const name of others) assert(!DisplayName.safeParse(name).success, JSON.stringify(name));
});

Deno.test("a display name has no line separator, no half character, and shows something", () => {
  for (const name of ["a\u2028b", "a\u2029b", "\ud800", "a\udc00", " ", "\u3000"]) {
    assert(!DisplayName.safeParse(name).success, JSON.stringify(name));
  }
});

Deno.test("an address splits into the host and the port that it was joined from", async () => {
  await holds(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (hostname, port) => {
      const address = joinAddress(hostname, port);
      assertEquals(splitAddress(address), { hostname, port });
      assertEquals(SocketAddress.parse(address), address);
      assertEquals(new URL(`udp://${address}`).port, `${port}`);
    }),
    { runs: 300 },
  );
});

Deno.test("whatever splits into host and port joins to the same text", async () => {
  const digits = fc.stringMatching(/^[0-9]{1,5}$/);
  const octets = fc.array(fc.stringMatching(/^[0-9]{1,3}$/), { minLength: 3, maxLength: 5 });
  await holds(
    fc.property(octets.map((all) => all.join(".")), digits, (hostname, port) => {
      const split = splitAddress(`${hostname}:${port}`);
      if (!split) return;
      assertEquals(`${joinAddress(split.hostname, split.port)}`, `${hostname}:${port}`);
      // The standard of the web reads a leading zero as octal; one address must have one meaning.
      assertEquals(new URL(`http://${hostname}/`).hostname, hostname);
    }),
    { runs: 1_000, examples: [["1.2.3.4", "0080"], ["01.2.3.4", "80"], ["1.2.3.04", "80"]] },
  );
});

const NO_ADDRESS = [
  "",
  "10.0.0.1",
  "10.0.0.1:",
  ":5477",
  "10.0.0.1:0",
  "10.0.0.1:65536",
  "10.0.0.1:-1",
  "10.0.0.1:5477 ",
  " 10.0.0.1:5477",
  "10.0.0.1:5477\n",
  "10.0.0.1:1e3",
  "10.0.0.1:0x50",
  "10.0.0.256:5477",
  "10.0.0:5477",
  "10.0.0.1.1:5477",
  "0x7f.0.0.1:5477",
  "10.0.0.010:5477",
  "localhost:5477",
  "peer.lanspread:5477",
  "::1:5477",
  "::1",
  "[::1]",
  "[::1]:0",
  "[]:5477",
  "[::g]:5477",
  "[1::2::3]:5477",
  "[10.0.0.1]:5477",
  "[fe80::1%eth0]:5477",
  "user@10.0.0.1:5477",
  "10.0.0.1:5477/x",
  "http://10.0.0.1:5477",
];

for (const text of NO_ADDRESS) {
  Deno.test(`${JSON.stringify(text)} is no socket address`, () => {
    assertEquals(splitAddress(text), undefined);
    assert(!SocketAddress.safeParse(text).success);
  });
}

Deno.test("joinAddress() refuses a name, a zone, a port out of range", () => {
  const pairs: [string, number][] = [["host", 1], ["fe80::1%eth0", 1], ["10.0.0.1", 0], ["10.0.0.1", 65_536]];
  pairs.push(["10.0.0.1", 1.5], ["10.0.0.1", NaN], ["[::1]", 1], ["", 1]);
  for (const [hostname, port] of pairs) assertThrows(() => joinAddress(hostname, port), RangeError);
});

Deno.test("random text never splits into an address that no URL has", async () => {
  const text = fc.stringMatching(/^[0-9a-f:.[\]%]{0,30}$/);
  await holds(
    fc.property(text, (address) => {
      if (splitAddress(address)) assert(URL.canParse(`udp://${address}`), address);
    }),
    { runs: 2_000 },
  );
});
