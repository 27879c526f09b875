/**
 * `lanspread` and `lanspread run`: a peer with its page and control API, until it is told to stop.
 *
 * The web server's port is taken before the peer starts, so that a port in use is told before anybody hears of the
 * peer. SIGINT and SIGTERM stop it cleanly.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { Scope } from "../base/scope.ts";
import { requireWithinReach } from "../peer/chosen_folder.ts";
import { EventBus } from "../peer/events.ts";
import { type PeerRuntime, startPeer } from "../peer/peer.ts";
import { DEFAULT_HTTP_PORT, startControlServer } from "../web/control_server.ts";
import { listenHttp } from "../web/http_server.ts";
import { awaitGames } from "./late_games.ts";
import { configureLogging } from "./logging.ts";
import { complain, print } from "./output.ts";
import { openInBrowser } from "./open_browser.ts";
import { SettingsKeeper } from "./save_settings.ts";
import { readSettings, type Settings } from "./settings.ts";
import { onSignals } from "./signals.ts";

/** Runs a peer until it is told to stop. Gives the exit code; throws `usage` and whatever keeps it from starting. */
export async function runRun(args: readonly string[]): Promise<number> {
  const settings = await readSettings({
    args,
    env: (name) => Deno.env.get(name),
    has_control: true,
    has_page: true,
  });
  await using _ = await configureLogging(settings);
  if (settings.is_early && !settings.is_game_dir_missing) {
    // Nobody knows of this process yet: a signal ends it at once.
    await awaitGames(settings.game_dir, SYSTEM_CLOCK, new AbortController().signal);
  }
  await using stack = new AsyncDisposableStack();
  const port = stack.use(await listenHttp(settings.http_port ?? DEFAULT_HTTP_PORT));
  const bus = new EventBus();
  const [events, told] = [bus.listen(), bus.listen()];
  if (settings.is_game_dir_missing) await Deno.mkdir(settings.game_dir, { recursive: true });
  if (settings.is_confined) {
    // Sharing what is there works all the same.
    await requireWithinReach(settings.game_dir, settings.state_dir).catch((error) =>
      complain(messageOf(error))
    );
  }
  const peer = await startPeer(settings, bus);
  const before = peer.snapshot().settings;
  stack.defer(() => peer.shutdown());
  using _signals = onSignals(() => peer.shutdown());
  const server = await startControlServer({ peer, events, state_dir: settings.state_dir, port });
  stack.defer(async () => {
    await peer.shutdown();
    await server[Symbol.asyncDispose]();
  });
  const address = `http://${server.address}`;
  await print(`${greeting(settings)}; open ${address} in a browser\n`);
  const beside = stack.use(new Scope());
  if (settings.open) beside.spawn("browser", (signal) => openInBrowser(address, signal));
  return await untilStopped(peer, told, new SettingsKeeper(settings.state_dir, before));
}

function greeting({ name, game_dir, is_game_dir_missing }: Settings): string {
  if (is_game_dir_missing) return `lanspread runs as ${name} and has no game folder yet`;
  return `lanspread runs as ${name} with the games in ${game_dir}`;
}

async function untilStopped(
  peer: PeerRuntime,
  events: PeerRuntime["events"],
  keeper: SettingsKeeper,
): Promise<number> {
  let exit_code = 0;
  for await (const event of events) {
    if (event.event === "settings-changed") await keeper.keep(event.settings);
    if (event.event !== "runtime-failed") continue;
    exit_code = 1;
    await complain(`${event.component} failed: ${event.error}`);
  }
  await peer.stopped;
  return exit_code;
}
