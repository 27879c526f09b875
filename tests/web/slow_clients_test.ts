/**
 * Clients that are slow, silent, greedy or many: each is ended or bounded, and others are answered meanwhile.
 *
 * @module
 */

import { readBody } from "../../src/web/body.ts";
import type { Answer } from "../../src/web/http_exchange.ts";
import type { Listening } from "../../src/web/http_server.ts";
import { assertEquals, assertLess, assertStringIncludes } from "../support/assert.ts";
import { readAnswer, write } from "../support/control.ts";
import { until } from "../support/deadline.ts";
import { assertAnswers, echo, Endless, NEVER, serve, SHORT_MS, untilEmpty } from "../support/http.ts";
import { ask, drip, head, open, readToEnd, statusOf } from "../support/raw_http.ts";

/** Clients that take too long to say what they want. */
const SLOW: Record<string, [said: string, piece: string, status: number | undefined]> = {
  "drips its request line": ["GET /", "a", 408],
  "drips a header": ["GET / HTTP/1.1\r\nX-Slow: ", "y", 408],
  "drips headers": ["GET / HTTP/1.1\r\n", "X: y\r\n", 408],
  "drips empty lines": ["\r\n", "\r\n", 408],
  "says nothing": ["", "", undefined],
};

for (const [what, [said, piece, status]] of Object.entries(SLOW)) {
  Deno.test(`a client that ${what} is ended by the deadline, and another is answered meanwhile`, async () => {
    await using http = await serve(echo, { waiting_ms: SHORT_MS });
    using connection = await open(http.port, said);
    const ending = drip(connection, piece);
    await until("the connection", () => http.connections > 0);
    await assertAnswers(http);
    assertEquals(statusOf(await ending), status);
    await untilEmpty(http);
  });
}

for (
  const [what, said, piece] of [
    ["keeps silent", "", ""],
    ["drips empty lines", "\r\n", "\r\n"],
    ["drips a request", "GET /", "a"],
  ] as const
) {
  Deno.test(`a client that was answered and then ${what} is ended by the deadline`, async () => {
    await using http = await serve(echo, { waiting_ms: SHORT_MS });
    using connection = await open(http.port, head(http.port, "GET / HTTP/1.1"));
    assertEquals((await readAnswer(connection)).status, 200);
    await write(connection, said);
    await drip(connection, piece);
    await untilEmpty(http);
  });
}

for (
  const [length, piece] of [["Content-Length: 100000", "y"], ["Transfer-Encoding: chunked", "1\r\ny\r\n"]]
) {
  Deno.test(`a client that drips a body (${length}) is answered and ended by the deadline`, async () => {
    const answer: Answer = (request) =>
      readBody(request, NEVER, SHORT_MS).then(
        () => new Response(),
        () => new Response(null, { status: 408 }),
      );
    await using http = await serve(answer, { waiting_ms: SHORT_MS });
    using connection = await open(http.port, head(http.port, "POST / HTTP/1.1", `${length}\r\n`));
    const ending = drip(connection, piece ?? "");
    await until("the connection", () => http.connections > 0);
    await assertAnswers(http);
    assertEquals(statusOf(await ending), 408);
    await untilEmpty(http);
  });
}

Deno.test("a client that drips a body that nobody wants is answered and ended by the deadline", async () => {
  await using http = await serve(() => Promise.resolve(new Response("x")), { waiting_ms: SHORT_MS });
  using connection = await open(http.port, head(http.port, "GET / HTTP/1.1", "Content-Length: 100000\r\n"));
  assertEquals(statusOf(await drip(connection, "y")), 200);
  await untilEmpty(http);
});

Deno.test("a client that reads nothing of a large answer is ended, and another is answered meanwhile", async () => {
  const large = "x".repeat(64 * 1024 * 1024);
  const answer: Answer = (request) =>
    Promise.resolve(new Response(request.url.endsWith("/large") ? large : ""));
  await using http = await serve(answer, { unread_ms: SHORT_MS });
  using connection = await open(http.port, head(http.port, "GET /large HTTP/1.1"));
  await connection.read(new Uint8Array(1));
  await assertAnswers(http);
  await untilEmpty(http);
});

