/**
 * An HTTP server on a loopback port, for clients that may be slow, silent, greedy or many.
 *
 * ```ts ignore
 * await using port = await listenHttp(5477);
 * port.serve((request) => Promise.resolve(new Response("hello")));
 * ```
 *
 * Of the runtime's servers `node:http` is the one that hands out its connections, so that one that takes too long can
 * be ended. Its own deadlines are off: they begin anew with every empty line that is sent before a request, and end
 * in some releases of the runtime answers that are streamed for long.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server } from "node:http";
import { withDeadline } from "../base/abort.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope } from "../base/scope.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { type Answer, send, toRequest } from "./http_exchange.ts";

const HOSTNAME = "127.0.0.1";
/** How long answers may take to be read when it ends. */
const CLOSING_MS = 300;
const HEADER_BYTES = 16 * 1024;

/** What clients may take; bodies have their own limits, see `body.ts`, and listeners theirs, see `event_feed.ts`. */
export interface HttpLimits extends ConnectionLimits {
  /** How long an answer may wait to be read. */
  unread_ms: number;
}

/** A page holds up to six connections, a command one or two. */
export const HTTP_LIMITS: HttpLimits = { connections: 128, waiting_ms: 10_000, unread_ms: 30_000 };

/** A TCP port that is taken already, so that a peer need not start in vain. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** How many connections there are. */
  readonly connections: number;
  /** Answers from now on; who came before has waited. */
  serve(answer: Answer): void;
}

/** Listens on a loopback port, 0 for any. Throws `address_in_use`. */
export async function listenHttp(port: number, limits = HTTP_LIMITS): Promise<Listening> {
  const ready = Promise.withResolvers<Answer>();
  const connections = new Connections(limits);
  const exchanges = new Scope({ onError: logFailure });
  const server = createServer({
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: limits.waiting_ms,
    maxHeaderSize: HEADER_BYTES,
  });
  server.on("connection", (socket) => connections.admit(socket));
  server.on("request", (incoming, outgoing) => {
    const exchange = async (gone: AbortSignal) => {
      const response = await answer(await ready.promise, incoming);
      await send(response, outgoing, gone, limits.unread_ms);
      // What was not read of the body stands before the next request.
      incoming.resume();
    };
    exchanges.spawn("a request", () => connections.during(incoming.socket, exchange));
  });
  const own_port = await listen(server, port);
  return {
    port: own_port,
    get connections() {
      return connections.size;
    },
    serve: ready.resolve,
    [Symbol.asyncDispose]: async () => {
      ready.resolve(() => Promise.resolve(new Response(null, { status: 503 })));
      const closing = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.endWaiting();
      // First whole answers, then whoever reads or sends nothing.
      await withDeadline("closing", CLOSING_MS, new AbortController().signal, () => closing).catch(() => {});
      connections.endAll();
      await closing;
      await exchanges.join();
    },
  };
}

/** The port that is listened on. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error & { code?: string }) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      const hint = "maybe by another lanspread; give another --http-port";
      reject(new LanspreadError("address_in_use", `${HOSTNAME}:${port} is in use, ${hint}`, { cause }));
    };
    server.once("error", onError);
    server.listen({ host: HOSTNAME, port }, () => {
      server.off("error", onError);
      // A failure that nobody hears of would end the program.
      server.on("error", logFailure);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function answer(answer: Answer, incoming: IncomingMessage): Promise<Response> {
  const request = toRequest(incoming);
  if (!request) return new Response(null, { status: 400 });
  try {
    return await answer(request);
  } catch (error) {
    logFailure(error);
    return new Response(null, { status: 500 });
  }
}

function logFailure(error: unknown): void {
  logger("web").error("serving failed: {reason}", { reason: messageOf(error) });
}
