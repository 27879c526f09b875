/**
 * The state of a peer that has nothing and knows nobody.
 *
 * @module
 */

import { GameId, PeerId, SocketAddress } from "../../src/proto/ids.ts";
import type { Snapshot } from "../../src/web/answer_schemas.ts";

/** As the event stream tells it. */
export const EMPTY_STATE: Snapshot = {
  event: "snapshot",
  status: {
    peer_id: PeerId.parse("00000000-0000-4000-8000-000000000001"),
    listen_addr: SocketAddress.parse("127.0.0.1:5477"),
    library_rev: 0,
    quic: "deno",
    peer_count: 0,
    operations: [],
  },
  games: [],
  peers: [],
  incompatible: [],
  settings: {
    name: "alice",
    game_dir: "/games",
    has_party: false,
    catalog: null,
    install: true,
    limit_up: null,
    limit_down: null,
    set_by: {},
    config_file: "/state/config.json",
  },
  suggested_game_dir: null,
  progress: [],
  recent: [],
  version: "0",
};

/** A game that a peer has and this one has not. */
export const OFFERED_GAME: Snapshot["games"][number] = {
  id: GameId.parse("game"),
  name: "The Game",
  size: 1_000_000,
  version: null,
  local_version: null,
  downloaded_version: null,
  downloaded: false,
  installed: false,
  availability: "ready",
  peer_count: 1,
  operation: null,
};
