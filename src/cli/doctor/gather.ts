/**
 * Gathers the facts: asks the running peer, the network and the system, all at once and bounded in time.
 *
 * @module
 */

import { withDeadline } from "../../base/abort.ts";
import { logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import { DEFAULT_PORT } from "../../peer/options.ts";
import { engineFor, lookAtNetworks } from "../../peer/peer.ts";
import { splitAddress } from "../../proto/ids.ts";
import { Games, Peers, Status } from "../../web/answer_schemas.ts";
import { readControl } from "../../web/control_file.ts";
import { DEFAULT_HTTP_PORT } from "../../web/control_server.ts";
import { ControlClient } from "../control_client.ts";
import type { Settings } from "../settings.ts";
import type { Facts, RunningPeer } from "./facts.ts";
import { askTool, lookAtFirewalls } from "./firewalls.ts";
import { isTcpPortFree, isUdpPortFree, lookAtFolder, lookAtUdpBuffers } from "./machine_probes.ts";

/** A peer that does not answer by then hangs. */
const ANSWER_MS = 8_000;

/** What a start would use, as far as it is known. */
export interface Wanted {
  settings: Settings;
  /** Why the configuration can't be used. */
  problem: string | undefined;
  /** Whether `settings.game_dir` was chosen by somebody. */
  has_game_dir: boolean;
}

/** Looks at everything. Never throws but for the signal. */
export async function gatherFacts(
  { settings, problem, has_game_dir }: Wanted,
  signal: AbortSignal,
): Promise<Facts> {
  const { interfaces: named_interfaces, state_dir, game_dir, quic } = settings;
  const os = Deno.build.os;
  const interfaces = Deno.networkInterfaces();
  const wanted = settings.port ?? DEFAULT_PORT;
  const hostname = named_interfaces.length === 1 ? named_interfaces[0] ?? "0.0.0.0" : "0.0.0.0";
  const [survey, engine, is_free, udp_buffers] = await Promise.all([
    lookAtNetworks(named_interfaces, signal),
    lookAtEngine(quic),
    isUdpPortFree(hostname, wanted),
    lookAtUdpBuffers(os, askTool),
  ]);
  // Asked last: whoever was heard had time to be connected.
  const running = await askRunning(state_dir, signal);
  const http_port = settings.http_port ?? DEFAULT_HTTP_PORT;
  return {
    ...{ os, running, engine, interfaces, named_interfaces, survey, udp_buffers },
    settings_problem: problem,
    is_stale: !running && await readControl(state_dir) !== undefined,
    wanted_engine: quic,
    firewalls: await lookAtFirewalls(os, running?.port ?? wanted),
    port: { wanted, is_asked_for: settings.port !== undefined, is_free },
    http_port: { wanted: http_port, is_free: isTcpPortFree(http_port) },
    game_dir: has_game_dir ? lookAtFolder(game_dir) : undefined,
    state_dir: lookAtFolder(state_dir),
  };
}

async function lookAtEngine(quic: Settings["quic"]): Promise<Facts["engine"]> {
  try {
    return { name: await engineFor(quic) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** The peer of the state folder; `undefined` where none answers. */
async function askRunning(state_dir: string, signal: AbortSignal): Promise<RunningPeer | undefined> {
  try {
    return await withDeadline("the running peer", ANSWER_MS, signal, async (signal) => {
      const client = await ControlClient.find(state_dir);
      const [status, { peers }, { games }] = await Promise.all([
        client.read("status", Status, signal),
        client.read("peers", Peers, signal),
        client.read("games", Games, signal),
      ]);
      const missing = games.filter(({ downloaded, peer_count }) => !downloaded && peer_count > 0);
      return {
        peer_id: status.peer_id,
        engine: status.quic,
        port: splitAddress(status.listen_addr)?.port ?? 0,
        connected: peers,
        largest_missing_bytes: Math.max(0, ...missing.map(({ size }) => size)),
      };
    });
  } catch (error) {
    logger("doctor").debug("{reason}", { reason: messageOf(error) });
    return undefined;
  }
}
