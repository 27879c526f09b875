/**
 * What misbehaving clients leave behind: nothing. Every kind of them comes many times, and then listeners, connections
 * and places for changes are counted.
 *
 * @module
 */

import { Refusal } from "../../src/web/answer_schemas.ts";
import { Api } from "../../src/web/api.ts";
import { MAX_BODY_BYTES } from "../../src/web/body.ts";
import { HTTP_LIMITS } from "../../src/web/http_server.ts";
import { assertEquals } from "../support/assert.ts";
import { Control, write } from "../support/control.ts";
import { until } from "../support/deadline.ts";
import { newPeerId } from "../support/parties.ts";
import { leftOut } from "../support/print.ts";

const STATUS = { command: "status" };
const TIMES = 100;
const no_counts = Deno.build.os === "linux" ? undefined : "connections are counted in /proc/net/tcp";

/** How many ends of connections with the server's port are open in this machine, closing ones not counted. */
async function openConnections(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = (await Deno.readTextFile("/proc/net/tcp")).split("\n").slice(1);
  // The server's own end, in the state ESTABLISHED (01) or CLOSE_WAIT (08).
  return rows.filter((row) => new RegExp(`^ *\\d+: 0100007F:${hex} \\w+:\\w+ 0[18] `).test(row)).length;
}

/** Clients that are refused, break off, or hang. Each gives the status that it saw, where it waited for one. */
const CLIENTS: Record<string, [expected: number | undefined, run: (control: Control) => Promise<unknown>]> = {
  "from another site": [
    403,
    (control) => status(control.command(STATUS, { origin: "https://evil.example" })),
  ],
  "with another host": [421, (control) => status(control.command(STATUS, { host: "evil.example" }))],
  "without the token": [401, (control) => status(control.command(STATUS, { authorization: "" }))],
  "with too long a body": [413, (control) => status(control.command("x".repeat(MAX_BODY_BYTES + 1)))],
  "that asks for events and goes": [undefined, async (control) => {
    using connection = await control.send("GET", "/api/v1/events", {});
    await connection.read(new Uint8Array(64));
  }],
  "that breaks off in its body": [undefined, async (control) => {
    const headers = { ...control.proper, "content-length": "100" };
    using _ = await control.send("POST", "/api/v1/commands", { headers, body: "{" });
  }],
  "that breaks off in its headers": [undefined, async (control) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: control.port });
    await connection.write(new TextEncoder().encode("GET /api/v1/status HTTP/1.1\r\nHost: 127"));
  }],
  "that speaks no HTTP": [undefined, async (control) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: control.port });
    await connection.write(crypto.getRandomValues(new Uint8Array(2_000)));
  }],
};

async function status(answer: Promise<{ status: number }>): Promise<number> {
  return (await answer).status;
}

for (const [who, [expected, run]] of Object.entries(CLIENTS)) {
  Deno.test(`a client ${who}, a hundred times, leaves no connection or listener behind`, {
    ignore: leftOut("connections that are left", no_counts),
  }, async () => {
    await using control = await Control.start();
    for (let n = 0; n < TIMES; n++) {
      const seen = await run(control);
      if (expected !== undefined) assertEquals(seen, expected);
    }
    await until("no connection", async () => await openConnections(control.port) === 0);
    assertEquals(control.server.feed.listeners, 0);
    assertEquals(control.sent, []);
    assertEquals((await control.command(STATUS)).status, 200);
  });
}

Deno.test("a body that never ends gives its place back when its time is over", async () => {
  const own = { port: 1, token: "t" };
  const api = new Api(undefined as never, own, new AbortController().signal, undefined, undefined, 1);
  const headers = { host: "127.0.0.1:1", authorization: "Bearer t", "content-type": "application/json" };
  // More than are answered at a time.
  for (let n = 0; n < 70; n++) {
    let is_cancelled = false;
    const body = new ReadableStream({
      start: (to) => to.enqueue(new Uint8Array([123])),
      cancel: () => void (is_cancelled = true),
    });
    const request = new Request("http://127.0.0.1:1/api/v1/commands", { method: "POST", headers, body });
    const answer = await api.answer(request);
    assertEquals(Refusal.parse(await answer.json()).error.code, "timeout");
    assertEquals(is_cancelled, true);
  }
});

Deno.test("readers that leave in the middle of a thousand events leave no listener behind", async () => {
  await using control = await Control.start();
  for (let n = 0; n < 20; n++) {
    using connection = await control.send("GET", "/api/v1/events", {});
    await connection.read(new Uint8Array(64));
    const peer_id = newPeerId();
    for (let m = 0; m < 50; m++) control.bus.emit({ event: "peer-lost", peer_id, reason: "timeout" });
    await connection.read(new Uint8Array(64));
  }
  await until("nobody listens", () => control.server.feed.listeners === 0);
});

Deno.test("a reader that is reset while events are written to it is no failure of the server", async () => {
  await using control = await Control.start();
  {
    using connection = await control.send("GET", "/api/v1/events", {});
    await until("a listener", () => control.server.feed.listeners === 1);
    // Unread bytes make closing a reset.
    const lost = () => ({ event: "peer-lost" as const, peer_id: newPeerId(), reason: "timeout" as const });
    for (let n = 0; n < 1_000; n++) control.bus.emit(lost());
    await connection.read(new Uint8Array(1));
  }
  await until("nobody listens", () => control.server.feed.listeners === 0);
  assertEquals((await control.request("GET", "/api/v1/status")).status, 200);
});

Deno.test("three hundred clients that send their headers for ever keep nobody from being answered", {
  ignore: leftOut("connections that are left", no_counts),
}, async () => {
  await using control = await Control.start();
  const open = () => openConnections(control.port);
  {
    using stack = new DisposableStack();
    for (let n = 0; n < 300; n++) {
      const connection = stack.use(await Deno.connect({ hostname: "127.0.0.1", port: control.port }));
      await write(connection, "GET /api/v1/status HTTP/1.1\r\nX-Slow: ");
      if (n % 50 === 0) assertEquals((await control.command(STATUS)).status, 200);
    }
    await until("as many as there are places", async () => await open() === HTTP_LIMITS.connections);
    assertEquals((await control.command(STATUS)).status, 200);
  }
  await until("no connection", async () => await open() === 0);
});
