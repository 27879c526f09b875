/**
 * Who may talk to the control API: programs of this machine that call it by its own name, and pages that it served
 * itself. Pure.
 *
 * A page from elsewhere may reach a loopback address, too: under a foreign host name that resolves to it (DNS
 * rebinding), or by a form or script that a browser sends along (cross-site request forgery). The first has the wrong
 * Host, the second the wrong Origin or no token.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** What the checks compare with. */
export interface Own {
  /** The port that is listened on. */
  port: number;
  /** Needed for every change. */
  token: string;
}

/** Why a request is refused. */
export interface Objection {
  status: 401 | 403 | 421;
  code: "unauthorized";
  message: string;
}

/** Whatever the request wants; `undefined` where it may pass. */
export function objectionToSender(headers: Headers, { port }: Own): Objection | undefined {
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`);
  const host = headers.get("host")?.toLowerCase() ?? "";
  if (!hosts.includes(host)) {
    return refused(421, `this is not ${JSON.stringify(host.slice(0, 80))}; use http://127.0.0.1:${port}`);
  }
  const origin = headers.get("origin");
  const is_own = origin === null || hosts.some((own) => origin === `http://${own}`);
  const site = headers.get("sec-fetch-site") ?? "none";
  if (is_own && ["none", "same-origin"].includes(site)) return undefined;
  return refused(403, "pages from elsewhere may not use this; open the peer's own page");
}

/** A change needs the token; `undefined` where it is there. */
export function objectionToChange(headers: Headers, { token }: Own): Objection | undefined {
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (given !== undefined && isSame(given, token)) return undefined;
  const how = 'send "Authorization: Bearer <token>" with the token of control.json in the state folder';
  return refused(401, `${given === undefined ? "the token is missing" : "the token is wrong"}; ${how}`);
}

/** Takes as long for every wrong text. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left ?? Buffer.alloc(32), right ?? Buffer.alloc(1));
}

function refused(status: Objection["status"], message: string): Objection {
  return { status, code: "unauthorized", message };
}
