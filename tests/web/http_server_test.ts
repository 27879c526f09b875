/**
 * The HTTP server with clients that mean well, from its first request to its end.
 *
 * @module
 */

import type { Answer } from "../../src/web/http_exchange.ts";
import { listenHttp } from "../../src/web/http_server.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { write } from "../support/control.ts";
import { until, within } from "../support/deadline.ts";
import { assertAnswers, echo, Endless, serve, untilEmpty } from "../support/http.ts";
import { ask, head, open, readToEnd, statusOf } from "../support/raw_http.ts";

Deno.test("a stream comes whole to a client that reads", async () => {
  const pieces = Array.from({ length: 500 }, (_, n) => `${n} ${"x".repeat(10_000)}\n`);
  const answer: Answer = () => {
    const body = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  };
  await using http = await serve(answer);
  const fetched = await fetch(`http://127.0.0.1:${http.port}/`);
  assertEquals(await fetched.text(), pieces.join(""));
});

Deno.test("a stream that fails breaks off visibly", async () => {
  const answer: Answer = () => {
    const body = new ReadableStream({
      start: (to) => to.enqueue(new Uint8Array([33])),
      pull: (to) => to.error(new Error("over")),
    });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  };
  await using http = await serve(answer);
  const text = await ask(http.port);
  assert(!text.endsWith("0\r\n\r\n"), "the last chunk is missing");
  await untilEmpty(http);
});

Deno.test("a few pipelined requests are answered in their order", async () => {
  await using http = await serve();
  const paths = ["/a", "/b", "/c", "/d"];
  const more = paths.map((path) => head(http.port, `GET ${path} HTTP/1.1`)).join("");
  const last = head(http.port, "GET /e HTTP/1.1", "Connection: close\r\n");
  using connection = await open(http.port, more + last);
  const seen = [...(await readToEnd(connection)).matchAll(/GET (\/.)/g)].map(([, path]) => path);
  assertEquals(seen, [...paths, "/e"]);
});

Deno.test("a client that wants another protocol is answered in this one", async () => {
  await using http = await serve();
  const answer = await ask(http.port, "GET / HTTP/1.1", "Upgrade: websocket\r\nConnection: upgrade\r\n");
  assertEquals(statusOf(answer), 200);
});

Deno.test("a client of HTTP/1.0 is answered, and its connection ends", async () => {
  await using http = await serve();
  using connection = await open(http.port, "GET /old HTTP/1.0\r\n\r\n");
  const answer = await readToEnd(connection);
  assertEquals(statusOf(answer), 200);
  assert(answer.endsWith("\r\n\r\nGET /old "), answer);
});

Deno.test("HEAD is answered with the length and without the body", async () => {
  await using http = await serve();
  const answer = await ask(http.port, "HEAD /long HTTP/1.1");
  assertMatch(answer, /^content-length: 11\r$/mi);
  assert(answer.endsWith("\r\n\r\n"), answer);
});

Deno.test("a client that waits to be asked for its body is asked, and answered", async () => {
  await using http = await serve();
  const headers = "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n";
  using connection = await open(http.port, head(http.port, "POST /p HTTP/1.1", headers));
  const buffer = new Uint8Array(100);
  const count = await within("to be asked", connection.read(buffer)) ?? 0;
  assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "HTTP/1.1 100 Continue\r\n\r\n");
  await connection.write(new TextEncoder().encode("hello"));
  const answer = await readToEnd(connection);
  assert(answer.endsWith("POST /p hello"), answer);
});

Deno.test("a body in chunks and one of bytes are read as they were sent", async () => {
  await using http = await serve();
  const chunked = await ask(
    http.port,
    "POST / HTTP/1.1",
    "Transfer-Encoding: chunked\r\n",
    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
  );
  assert(chunked.endsWith("POST / abcde"), chunked);
  const sized = await ask(http.port, "PUT / HTTP/1.1", "Content-Length: 4\r\n", "\u00e9\u00e9");
  assert(sized.endsWith("PUT / \u00e9\u00e9"), sized);
});

Deno.test("a body that is refused when half of it was read leaves the connection to the next request", async () => {
  const refuseHalf: Answer = async (request) => {
    const reader = request.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    return new Response(null, { status: reader ? 413 : 200 });
  };
  await using http = await serve(refuseHalf);
  const long = "y".repeat(1024 * 1024);
  const last = head(http.port, "GET / HTTP/1.1", "Connection: close\r\n");
  using connection = await open(
    http.port,
    head(http.port, "POST / HTTP/1.1", `Content-Length: ${long.length}\r\n`),
  );
  const reading = readToEnd(connection);
  await write(connection, long + last);
  assertEquals((await reading).match(/HTTP\/1.1 \d+/g), ["HTTP/1.1 413", "HTTP/1.1 200"]);
});

Deno.test("an answer that fails is a status 500, and the server lives on", async () => {
  await using http = await serve((request) =>
    request.url.endsWith("/bad") ? Promise.reject(new Error("broken")) : echo(request)
  );
  assertEquals(statusOf(await ask(http.port, "GET /bad HTTP/1.1")), 500);
  await assertAnswers(http);
});

Deno.test("an answer, whole or a stream, for a client that has gone meanwhile is let go", async () => {
  const endless = new Endless();
  const late = Promise.withResolvers<void>();
  let asked = 0;
  let answered = 0;
  const http = await serve(async (request) => {
    asked++;
    await late.promise;
    answered++;
    return await endless.answer(request);
  });
  await using _ = http;
  {
    using stack = new DisposableStack();
    for (const path of ["/stream", "/", "/stream", "/"]) {
      stack.use(await open(http.port, head(http.port, `GET ${path} HTTP/1.1`)));
    }
    await until("all requests", () => asked === 4);
  }
  await untilEmpty(http);
  late.resolve();
  await until("all answers", () => answered === 4 && endless.cancelled === 2);
});

Deno.test("who comes before there is an answer waits for it", async () => {
  await using http = await listenHttp(0);
  using connection = await open(http.port, head(http.port, "GET /early HTTP/1.1", "Connection: close\r\n"));
  await until("the connection", () => http.connections === 1);
  http.serve(echo);
  assertStringIncludes(await readToEnd(connection), "GET /early");
});

Deno.test("at its end the answer that is on its way is given, whoever waits is ended, and streams are let go", async () => {
  const endless = new Endless();
  const late = Promise.withResolvers<Response>();
  let is_asked = false;
  const http = await serve((request) => {
    if (!request.url.endsWith("/late")) return endless.answer(request);
    is_asked = true;
    return late.promise;
  });
  using stack = new DisposableStack();
  const silent = stack.use(await open(http.port));
  const slow = stack.use(await open(http.port, "GET / HTTP/1.1\r\n"));
  const reader = stack.use(await open(http.port, head(http.port, "GET /stream HTTP/1.1")));
  await reader.read(new Uint8Array(1));
  const asking = stack.use(await open(http.port, head(http.port, "GET /late HTTP/1.1")));
  await until("all connections", () => is_asked && http.connections === 4);
  const ending = Promise.resolve(http[Symbol.asyncDispose]());
  assertEquals([await readToEnd(silent), await readToEnd(slow)], ["", ""]);
  late.resolve(new Response("at last"));
  assertStringIncludes(await readToEnd(asking), "at last");
  await within("the end of the server", ending);
  assertEquals([endless.cancelled, http.connections], [1, 0]);
});
