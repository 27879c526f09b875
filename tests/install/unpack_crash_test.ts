import { LanspreadError } from "../../src/base/errors.ts";
import { unpack } from "../../src/install/unpack.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

const NEVER = new AbortController().signal;

/** Workers that end in other ways than by an answer. */
const CRASHES: Record<string, string> = {
  "throws a text": "onmessage = () => { throw 'abort' }",
  "throws while it loads": "throw new Error('no memory')",
  "leaves a promise rejected": "onmessage = () => { Promise.reject(new Error('lost')) }",
  "does not parse": "onmessage = (",
};

for (const [what, source] of Object.entries(CRASHES)) {
  Deno.test(`unpack() turns a worker that ${what} into an error`, async () => {
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    const error = await assertRejects(
      () =>
        unpack(
          { archives: [], destination: "", signal: NEVER },
          () => new Worker(url, { type: "module" }),
        ),
      LanspreadError,
      "stopped unexpectedly",
    );
    assertEquals(error.code, "internal");
  });
}

Deno.test("unpack() ends a worker by force that does not stop by itself", async () => {
  const url = "data:text/javascript,onmessage = () => { for (;;); }";
  const cancel = new AbortController();
  const running = unpack(
    { archives: [], destination: "", signal: cancel.signal },
    () => new Worker(url, { type: "module" }),
  );
  cancel.abort();
  assertEquals((await assertRejects(() => running, LanspreadError)).code, "cancelled");
});
