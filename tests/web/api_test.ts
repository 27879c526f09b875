import { z } from "zod";
import { CommandResult } from "../../src/peer/answers.ts";
import { Games, Holders, OneGame, Peers, Refusal, Settings, Status } from "../../src/web/answer_schemas.ts";
import { MAX_BODY_BYTES, readBody } from "../../src/web/body.ts";
import { readControl } from "../../src/web/control_file.ts";
import { listenHttp } from "../../src/web/http_server.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { Control, readAnswer, refusal } from "../support/control.ts";
import { newPeerId } from "../support/parties.ts";
import { OFFERED_GAME } from "../support/states.ts";
import { summary } from "../support/summaries.ts";
import { TempDir } from "../support/temp_dir.ts";

const STATUS = { command: "status" };
const DOWNLOAD = { command: "download", game_id: "alienswarm", id: 7 };

Deno.test("a command gets to the peer and is answered as on the JSONL interface", async () => {
  await using control = await Control.start();
  control.onCommand = () => ({ version: "1.0" });
  const { status, body } = await control.command(DOWNLOAD);
  assertEquals(status, 200);
  const expected = { event: "result", id: 7, command: "download", ok: true, data: { version: "1.0" } };
  assertEquals(JSON.parse(body), expected);
  assertEquals(control.sent.map(({ command }) => command), ["download"]);
});

Deno.test("the holders of a game are told with what each one has of it", async () => {
  await using control = await Control.start();
  const game = summary("alienswarm", { version: "1.1" as never, size: 7 });
  const holder = { peer_id: newPeerId(), name: "bob", addr: "127.0.0.1:1" as never, library_rev: 1 };
  const other = { ...holder, peer_id: newPeerId(), library_digest: undefined, games: new Map() };
  const peers = [{ ...holder, library_digest: undefined, games: new Map([[game.id, game]]) }, other];
  control.snapshot = { ...control.snapshot, peers };
  const { status, body } = await control.request("GET", "/api/v1/holders?game_id=alienswarm");
  const { holders } = Holders.parse(JSON.parse(body));
  assertEquals([status, holders.map(({ name, version, size }) => [name, version, size])], [200, [[
    "bob",
    "1.1",
    7,
  ]]]);
  for (const wrong of ["", "?game_id=..%2Fx", "?game_id="]) {
    assertEquals((await control.request("GET", `/api/v1/holders${wrong}`)).status, 400);
  }
});

Deno.test("one game is told with its description and its folder, and lists tell neither", async () => {
  await using control = await Control.start();
  const folder = "/games/game";
  control.onGame = () => ({ ...OFFERED_GAME, description: "Four marines.", folder });
  control.snapshot = { ...control.snapshot, games: [OFFERED_GAME] };
  const one = await control.request("GET", "/api/v1/game?game_id=game");
  const { game } = OneGame.parse(JSON.parse(one.body));
  assertEquals([one.status, game.description, game.folder], [200, "Four marines.", folder]);
  control.onGame = () => {
    throw new LanspreadError("game_not_found", "game is not here, and nobody else has it");
  };
  assertEquals((await control.request("GET", "/api/v1/game?game_id=game")).status, 404);
  assertEquals((await control.request("GET", "/api/v1/game")).status, 400);
});

Deno.test("the settings are told without anything secret", async () => {
  await using control = await Control.start();
  const { status, body } = await control.request("GET", "/api/v1/settings");
  assertEquals([status, Settings.parse(JSON.parse(body))], [200, control.snapshot.settings]);
});

Deno.test("a command that is refused has its reason and a status that says so", async () => {
  await using control = await Control.start();
  control.onCommand = refusal;
  const { status, body } = await control.command(DOWNLOAD);
  assertEquals(status, 409);
  const result = CommandResult.parse(JSON.parse(body));
  assert(!result.ok);
  assertEquals(result.error.code, "operation_active");
});

Deno.test("games, peers and status can be read without a token, as their schemas say", async () => {
  await using control = await Control.start();
  for (const [path, schema] of [["games", Games], ["peers", Peers], ["status", Status]] as const) {
    const { status, headers, body } = await control.request("GET", `/api/v1/${path}`);
    assertEquals(status, 200);
    assertStringIncludes(headers, "cache-control: no-store");
    schema.parse(JSON.parse(body));
  }
});

