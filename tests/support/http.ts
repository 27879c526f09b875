/**
 * An HTTP server for tests of how it takes its clients.
 *
 * ```ts ignore
 * await using http = await serve(echo, { waiting_ms: SHORT_MS });
 * await assertAnswers(http);
 * ```
 *
 * @module
 */

import { readBody } from "../../src/web/body.ts";
import type { Answer } from "../../src/web/http_exchange.ts";
import { HTTP_LIMITS, type HttpLimits, listenHttp, type Listening } from "../../src/web/http_server.ts";
import { assertEquals } from "./assert.ts";
import { until } from "./deadline.ts";
import { ask, statusOf } from "./raw_http.ts";

/** A client that sends at once is answered within this, also on a machine with much to do. */
export const SHORT_MS = 800;
export const NEVER = new AbortController().signal;

/** Answers with the method and the path, and with what was sent. */
export const echo: Answer = async (request) =>
  new Response(`${request.method} ${new URL(request.url).pathname} ${await readBody(request, NEVER)}`);

/** A server that answers; disposing it ends it. */
export async function serve(answer: Answer = echo, limits: Partial<HttpLimits> = {}): Promise<Listening> {
  const http = await listenHttp(0, { ...HTTP_LIMITS, ...limits });
  http.serve(answer);
  return http;
}

/** Fails where a proper client is not answered. */
export async function assertAnswers({ port }: Listening): Promise<void> {
  assertEquals(statusOf(await ask(port)), 200);
}

/** Waits until the server has no connection left. */
export async function untilEmpty(http: Listening): Promise<void> {
  await until("no connection", () => http.connections === 0);
}

/** A server whose answers to `/stream` are streams without end. */
export class Endless {
  /** Bytes that were taken of all of them. */
  pulled = 0;
  /** How many were let go. */
  cancelled = 0;
  readonly #controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  readonly answer: Answer = (request) =>
    Promise.resolve(request.url.endsWith("/stream") ? this.#stream() : new Response());

  /** Breaks all of them. */
  fail(): void {
    for (const controller of this.#controllers) controller.error(new Error("broken"));
  }

  #stream(): Response {
    const piece = new Uint8Array(64 * 1024);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void this.#controllers.push(controller),
      pull: (to) => {
        this.pulled += piece.length;
        to.enqueue(piece);
      },
      cancel: () => void this.cancelled++,
    }, { highWaterMark: 0 });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}
