/**
 * The control API on a loopback port, from its start to its end.
 *
 * ```ts ignore
 * await using server = await startControlServer({ peer, events, state_dir, port: await listenHttp(5477) });
 * ```
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { PeerEvent } from "../peer/events.ts";
import type { PeerRuntime } from "../peer/peer.ts";
import { Api, type Others } from "./api.ts";
import { newToken, writeControl } from "./control_file.ts";
import { answerPage } from "./page_server.ts";
import { EventFeed } from "./event_feed.ts";
import { Chronicle } from "./chronicle.ts";
import type { Listening } from "./http_server.ts";
import { wholeState } from "./whole_state.ts";

/** Default TCP port. */
export const DEFAULT_HTTP_PORT = 5477;
const HOSTNAME = "127.0.0.1";

/** What a control server is made for. */
export interface ControlServerOptions {
  peer: Pick<PeerRuntime, "send" | "snapshot" | "game">;
  /** The peer's events from its start on; their end ends every event stream. */
  events: AsyncIterable<PeerEvent>;
  state_dir: string;
  port: Listening;
  /** Who answers what the API does not; the page by default. */
  others?: Others;
}

/** A running control API. To be disposed when the peer has stopped; every event stream ends then. */
export interface ControlServer extends AsyncDisposable {
  /** `ip:port`. */
  readonly address: string;
  readonly token: string;
  readonly feed: EventFeed;
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