const FOREIGN: Record<string, [headers: Record<string, string>, status: number]> = {
  "another host name": [{ host: "evil.example" }, 421],
  "another host name with the right port": [{ host: "evil.example:PORT" }, 421],
  "the right host on another port": [{ host: "127.0.0.1:1" }, 421],
  "no port in the host": [{ host: "127.0.0.1" }, 421],
  "a page from elsewhere": [{ origin: "https://evil.example" }, 403],
  "a page of another port of this machine": [{ origin: "http://127.0.0.1:8080" }, 403],
  "a page without an origin": [{ origin: "null" }, 403],
  "a page that leaves out its origin": [{ "sec-fetch-site": "cross-site" }, 403],
  "a page of the same site only": [{ "sec-fetch-site": "same-site" }, 403],
};

for (const [who, [headers, expected]] of Object.entries(FOREIGN)) {
  Deno.test(`the API refuses ${who}, for reading and for changing`, async () => {
    await using control = await Control.start();
    const fields = Object.entries(headers).map((
      [name, value],
    ) => [name, value.replace("PORT", `${control.port}`)]);
    const foreign: Record<string, string> = Object.fromEntries(fields);
    const asked = [
      await control.command(STATUS, foreign),
      await control.request("GET", "/api/v1/status", { headers: foreign }),
      await control.request("GET", "/metrics", { headers: foreign }),
    ];
    for (const { status, body } of asked) {
      assertEquals(status, expected);
      assertEquals(Refusal.parse(JSON.parse(body)).error.code, "unauthorized");
    }
    assertEquals(control.sent, []);
  });
}

Deno.test("the API answers under each of its own names, and to its own page", async () => {
  await using control = await Control.start();
  for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
    const host = `${name}:${control.port}`;
    const origin = `http://${host.toLowerCase()}`;
    const { status } = await control.command(STATUS, { host, origin, "sec-fetch-site": "same-origin" });
    assertEquals([name, status], [name, 200]);
  }
});

const TOKENS: Record<string, (token: string) => Record<string, string>> = {
  "no token": () => ({ authorization: "" }),
  "a wrong token": () => ({ authorization: `Bearer ${"0".repeat(64)}` }),
  "half of the token": (token) => ({ authorization: `Bearer ${token.slice(0, 32)}` }),
  "the token and more": (token) => ({ authorization: `Bearer ${token}0` }),
  "the token under another scheme": (token) => ({ authorization: `Basic ${token}` }),
};

for (const [what, headers] of Object.entries(TOKENS)) {
  Deno.test(`a change with ${what} is refused and says where the token is`, async () => {
    await using control = await Control.start();
    const { status, body } = await control.command(STATUS, headers(control.server.token));
    assertEquals(status, 401);
    assertStringIncludes(body, "control.json");
    assertEquals(control.sent, []);
  });
}

const WRONG: Record<
  string,
  [command: unknown, headers: Record<string, string>, status: number, word: string]
> = {
  "is not JSON": ["{", {}, 400, "not JSON"],
  "is empty": ["", {}, 400, "not JSON"],
  "is no command": [[], {}, 400, "command"],
  "is an unknown command": [{ command: "dance" }, {}, 400, "dance"],
  "lacks a field": [{ command: "download" }, {}, 400, "game_id"],
  "names a path as a game": [{ command: "download", game_id: "../x" }, {}, 400, "game_id"],
  "is a form": [STATUS, { "content-type": "application/x-www-form-urlencoded" }, 415, "application/json"],
  "is text": [STATUS, { "content-type": "text/plain" }, 415, "application/json"],
  "is too long": ["x".repeat(MAX_BODY_BYTES + 1), {}, 413, "65536"],
  "says that it is too long": [STATUS, { "content-length": "1000000000000" }, 413, "65536"],
};

for (const [what, [command, headers, status, word]] of Object.entries(WRONG)) {
  Deno.test(`a body that ${what} is refused with ${status}, and the API lives on`, async () => {
    await using control = await Control.start();
    const answer = await control.command(command, headers);
    assertEquals(answer.status, status);
    assertStringIncludes(answer.body, word);
    assertEquals(control.sent, []);
    assertEquals((await control.command(STATUS)).status, 200);
  });
}

Deno.test("a client that leaves in the middle of its body is no failure of the API", async () => {
  const body = new ReadableStream({ pull: (to) => to.error(new Error("aborted")) });
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  const error = await assertRejects(() => readBody(request, new AbortController().signal), LanspreadError);
  assertEquals(error.code, "connection_lost");
});

