/**
 * The control API on a loopback port, from its start to its end.
 *
 * ```ts ignore
 * await using server = await startControlServer({ peer, events, state_dir, port: 5477 });
 * ```
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { PeerEvent } from "../peer/events.ts";
import type { PeerRuntime } from "../peer/peer.ts";
import { Api, type Others } from "./api.ts";
import { newToken, writeControl } from "./control_file.ts";
import { answerPage } from "./page_server.ts";
import { EventFeed } from "./event_feed.ts";
import { Chronicle } from "./chronicle.ts";
import { wholeState } from "./whole_state.ts";

/** Default TCP port. */
export const DEFAULT_HTTP_PORT = 5477;
const HOSTNAME = "127.0.0.1";
/** How long answers may take to be read when it ends. */
const CLOSING_MS = 300;

/** What a control server is made for. */
export interface ControlServerOptions {
  peer: Pick<PeerRuntime, "send" | "snapshot">;
  /** The peer's events from its start on; their end ends every event stream. */
  events: AsyncIterable<PeerEvent>;
  state_dir: string;
  port: Listening;
  /** Who answers what the API does not; the page by default. */
  others?: Others;
}

/** A TCP port that is taken already, so that a peer need not start in vain. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Answers from now on; who came before has waited. */
  serve(answer: (request: Request) => Promise<Response>): void;
}

/** A running control API. To be disposed when the peer has stopped; every event stream ends then. */
export interface ControlServer extends AsyncDisposable {
  /** `ip:port`. */
  readonly address: string;
  readonly token: string;
  readonly feed: EventFeed;
}

/**
 * Listens on a loopback port, 0 for any. Throws `address_in_use`.
 *
 * The runtime's server sets headers no deadline. A client that never ends them costs one connection until it goes; it
 * is a program of this machine, since browsers send theirs whole. Bodies, changes and listeners are bounded.
 */
export function listenHttp(port: number): Listening {
  const ready = Promise.withResolvers<(request: Request) => Promise<Response>>();
  const ending = new AbortController();
  const server = openServer(port, ending.signal, async (request) => (await ready.promise)(request));
  const unavailable = () => Promise.resolve(new Response(null, { status: 503 }));
  return {
    port: server.addr.port,
    serve: ready.resolve,
    [Symbol.asyncDispose]: async () => {
      ready.resolve(unavailable);
      let is_closed = false;
      const closing = server.shutdown().then(() => is_closed = true);
      // First whole answers, then whoever reads or sends nothing.
      await withDeadline("closing", CLOSING_MS, new AbortController().signal, () => closing).catch(() => {});
      if (!is_closed) ending.abort();
      await server.finished;
    },
  };
}

function openServer(
  port: number,
  signal: AbortSignal,
  answer: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const onError = (error: unknown) => {
    logger("web").error("a request failed: {reason}", { reason: messageOf(error) });
    return new Response(null, { status: 500 });
  };
  try {
    return Deno.serve({ hostname: HOSTNAME, port, signal, onListen: () => {}, onError }, answer);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    throw new LanspreadError(
      "address_in_use",
      `${HOSTNAME}:${port} is in use, maybe by another lanspread; give another --http-port`,
      { cause },
    );
  }
}

/** Serves the API on `port`, and tells this user's programs where. Owns `port` from here on. Throws `io`. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { peer, events, state_dir, port } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(port);
  const token = newToken();
  const chronicle = new Chronicle();
  const feed = new EventFeed(() => wholeState(peer, chronicle), (event) => chronicle.hear(event, Date.now()));
  const feeding = feed.run(events);
  const leaving = new AbortController();
  const others = options.others ?? answerPage(token);
  const api = new Api({ peer, feed }, { port: port.port, token }, leaving.signal, others);
  port.serve((request) => api.answer(request));
  const address = `${HOSTNAME}:${port.port}`;
  stack.use(await writeControl(state_dir, { address, token }));
  const ending = stack.move();
  return {
    address,
    token,
    feed,
    [Symbol.asyncDispose]: async () => {
      feed.end();
      leaving.abort(new LanspreadError("shutting_down", "the peer is shutting down"));
      await ending[Symbol.asyncDispose]();
      await feeding;
    },
  };
}
