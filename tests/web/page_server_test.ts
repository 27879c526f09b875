import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Control } from "../support/control.ts";

const FILES = {
  "/": "text/html",
  "/page/app.js": "text/javascript",
  "/page/app.css": "text/css",
  "/page/icon.svg": "image/svg+xml",
};
/** What a browser says of a `fetch` of the page itself. */
const OWN = { "sec-fetch-site": "same-origin", "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" };

Deno.test("the page is served at /, under a policy that lets in nothing but its own files", async () => {
  await using control = await Control.start();
  for (const [path, type] of Object.entries(FILES)) {
    const { status, headers, body } = await control.request("GET", path);
    assertEquals([path, status, body.length > 100], [path, 200, true]);
    assertStringIncludes(headers, `content-type: ${type}`);
    const [, policy = ""] = /content-security-policy: ([^\r\n]*)/.exec(headers) ?? [];
    assert(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"), policy);
    assert(!/unsafe|\*|https?:/.test(policy), policy);
    for (const word of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) {
      assertStringIncludes(policy, word);
    }
    for (const header of ["x-content-type-options: nosniff", "referrer-policy: no-referrer"]) {
      assertStringIncludes(headers, header);
    }
    assert(!headers.includes("set-cookie"), "no cookie, which other ports of this machine would be told");
    assert(!body.includes(control.server.token), "no token in what is served");
  }
});

Deno.test("the page's own script gets the token, which then changes things", async () => {
  await using control = await Control.start();
  const { status, headers, body } = await control.request("GET", "/page/token", { headers: OWN });
  assertEquals([status, JSON.parse(body)], [200, { token: control.server.token }]);
  assertStringIncludes(headers, "cache-control: no-store");
  assert(!headers.includes("access-control-allow"), "no other page may read it");
});

const OTHERS: Record<string, [headers: Record<string, string>, status: number]> = {
  "a program that says nothing of itself": [{}, 403],
  "somebody who typed its address": [{ "sec-fetch-site": "none", "sec-fetch-dest": "document" }, 403],
  "a script tag of the page": [{ "sec-fetch-site": "same-origin", "sec-fetch-dest": "script" }, 403],
  "a frame of the page": [{ "sec-fetch-site": "same-origin", "sec-fetch-dest": "iframe" }, 403],
  "a page from elsewhere": [{ ...OWN, "sec-fetch-site": "cross-site" }, 403],
  "a page of another port of this machine": [{ ...OWN, "sec-fetch-site": "same-site" }, 403],
  "a page from elsewhere that names its origin": [{ ...OWN, origin: "https://example.org" }, 403],
  "a page under a name that resolves to this machine": [{ ...OWN, host: "rebound.example.org:5477" }, 421],
};
for (const [who, [headers, expected]] of Object.entries(OTHERS)) {
  Deno.test(`the token is not handed to ${who}`, async () => {
    await using control = await Control.start();
    const { status, body } = await control.request("GET", "/page/token", { headers });
    assertEquals(status, expected);
    assert(!body.includes(control.server.token));
  });
}

Deno.test("what the page links to is there", async () => {
  await using control = await Control.start();
  const { body } = await control.request("GET", "/page/app.js");
  const links = [...body.matchAll(/\bhref:\s*"(\/[^"]*)"/g)].map(([, path = ""]) => path);
  assert(links.length > 1, "there are links in the page");
  for (const path of links) {
    const headers = { "sec-fetch-site": "same-origin", "sec-fetch-dest": "document" };
    const { status } = await control.request("GET", path, { headers });
    assertEquals([path, status], [path, 200]);
  }
});

Deno.test("the page takes no changes, and nothing below it is made up", async () => {
  await using control = await Control.start();
  for (const [method, path] of [["POST", "/"], ["GET", "/page/../deno.json"], ["GET", "/page/main.tsx"]]) {
    assertEquals([path, (await control.request(method ?? "", path ?? "")).status], [path, 404]);
  }
});
