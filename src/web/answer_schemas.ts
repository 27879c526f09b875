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
import type { ActiveOperation, GameDetails, GameEntry, PeerEvent } from "../peer/events.ts";
import { SETTING_NAMES } from "../peer/options.ts";
import type { PeerSettings } from "../peer/peer_settings.ts";

const OperationKind = z.enum(["download", "install", "update", "stream-install", "uninstall", "remove"]);
const Operation: z.ZodType<ActiveOperation> = z.object({ game_id: GameId, operation: OperationKind });

const GAME = {
  id: GameId,
  name: DisplayName,
  size: ByteCount,
  version: GameVersion.nullable(),
  local_version: GameVersion.nullable(),
  downloaded_version: GameVersion.nullable(),
  downloaded: z.boolean(),
  installed: z.boolean(),
  availability: z.enum(["ready", "local_only", "unavailable"]),
  peer_count: z.number().int().nonnegative(),
  operation: OperationKind.nullable(),
  players: z.union([z.string(), z.number()]).optional(),
  genre: z.string().optional(),
};
/** One game of the list. */
export const Game = z.object(GAME) as unknown as z.ZodType<GameEntry>;
export const Games = z.object({ games: z.array(Game) });

/** One game, with what is told of it alone. */
export const OneGame = z.object({
  game: z.object({
    ...GAME,
    description: z.string().optional(),
    /** Where it lies on this machine; `null` where nothing of it is here. */
    folder: z.string().nullable(),
  }) as unknown as z.ZodType<GameDetails>,
});
export type OneGame = z.infer<typeof OneGame>;

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

/** How this peer is set. Rates in bytes a second. */
export const Settings: z.ZodType<PeerSettings> = z.object({
  name: z.string(),
  /** `null` until a folder was chosen. */
  game_dir: z.string().nullable(),
  has_party: z.boolean(),
  catalog: z.string().nullable(),
  install: z.boolean(),
  limit_up: z.number().nullable(),
  limit_down: z.number().nullable(),
  /** The flags and variables of this start, by what they set: at every start they win over `config_file`. */
  set_by: z.partialRecord(z.enum(SETTING_NAMES), z.string()),
  /** Where changes are kept for the next start; `null` where nobody keeps them. */
  config_file: z.string().nullable(),
});

/** A peer that discovery sees and that speaks another version of the protocol. */
export const IncompatiblePeer = z.object({
  peer_id: PeerId,
  name: DisplayName,
  addr: SocketAddress,
  proto_ver: z.number().int(),
});

/** Who announces one game, in whatever version. */
export const Holders = z.object({
  holders: z.array(z.object({
    peer_id: PeerId,
    name: DisplayName,
    version: GameVersion.nullable(),
    size: ByteCount,
    downloaded: z.boolean(),
    installed: z.boolean(),
    availability: z.enum(["ready", "local_only"]),
  })),
});
export type Holders = z.infer<typeof Holders>;

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
    event: z.literal(["peer-discovered", "peer-connected", "peer-changed"]),
    peer_id: PeerId,
    name: DisplayName,
    addr: SocketAddress,
  }),
  z.object({
    event: z.literal("peer-lost"),
    peer_id: PeerId,
    reason: z.enum(["goodbye", "timeout", "incompatible"]),
  }),
  z.object({
    event: z.literal("peer-library-changed"),
    peer_id: PeerId,
    library_rev: LibraryRev,
    game_count: size,
  }),
  z.object({ event: z.literal("peer-count"), count: size }),
  z.object({ event: z.literal("settings-changed"), settings: Settings }),
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
    event: z.literal("download-chunk-disputed"),
    ...game,
    peer_ids: z.array(PeerId),
    path: Path,
    offset: size,
  }),
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

/** How far an operation that moves bytes is. */
export const Progress = z.object({
  ...game,
  /** Downloading comes first, then installing. */
  phase: z.enum(["download", "install"]),
  done_bytes: size,
  total_bytes: size,
  bytes_per_s: size,
  /** Seconds; `null` while nothing is known. */
  eta_s: size.nullable(),
  /** Peers that are sending now. */
  active_peers: size,
  /** What each peer has sent of it since it began, finished pieces alone. */
  shares: z.array(z.object({ peer_id: PeerId, bytes: size })),
});
export type Progress = z.infer<typeof Progress>;

/**
 * Something that was told a while ago, the last time at `at_ms` since 1970; `count` times, where what comes many times in
 * one download is kept as one.
 */
export const Recent = z.object({ at_ms: z.number(), event: Event, count: z.number().int().positive() });
export type Recent = z.infer<typeof Recent>;

/** The whole state, told first where no earlier event can be gone on from. */
export const Snapshot = z.object({
  event: z.literal("snapshot"),
  status: Status,
  games: z.array(Game),
  peers: z.array(ListedPeer),
  incompatible: z.array(IncompatiblePeer),
  settings: Settings,
  /** The folder to suggest where none was chosen; `null` where no home is known. */
  suggested_game_dir: z.string().nullable(),
  progress: z.array(Progress),
  /** The newest last. */
  recent: z.array(Recent),
  /** The version of the program that runs. */
  version: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** What comes over the event stream. */
export const Told = z.union([Snapshot, Event]);
export type Told = z.infer<typeof Told>;
