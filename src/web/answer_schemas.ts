/**
 * What the control API answers and tells, as schemas: the description that is handed out is made from them, and the
 * command line reads by them what it gets.
 *
 * @module
 */

import { z } from "zod";
import type { ErrorCode } from "../base/errors.ts";
import { ByteCount, DisplayName, GameId, GameVersion, PeerId, Sha256, SocketAddress } from "../proto/ids.ts";
import { GameSummary, LibraryRev } from "../proto/library.ts";
import type { ManifestPath } from "../proto/paths.ts";
import type { PeerStatus } from "../peer/command_desk.ts";
import type { ActiveOperation, GameEntry, PeerEvent } from "../peer/events.ts";

const OperationKind = z.enum(["download", "install", "update", "stream-install", "uninstall", "remove"]);
const Operation: z.ZodType<ActiveOperation> = z.object({ game_id: GameId, operation: OperationKind });

/** One game of the list. */
export const Game: z.ZodType<GameEntry> = z.object({
  id: GameId,
  name: DisplayName,
  size: ByteCount,
  version: GameVersion.nullable(),
  local_version: GameVersion.nullable(),
  downloaded: z.boolean(),
  installed: z.boolean(),
  availability: z.enum(["ready", "local_only", "unavailable"]),
  peer_count: z.number().int().nonnegative(),
  operation: OperationKind.nullable(),
});
export const Games = z.object({ games: z.array(Game) });

/** One other peer, with its games as it announces them. */
export const ListedPeer = z.object({
  peer_id: PeerId,
  name: DisplayName,
  addr: SocketAddress,
  /** -1 before its library came. */
  library_rev: z.number().int().min(-1),
  game_count: z.number().int().nonnegative(),
  games: z.array(GameSummary),
});
export type ListedPeer = z.infer<typeof ListedPeer>;
export const Peers = z.object({ peers: z.array(ListedPeer) });

/** The state of this peer. */
export const Status: z.ZodType<PeerStatus> = z.object({
  peer_id: PeerId,
  listen_addr: SocketAddress,
  library_rev: LibraryRev,
  quic: z.string(),
  peer_count: z.number().int().nonnegative(),
  operations: z.array(Operation),
});

/** A request that was refused; a command that was refused is answered by its result. */
export const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export type Refusal = z.infer<typeof Refusal>;

const game = { game_id: GameId };
const size = z.number().nonnegative();
const Code = z.string() as unknown as z.ZodType<ErrorCode>;
const Path = z.string() as unknown as z.ZodType<ManifestPath>;
const failure = { ...game, code: Code, message: z.string() };
const chunk = { ...game, peer_id: PeerId, path: Path, offset: size };

/** Everything that a peer tells, by its name. */
export const Event = z.discriminatedUnion("event", [
  z.object({ event: z.literal("local-peer-ready"), peer_id: PeerId, listen_addr: SocketAddress }),
  z.object({
    event: z.literal(["peer-discovered", "peer-connected"]),
    peer_id: PeerId,
    name: DisplayName,
    addr: SocketAddress,
  }),
  z.object({
    event: z.literal("peer-lost"),
    peer_id: PeerId,
    reason: z.enum(["goodbye", "timeout", "incompatible"]),
  }),
  z.object({ event: z.literal("peer-count"), count: size }),
  z.object({ event: z.literal("games-list-updated"), games: z.array(Game) }),
  z.object({
    event: z.literal("local-library-changed"),
    library_rev: LibraryRev,
    games: z.array(GameSummary),
  }),
  z.object({ event: z.literal("active-operations-changed"), operations: z.array(Operation) }),
  z.object({
    event: z.literal("got-game-files"),
    ...game,
    version: GameVersion,
    manifest_hash: Sha256,
    total_bytes: size,
    file_count: size,
  }),
  z.object({ event: z.literal("no-peers-have-game"), ...game }),
  z.object({
    event: z.literal("download-begin"),
    ...game,
    total_bytes: size,
    file_count: size,
    resumed_bytes: size,
    sources: z.array(PeerId),
  }),
  z.object({
    event: z.literal("download-progress"),
    ...game,
    done_bytes: size,
    total_bytes: size,
    bytes_per_s: size,
    active_peers: size,
    eta_s: size.nullable(),
  }),
  z.object({ event: z.literal("download-chunk-finished"), ...chunk, length: size, seconds: size }),
  z.object({ event: z.literal("download-chunk-corrupt"), ...chunk }),
  z.object({
    event: z.literal("download-finished"),
    ...game,
    bytes: size,
    seconds: size,
    verified: z.boolean(),
  }),
  z.object({ event: z.literal("download-failed"), ...failure }),
  z.object({ event: z.literal(["download-cancelled", "download-peers-gone"]), ...game }),
  z.object({
    event: z.literal("install-begin"),
    ...game,
    operation: z.enum(["install", "update", "stream-install"]),
  }),
  z.object({ event: z.literal("install-progress"), ...game, done_bytes: size, total_bytes: size }),
  z.object({ event: z.literal(["uninstall-begin", "remove-begin"]), ...game }),
  z.object({ event: z.literal(["install-finished", "uninstall-finished", "remove-finished"]), ...game }),
  z.object({ event: z.literal(["install-failed", "uninstall-failed", "remove-failed"]), ...failure }),
  z.object({ event: z.literal("runtime-failed"), component: z.string(), error: z.string() }),
]) satisfies z.ZodType<PeerEvent>;

/** The whole state, told first where no earlier event can be gone on from. */
export const Snapshot = z.object({
  event: z.literal("snapshot"),
  status: Status,
  games: z.array(Game),
  peers: z.array(ListedPeer),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** What comes over the event stream. */
export const Told = z.union([Snapshot, Event]);
export type Told = z.infer<typeof Told>;
