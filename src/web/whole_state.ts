/**
 * The whole state of a peer in one value, as the event stream begins with it.
 *
 * @module
 */

import { join } from "../base/std/path.ts";
import { VERSION } from "../base/version.ts";
import { showPeer } from "../peer/command_desk.ts";
import type { PeerRuntime } from "../peer/peer.ts";
import type { Snapshot } from "./answer_schemas.ts";
import type { Chronicle } from "./chronicle.ts";
import { homeFolder } from "./folders.ts";

/** Everything that a reader has to know to go on with the events from here. */
export function wholeState(peer: Pick<PeerRuntime, "snapshot">, chronicle: Chronicle): Snapshot {
  const { status, games, peers, incompatible, settings } = peer.snapshot();
  return {
    event: "snapshot",
    status,
    games,
    peers: peers.map(showPeer),
    incompatible: [...incompatible],
    settings,
    suggested_game_dir: suggestedGameDir(),
    progress: chronicle.progress,
    recent: [...chronicle.recent],
    version: VERSION,
  };
}

/** Where most people would look for games. */
function suggestedGameDir(): string | null {
  const home = homeFolder();
  return home === undefined ? null : join(home, "Games");
}
