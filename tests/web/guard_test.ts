/**
 * Who asks, in every form in which HTTP can say it: what is not plainly this peer's own name is refused.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { Control } from "../support/control.ts";
import { open, readToEnd, statusOf } from "../support/raw_http.ts";

/** The first lines of a request, with PORT for the port, and how it is answered. */
const HEADS: Record<string, [lines: string[], status: number]> = {
  "its own name": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"], 200],
  "its own name, in capitals": [["GET /api/v1/status HTTP/1.1", "HOST: LocalHost:PORT"], 200],
  "its own name of IPv6": [["GET /api/v1/status HTTP/1.1", "Host: [::1]:PORT"], 200],
  "a whole address that is its own": [
    ["GET http://127.0.0.1:PORT/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    200,
  ],
  "a whole address without a path": [["GET http://127.0.0.1:PORT HTTP/1.1", "Host: 127.0.0.1:PORT"], 200],
  "a whole address of another host": [
    ["GET http://evil.example/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    400,
  ],
  "a whole address that is its own, for another host": [
    ["GET http://127.0.0.1:PORT/api/v1/status HTTP/1.1", "Host: evil.example"],
    400,
  ],
  "a whole address of another host, twice": [
    ["GET http://evil.example/api/v1/status HTTP/1.1", "Host: evil.example"],
    421,
  ],
  "a whole address with a user": [
    ["GET http://127.0.0.1:PORT@evil.example/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    400,
  ],
  "a whole address of another scheme": [
    ["GET https://127.0.0.1:PORT/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    400,
  ],
  "a path that looks like a host": [
    ["GET //evil.example/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    404,
  ],
  "a path that looks like a host, backwards": [
    ["GET /\\evil.example/api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT"],
    404,
  ],
  "two hosts, its own first": [
    ["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT", "Host: evil.example"],
    421,
  ],
  "two hosts, its own last": [
    ["GET /api/v1/status HTTP/1.1", "Host: evil.example", "Host: 127.0.0.1:PORT"],
    421,
  ],
  "its own host twice": [
    ["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT", "Host: 127.0.0.1:PORT"],
    421,
  ],
  "no host": [["GET /api/v1/status HTTP/1.1"], 400],
  "no host in the way of HTTP/1.0": [["GET /api/v1/status HTTP/1.0"], 421],
  "an empty host": [["GET /api/v1/status HTTP/1.1", "Host:"], 421],
  "a host with a dot at its end": [["GET /api/v1/status HTTP/1.1", "Host: localhost.:PORT"], 421],
  "an address with a dot at its end": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1.:PORT"], 421],
  "a host below its own": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1.evil.example:PORT"], 421],
  "another address of this machine": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.2:PORT"], 421],
  "its own address as a number": [["GET /api/v1/status HTTP/1.1", "Host: 2130706433:PORT"], 421],
  "its own address, shortened": [["GET /api/v1/status HTTP/1.1", "Host: 127.1:PORT"], 421],
  "its own address of IPv6, written out": [
    ["GET /api/v1/status HTTP/1.1", "Host: [0:0:0:0:0:0:0:1]:PORT"],
    421,
  ],
  "its own address of IPv4 in IPv6": [["GET /api/v1/status HTTP/1.1", "Host: [::ffff:127.0.0.1]:PORT"], 421],
  "a host with a user": [["GET /api/v1/status HTTP/1.1", "Host: evil.example@127.0.0.1:PORT"], 421],
  "a host with bytes that are no ASCII": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1\u00e9:PORT"], 421],
  "two origins, its own first": [
    [
      "GET /api/v1/status HTTP/1.1",
      "Host: 127.0.0.1:PORT",
      "Origin: http://127.0.0.1:PORT",
      "Origin: http://evil.example",
    ],
    403,
  ],
  "an empty origin": [["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT", "Origin:"], 403],
  "an origin of another scheme": [
    ["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:PORT", "Origin: https://127.0.0.1:PORT"],
    403,
  ],
  "two sites, a good one first": [
    [
      "GET /api/v1/status HTTP/1.1",
      "Host: 127.0.0.1:PORT",
      "Sec-Fetch-Site: none",
      "Sec-Fetch-Site: cross-site",
    ],
    403,
  ],
};

for (const [what, [lines, status]] of Object.entries(HEADS)) {
  Deno.test(`a request that names ${what} is answered with ${status}`, async () => {
    await using control = await Control.start();
    const text = [...lines, "Connection: close", "", ""].join("\r\n").replaceAll("PORT", `${control.port}`);
    using connection = await open(control.port, text);
    const answer = await readToEnd(connection);
    assertEquals(statusOf(answer), status);
    assert(
      status === 200 || !answer.includes(control.snapshot.status.peer_id),
      "nothing of the peer is told",
    );
  });
}

Deno.test("a change with two tokens, the right one among them, is refused", async () => {
  await using control = await Control.start();
  const token = `Authorization: Bearer ${control.server.token}`;
  for (const tokens of [[token, "Authorization: Bearer x"], ["Authorization: Bearer x", token]]) {
    const lines = ["POST /api/v1/commands HTTP/1.1", `Host: 127.0.0.1:${control.port}`, ...tokens];
    const rest = [
      "Content-Type: application/json",
      "Content-Length: 20",
      "Connection: close",
      "",
      '{"command":"status"}',
    ];
    using connection = await open(control.port, [...lines, ...rest].join("\r\n"));
    assertEquals(statusOf(await readToEnd(connection)), 401);
  }
  assertEquals(control.sent, []);
});