Deno.test("a stream waits for a client that reads nothing, and is let go when the client goes", async () => {
  const endless = new Endless();
  await using http = await serve(endless.answer);
  {
    using connection = await open(http.port, head(http.port, "GET /stream HTTP/1.1"));
    await untilNothingIsTaken(endless, http, connection);
    // What the system itself holds for a connection, and little more.
    assertLess(endless.pulled, 32 * 1024 * 1024);
    assertEquals(endless.cancelled, 0);
  }
  await until("that it is let go", () => endless.cancelled === 1);
  await untilEmpty(http);
});

Deno.test("a stream that fails while its client reads nothing takes the connection with it", async () => {
  const endless = new Endless();
  await using http = await serve(endless.answer);
  using connection = await open(http.port, head(http.port, "GET /stream HTTP/1.1"));
  await untilNothingIsTaken(endless, http, connection);
  assertEquals(http.connections, 1);
  endless.fail();
  await untilEmpty(http);
});

Deno.test("where all places are taken, the connection that waits longest makes room for a newcomer", async () => {
  await using http = await serve(echo, { connections: 4 });
  using first = await open(http.port, "GET / HTTP/1.1\r\n");
  await until("the first", () => http.connections === 1);
  using stack = new DisposableStack();
  for (let n = 0; n < 3; n++) stack.use(await open(http.port));
  await until("all places taken", () => http.connections === 4);
  await assertAnswers(http);
  assertEquals(await readToEnd(first), "");
  for (let n = 0; n < 50; n++) stack.use(await open(http.port, "GET / HTTP/1.1\r\nX: "));
  await assertAnswers(http);
  assertLess(http.connections, 5);
});

Deno.test("where all places are being answered, a newcomer is told so, and has one when another goes", async () => {
  const endless = new Endless();
  await using http = await serve(endless.answer, { connections: 2 });
  {
    using stack = new DisposableStack();
    for (let n = 0; n < 2; n++) {
      const connection = stack.use(await open(http.port, head(http.port, "GET /stream HTTP/1.1")));
      await connection.read(new Uint8Array(1));
    }
    const refused = await ask(http.port);
    assertEquals(statusOf(refused), 503);
    assertStringIncludes(refused, '"busy"');
    assertEquals(http.connections, 2);
  }
  await untilEmpty(http);
  await assertAnswers(http);
});

Deno.test("a client that only stops sending is ended, and its stream let go", async () => {
  const endless = new Endless();
  await using http = await serve(endless.answer);
  for (
    const text of ["", "GET / HTTP/1.1\r\n", head(http.port, "POST / HTTP/1.1", "Content-Length: 9\r\n")]
  ) {
    using connection = await open(http.port, text);
    await connection.closeWrite();
    await readToEnd(connection);
  }
  using connection = await open(http.port, head(http.port, "GET /stream HTTP/1.1"));
  await connection.read(new Uint8Array(1));
  await connection.closeWrite();
  await readToEnd(connection);
  await until("that it is let go", () => endless.cancelled === 1);
  await untilEmpty(http);
});

Deno.test("a client that pipelines without end is ended, and its streams are let go", async () => {
  const endless = new Endless();
  await using http = await serve(endless.answer);
  using connection = await open(http.port, head(http.port, "GET /stream HTTP/1.1").repeat(1_000));
  await readToEnd(connection);
  await untilEmpty(http);
  await assertAnswers(http);
  assertLess(endless.pulled, 32 * 1024 * 1024);
});

/** Reads one byte of a stream, and waits until the system holds as much of it for the connection as it wants. */
async function untilNothingIsTaken(endless: Endless, http: Listening, connection: Deno.Conn): Promise<void> {
  await connection.read(new Uint8Array(1));
  await until("that nothing more is taken", async () => {
    const before = endless.pulled;
    for (let n = 0; n < 20; n++) await assertAnswers(http);
    return before > 0 && endless.pulled === before;
  });
}
