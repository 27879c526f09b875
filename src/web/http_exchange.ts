/**
 * One request and its answer: from the runtime's `node:http` to the web's `Request` and `Response`, and back.
 *
 * Both bodies wait for whoever takes them. The host of a request's address is always 127.0.0.1, whatever the client
 * says: who it means is the Host header alone, and a target that is a whole address has to name the same host.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { abortable } from "../base/abort.ts";

/** Answers a request; what it throws is a status 500. */
export type Answer = (request: Request) => Promise<Response>;

/** The request that came in; `undefined` where it is none that can be answered. */
export function toRequest(incoming: IncomingMessage): Request | undefined {
  try {
    const { method = "" } = incoming;
    const headers = headersOf(incoming.rawHeaders);
    const path = pathOf(incoming.url ?? "", headers.get("host") ?? "");
    if (path === undefined) return undefined;
    const body = method === "GET" || method === "HEAD" ? null : bodyOf(incoming);
    // Put together as text: a path of two slashes would be another host's to `new URL(path, base)`.
    return new Request(`http://127.0.0.1${path}`, { method, headers, body });
  } catch {
    return undefined;
  }
}

/** Names and values in turn. Of one that came twice the values are joined, so that neither passes for the only one. */
function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let n = 0; n < raw.length; n += 2) headers.append(raw[n] ?? "", raw[n + 1] ?? "");
  return headers;
}

/** RFC 9112, section 3.2: a path, or a whole address. */
function pathOf(target: string, host: string): string | undefined {
  if (target.startsWith("/")) return target;
  const [, authority, path] = /^http:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [];
  if (authority?.toLowerCase() !== host.toLowerCase()) return undefined;
  return path?.startsWith("/") ? path : `/${path}`;
}

/** Cancelling it leaves the connection alone, so that the answer still gets through. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return ReadableStream.from<Uint8Array>(incoming.iterator({ destroyOnReturn: false }));
}

/**
 * Sends an answer; resolves when the system has taken all of it, or the connection is gone. Ends a connection whose
 * answer is not read within `unread_ms`. An event stream is sent as it comes, however long that takes; anything else is
 * sent whole, with its length.
 */
export async function send(
  response: Response,
  outgoing: ServerResponse,
  gone: AbortSignal,
  unread_ms: number,
): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  try {
    if (isStream(response)) return await sendStream(response.body, outgoing, gone);
    const bytes = new Uint8Array(await response.arrayBuffer());
    outgoing.setHeader("content-length", bytes.length);
    const timer = setTimeout(() => outgoing.destroy(), unread_ms);
    await abortable(end(outgoing, bytes), gone).finally(() => clearTimeout(timer));
  } catch {
    // Too late for another status: a client that got half an answer has to see that it is half.
    outgoing.destroy();
  }
}

function isStream(response: Response): response is Response & { body: ReadableStream<Uint8Array> } {
  return response.body !== null && response.headers.get("content-type") === "text/event-stream";
}

async function sendStream(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  // A stream that fails while nobody reads what was sent of it would hold its connection for as long.
  reader.closed.catch(() => outgoing.destroy());
  try {
    while (true) {
      const { done, value } = await abortable(reader.read(), gone);
      if (done) break;
      if (!outgoing.write(value)) await abortable(drained(outgoing), gone);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
  await abortable(end(outgoing), gone);
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => outgoing.once("drain", resolve));
}

function end(outgoing: ServerResponse, bytes?: Uint8Array): Promise<void> {
  return new Promise((resolve) => outgoing.end(bytes, () => resolve()));
}
