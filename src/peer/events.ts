/**
 * What a peer tells whoever drives it. The names and fields are those of the JSONL interface.
 *
 * Participants: every service emits into one `EventBus`; command line, JSONL and page listen. A listener that falls
 * behind holds back nobody: of what is only the newest state it then hears only the newest, and one that never comes
 * back is left behind.
 *
 * @module
 */

import { BoundedQueue } from "../base/bounded_queue.ts";
import type { ErrorCode } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { GameId, GameVersion, PeerId, Sha256, SocketAddress } from "../proto/ids.ts";
import type { GameSummary } from "../proto/library.ts";
import type { ManifestPath } from "../proto/paths.ts";
import type { PeerSettings } from "./peer_settings.ts";

/** What can run on a game; at most one at a time. */
export type OperationKind = "download" | "install" | "update" | "stream-install" | "uninstall" | "remove";

/** A running operation. */
export interface ActiveOperation {
  game_id: GameId;
  operation: OperationKind;
}

/** One game as the games list shows it: catalog, local library and peers merged. */
export interface GameEntry {
  id: GameId;
  name: string;
  /** Bytes to download. */
  size: number;
  /** The wanted version; `null` where nobody knows one. */
  version: GameVersion | null;
  /** The version of the install; where nobody knows it, or there is none, that of the download. */
  local_version: GameVersion | null;
  /** The version of the download; `null` where there is none. */
  downloaded_version: GameVersion | null;
  downloaded: boolean;
  installed: boolean;
  /** `ready` where it can be downloaded from a peer now, or is served here. */
  availability: "ready" | "local_only" | "unavailable";
  /** Peers that are ready sources of the wanted version. */
  peer_count: number;
  operation: OperationKind | null;
  /** What the catalog says of it. */
  players?: string | number;
  genre?: string;
}

/** One game with what is told of it alone: a catalog may describe each of thousands at length. */
export interface GameDetails extends GameEntry {
  /** What the catalog says of it. */
  description?: string;
  /** Where it lies on this machine; `null` where nothing of it is here. */
  folder: string | null;
}

/** Every event; sizes in bytes, rates in bytes a second. */
export type PeerEvent =
  | { event: "local-peer-ready"; peer_id: PeerId; listen_addr: SocketAddress }
  | {
    /** `peer-changed`: one that is connected has another name or address. */
    event: "peer-discovered" | "peer-connected" | "peer-changed";
    peer_id: PeerId;
    name: string;
    addr: SocketAddress;
  }
  | { event: "peer-lost"; peer_id: PeerId; reason: "goodbye" | "timeout" | "incompatible" }
  | { event: "peer-library-changed"; peer_id: PeerId; library_rev: number; game_count: number }
  | { event: "peer-count"; count: number }
  | { event: "settings-changed"; settings: PeerSettings }
  | { event: "games-list-updated"; games: GameEntry[] }
  | { event: "local-library-changed"; library_rev: number; games: GameSummary[] }
  | { event: "active-operations-changed"; operations: ActiveOperation[] }
  | {
    event: "got-game-files";
    game_id: GameId;
    version: GameVersion;
    manifest_hash: Sha256;
    total_bytes: number;
    file_count: number;
  }
  | { event: "no-peers-have-game"; game_id: GameId }
  | {
    event: "download-begin";
    game_id: GameId;
    total_bytes: number;
    file_count: number;
    resumed_bytes: number;
    sources: PeerId[];
  }
  | {
    event: "download-progress";
    game_id: GameId;
    done_bytes: number;
    total_bytes: number;
    bytes_per_s: number;
    active_peers: number;
    /** Seconds; `null` while nothing moves. */
    eta_s: number | null;
  }
  | {
    event: "download-chunk-finished";
    game_id: GameId;
    peer_id: PeerId;
    path: ManifestPath;
    offset: number;
    length: number;
    seconds: number;
  }
  | { event: "download-chunk-corrupt"; game_id: GameId; peer_id: PeerId; path: ManifestPath; offset: number }
  /** These sources say or send different things of the chunk, and nobody can tell who is wrong. */
  | {
    event: "download-chunk-disputed";
    game_id: GameId;
    peer_ids: PeerId[];
    path: ManifestPath;
    offset: number;
  }
  | { event: "download-finished"; game_id: GameId; bytes: number; seconds: number; verified: boolean }
  | { event: "download-failed"; game_id: GameId; code: ErrorCode; message: string }
  | { event: "download-cancelled" | "download-peers-gone"; game_id: GameId }
  | { event: "install-begin"; game_id: GameId; operation: "install" | "update" | "stream-install" }
  | { event: "uninstall-begin" | "remove-begin"; game_id: GameId }
  | { event: "install-progress"; game_id: GameId; done_bytes: number; total_bytes: number }
  | { event: "install-finished" | "uninstall-finished" | "remove-finished"; game_id: GameId }
  | {
    event: "install-failed" | "uninstall-failed" | "remove-failed";
    game_id: GameId;
    code: ErrorCode;
    message: string;
  }
  | { event: "runtime-failed"; component: string; error: string };

/** Events that tell a whole state: a newer one makes an older one of the same game or peer worthless. */
const SNAPSHOTS: ReadonlySet<string> = new Set<PeerEvent["event"]>([
  "active-operations-changed",
  "download-progress",
  "games-list-updated",
  "install-progress",
  "local-library-changed",
  "peer-changed",
  "peer-count",
  "peer-library-changed",
  "settings-changed",
]);

/** What state an event tells; `undefined` for one that must not be lost. */
export function snapshotKey(
  event: { event: string; game_id?: string; peer_id?: string },
): string | undefined {
  if (!SNAPSHOTS.has(event.event)) return undefined;
  return `${event.event} ${event.game_id ?? event.peer_id ?? ""}`;
}

/** Hands every event to every listener, in order. */
export class EventBus {
  readonly #listeners = new Set<BoundedQueue<PeerEvent>>();
  #closed = false;

  /** Tells all listeners. */
  emit(event: PeerEvent): void {
    for (const listener of this.#listeners) listener.push(event);
  }

  /** Events from now on, until the bus is closed, the iteration is left, or ten thousand wait to be heard. */
  listen(): AsyncIterable<PeerEvent> {
    const leave = () => this.#listeners.delete(queue);
    const onOverflow = () => {
      leave();
      logger("peer").warn("a listener took no events for too long; it is told nothing more");
    };
    const queue = new BoundedQueue<PeerEvent>({ snapshotKey, onOverflow });
    if (this.#closed) queue.close();
    else this.#listeners.add(queue);
    return (async function* () {
      try {
        yield* queue;
      } finally {
        leave();
      }
    })();
  }

  /** Ends every iteration when what was emitted is taken. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener.close();
  }
}
