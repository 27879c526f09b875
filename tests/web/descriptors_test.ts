/**
 * Clients against the file descriptors of the whole process, which the peer needs for its games.
 *
 * @module
 */

import { fromFileUrl } from "../../src/base/std/path.ts";
import { assertEquals } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { leftOut } from "../support/print.ts";
import { ask, open, statusOf } from "../support/raw_http.ts";

const PROGRAM = fromFileUrl(new URL("../support/http_program.ts", import.meta.url));
const DESCRIPTORS = 400;
const CLIENTS = 600;
const no_limit = Deno.build.os === "windows" ? "there is no limit to be set" : undefined;

Deno.test("more silent clients than the process may have files open keep nobody from being answered", {
  ignore: leftOut("file descriptors that run out", no_limit),
}, async () => {
  const run = `ulimit -n ${DESCRIPTORS} && exec "$0" run -A --unstable-net "$1"`;
  await using server = new Deno.Command("sh", {
    args: ["-c", run, Deno.execPath(), PROGRAM],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  const { value } = await within("the port", reader.read());
  const port = Number(new TextDecoder().decode(value));
  {
    using stack = new DisposableStack();
    for (let n = 0; n < CLIENTS; n++) {
      stack.use(await open(port));
      if (n % 100 === 0) assertEquals(statusOf(await ask(port)), 200);
    }
    assertEquals(statusOf(await ask(port)), 200);
  }
  assertEquals(statusOf(await ask(port)), 200);
  await server.stdin.close();
  assertEquals((await within("its end", server.status)).code, 0);
  await reader.cancel();
});
