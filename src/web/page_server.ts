/**
 * Serves the local page, and hands it the token that it needs for changes.
 *
 * The page is the one that anybody sees who opens the address, so it can't know a secret beforehand. It asks for the
 * token with `fetch` and keeps it in memory. Who gets it: scripts of this very page. A page from elsewhere fails on
 * Host (DNS rebinding) or Origin, see `guard.ts`; what a browser opens or embeds, such as an image, a form or a window,
 * does not carry `Sec-Fetch-Site: same-origin` with an empty destination, which no script can forge. There is no
 * cookie, because a browser hands cookies of 127.0.0.1 to every port of it, another user's program included, and sends
 * them along with requests that no page of ours has made.
 *
 * The limit of this: a program of another user on the same machine can pretend to be a browser. Whoever shares the
 * machine with people he does not trust runs `lanspread peer` instead.
 *
 * The content policy lets in nothing but the page's own files: no script in the page's text, nothing from elsewhere.
 *
 * @module
 */

import type { Others } from "./api.ts";
import { json } from "./routes.ts";
import script from "./page/dist/app.js" with { type: "text" };
import styles from "./page/dist/app.css" with { type: "text" };
import html from "./page/dist/index.html" with { type: "text" };
import icon from "./page/dist/icon.svg" with { type: "text" };

const TOKEN_PATH = "/page/token";

const FILES: Record<string, readonly [type: string, text: string]> = {
  "/": ["text/html; charset=utf-8", html],
  "/page/app.js": ["text/javascript; charset=utf-8", script],
  "/page/app.css": ["text/css; charset=utf-8", styles],
  "/page/icon.svg": ["image/svg+xml", icon],
};

const HEADERS: Record<string, string> = {
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Answers what belongs to the page; the sender's Host and Origin are checked already. */
export function answerPage(token: string): Others {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    if (pathname === TOKEN_PATH) return answerToken(request.headers, token);
    const [type, text] = FILES[pathname] ?? [];
    if (type === undefined) return undefined;
    return new Response(text ?? "", { headers: { ...HEADERS, "content-type": type } });
  };
}

function answerToken(headers: Headers, token: string): Response {
  const is_script = headers.get("sec-fetch-site") === "same-origin" &&
    headers.get("sec-fetch-dest") === "empty";
  if (is_script) return json({ token });
  const message =
    "the token is handed to the page alone; programs find it in control.json of the state folder";
  return json({ error: { code: "unauthorized", message } }, 403);
}
