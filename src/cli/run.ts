/**
 * `lanspread` and `lanspread run`: a peer with its control API, until it is told to stop.
 *
 * The web server's port is taken before the peer starts, so that a port in use is told before anybody hears of the
 * peer. SIGINT and SIGTERM stop it cleanly.
 *
 * @module
 */

import { EventBus } from "../peer/events.ts";
import { type PeerRuntime, startPeer } from "../peer/peer.ts";
import { DEFAULT_HTTP_PORT, listenHttp, startControlServer } from "../web/control_server.ts";
import { configureLogging } from "./logging.ts";
import { complain, print } from "./output.ts";
import { readSettings } from "./settings.ts";
import { onSignals } from "./signals.ts";

/** Runs a peer until it is told to stop. Gives the exit code; throws `usage` and whatever keeps it from starting. */
export async function runRun(args: readonly string[]): Promise<number> {
  const settings = await readSettings({ args, env: (name) => Deno.env.get(name), has_control: true });
  await using _ = await configureLogging(settings);
  await using stack = new AsyncDisposableStack();
  const port = stack.use(listenHttp(settings.http_port ?? DEFAULT_HTTP_PORT));
  const bus = new EventBus();
  const [events, failures] = [bus.listen(), bus.listen()];
  const peer = await startPeer(settings, bus);
  stack.defer(() => peer.shutdown());
  using _signals = onSignals(() => peer.shutdown());
  const server = await startControlServer({ peer, events, state_dir: settings.state_dir, port });
  stack.defer(async () => {
    await peer.shutdown();
    await server[Symbol.asyncDispose]();
  });
  const { name, game_dir } = settings;
  await print(
    `lanspread runs as ${name} with the games in ${game_dir}; control API at http://${server.address}\n`,
  );
  return await untilStopped(peer, failures);
}

async function untilStopped(peer: PeerRuntime, events: PeerRuntime["events"]): Promise<number> {
  let exit_code = 0;
  for await (const event of events) {
    if (event.event !== "runtime-failed") continue;
    exit_code = 1;
    await complain(`${event.component} failed: ${event.error}`);
  }
  await peer.stopped;
  return exit_code;
}
