/**
 * Requests that no browser and no program of ours sends: each is refused, and the next client is answered.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { assertAnswers, echo, serve, SHORT_MS, untilEmpty } from "../support/http.ts";
import { head, open, readToEnd, statusOf } from "../support/raw_http.ts";

const HELLO = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
/** Requests that no client of ours sends. */
const ODD: Record<string, [text: (port: number) => string, status: number | undefined]> = {
  "speaks TLS": [() => `${HELLO}${"x".repeat(500)}`, 400],
  "speaks HTTP/2": [() => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  "sends a request line of its own making": [() => "make me a sandwich\r\n\r\n", 400],
  "sends a line feed in a header's name": [(port) => head(port, "GET / HTTP/1.1", "X\nY: z\r\n"), 400],
  "sends no Host": [() => "GET / HTTP/1.1\r\n\r\n", 400],
  "sends a header of 1 MiB": [(port) => head(port, "GET / HTTP/1.1", `X: ${"y".repeat(1 << 20)}\r\n`), 431],
  "sends a path of 1 MiB": [(port) => head(port, `GET /${"y".repeat(1 << 20)} HTTP/1.1`), 431],
  "sends many headers": [(port) => head(port, "GET / HTTP/1.1", "X: y\r\n".repeat(100_000)), 431],
  "sends two lengths": [
    (port) => head(port, "POST / HTTP/1.1", "Content-Length: 1\r\nContent-Length: 2\r\n"),
    400,
  ],
  "sends a length and chunks": [
    (port) => head(port, "POST / HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    400,
  ],
  "sends a negative length": [(port) => head(port, "POST / HTTP/1.1", "Content-Length: -1\r\n"), 400],
  "takes it for a proxy": [(port) => head(port, "CONNECT example.org:443 HTTP/1.1"), undefined],
  "wants its request back": [(port) => head(port, "TRACE / HTTP/1.1"), 400],
  "asks for no path": [(port) => head(port, "OPTIONS * HTTP/1.1"), 400],
  "expects something unheard of": [(port) => head(port, "GET / HTTP/1.1", "Expect: 200-ok\r\n"), 417],
};

for (const [what, [text, status]] of Object.entries(ODD)) {
  Deno.test(`a client that ${what} is refused, and another is answered`, async () => {
    await using http = await serve(echo, { waiting_ms: SHORT_MS });
    using connection = await open(http.port, text(http.port));
    assertEquals(statusOf(await readToEnd(connection)), status);
    await assertAnswers(http);
    await untilEmpty(http);
  });
}