Deno.test("a body of exactly the limit is read", async () => {
  await using control = await Control.start();
  const text = JSON.stringify(STATUS);
  assertEquals((await control.command(text + " ".repeat(MAX_BODY_BYTES - text.length))).status, 200);
});

Deno.test("a body without a length is refused as soon as it is too long", async () => {
  await using control = await Control.start();
  const chunk = `${(1024).toString(16)}\r\n${"x".repeat(1024)}\r\n`;
  const headers = { ...control.proper, "transfer-encoding": "chunked" };
  using connection = await control.send("POST", "/api/v1/commands", { headers });
  await connection.write(new TextEncoder().encode(chunk.repeat(65)));
  assertEquals((await readAnswer(connection)).status, 413);
});

Deno.test("a body that does not come in time is given up", async () => {
  const trickle = new ReadableStream<Uint8Array>({ start: (to) => to.enqueue(new Uint8Array([123])) });
  const request = new Request("http://127.0.0.1/", { method: "POST", body: trickle });
  const error = await assertRejects(
    () => readBody(request, new AbortController().signal, 20),
    LanspreadError,
  );
  assertEquals(error.code, "timeout");
});

Deno.test("a client that sends nothing more keeps nobody from being answered, or the API from ending", async () => {
  await using control = await Control.start();
  const headers = { ...control.proper, "content-length": "100" };
  const stack = new DisposableStack();
  using _ = stack;
  for (let n = 0; n < 20; n++) {
    stack.use(await control.send("POST", "/api/v1/commands", { headers, body: "{" }));
    stack.use(await Deno.connect({ hostname: "127.0.0.1", port: control.port }));
  }
  assertEquals((await control.command(STATUS)).status, 200);
});

Deno.test("changes beyond what is answered at a time are told to come again", async () => {
  await using control = await Control.start();
  const headers = { ...control.proper, "content-length": "100" };
  using stack = new DisposableStack();
  for (let n = 0; n < 64; n++) {
    stack.use(await control.send("POST", "/api/v1/commands", { headers, body: "{" }));
  }
  const { status, body } = await control.command(STATUS);
  assertEquals(status, 503);
  assertEquals(Refusal.parse(JSON.parse(body)).error.code, "busy");
});

Deno.test("what there is not, and what can't be done with it, is said", async () => {
  await using control = await Control.start();
  assertEquals((await control.request("GET", "/api/v2/games")).status, 404);
  const wrong = await control.request("DELETE", "/api/v1/games");
  assertEquals(wrong.status, 405);
  assertStringIncludes(wrong.headers, "allow: get");
});

Deno.test("control.json says where, for this user alone, and goes with the API", async () => {
  await using dir = await TempDir.make();
  await using control = await Control.start();
  const { address, token } = control.server;
  assertEquals(await readControl(control.dir.path), { address, token });
  if (Deno.build.os !== "windows") {
    assertEquals(((await Deno.stat(control.dir.join("control.json"))).mode ?? 0) & 0o777, 0o600);
  }
  control.bus.close();
  await control.server[Symbol.asyncDispose]();
  assertEquals(await readControl(control.dir.path), undefined);
  assertEquals(await readControl(dir.path), undefined);
});

Deno.test("a taken port is told with what to do about it", async () => {
  await using first = await listenHttp(0);
  const error = await assertRejects(() => listenHttp(first.port), LanspreadError);
  assertEquals(error.code, "address_in_use");
  assertStringIncludes(error.message, "--http-port");
});

Deno.test("openapi.json describes every route, and every reference in it leads somewhere", async () => {
  await using control = await Control.start();
  const text = (await control.request("GET", "/api/v1/openapi.json")).body;
  const Described = z.object({
    openapi: z.literal("3.1.0"),
    paths: z.record(z.string(), z.record(z.string(), z.object({ summary: z.string() }))),
    components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  });
  const { paths, components } = Described.parse(JSON.parse(text));
  for (const path of ["/api/v1/commands", "/api/v1/games", "/api/v1/events", "/metrics"]) {
    assert(path in paths, path);
  }
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) =>
    name ?? ""
  );
  assert(references.length > 5);
  for (const name of references) assert(name in components.schemas, name);
  assertStringIncludes(JSON.stringify(components.schemas["Command"]), "fetch-latest");
});
