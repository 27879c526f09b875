/**
 * Every message of the wire, one discriminated union per direction. A request travels on a stream of its own; the
 * answer comes back on the same stream, for `chunk` followed by `length` raw bytes, for `stream_begin` by the frames of
 * `stream.ts`.
 *
 * The sender is known by the `peer_id` of its `hello`, never by its source address.
 *
 * @module
 */

import { z } from "zod";
import { HashList } from "./chunk_hashes.ts";
import { ByteCount, DisplayName, GameId, GameVersion, PeerId, Sha256, SocketAddress } from "./ids.ts";
import { GameSummaries, LibraryRev } from "./library.ts";
import { CHUNK_BYTES, MAX_FILES_PER_GAME, MAX_GAMES } from "./limits.ts";
import { ManifestFiles } from "./manifest.ts";
import { ManifestPath } from "./paths.ts";
import { StreamFailed } from "./stream.ts";
import { WireError } from "./wire_error.ts";

/** What both sides tell in the handshake. */
export const PeerIntroduction = z.object({
  peer_id: PeerId,
  name: DisplayName,
  proto_ver: z.number().int().nonnegative(),
  /** Where the sender listens, on the interface that reaches the receiver. */
  listen_addr: SocketAddress,
  library_rev: LibraryRev,
  library_digest: Sha256,
  features: z.array(z.string().max(64)).max(64),
  /** HMAC-SHA-256 that shows membership in the party. */
  proof: Sha256,
});
export type PeerIntroduction = z.infer<typeof PeerIntroduction>;

export const Hello = PeerIntroduction.extend({ type: z.literal("hello") });
export const HelloAck = PeerIntroduction.extend({ type: z.literal("hello_ack") });
export type Hello = z.infer<typeof Hello>;
export type HelloAck = z.infer<typeof HelloAck>;

export const Ping = z.object({ type: z.literal("ping") });
export const Pong = z.object({ type: z.literal("pong") });
/** A hint that the sender is about to leave. */
export const Goodbye = z.object({ type: z.literal("goodbye") });
/** The answer to everything that only has to arrive. */
export const Ok = z.object({ type: z.literal("ok") });

export const LibrarySummary = z.object({
  type: z.literal("library_summary"),
  library_rev: LibraryRev,
  library_digest: Sha256,
  game_count: z.number().int().nonnegative().max(MAX_GAMES),
});
export type LibrarySummary = z.infer<typeof LibrarySummary>;

export const LibrarySnapshot = z.object({
  type: z.literal("library_snapshot"),
  library_rev: LibraryRev,
  games: GameSummaries,
});
export type LibrarySnapshot = z.infer<typeof LibrarySnapshot>;

export const LibraryDelta = z.object({
  type: z.literal("library_delta"),
  from_rev: LibraryRev,
  to_rev: LibraryRev,
  added: GameSummaries,
  updated: GameSummaries,
  removed: z.array(GameId).max(MAX_GAMES),
});
export type LibraryDelta = z.infer<typeof LibraryDelta>;

export const GetLibrary = z.object({ type: z.literal("get_library"), since_rev: LibraryRev.optional() });
export type GetLibrary = z.infer<typeof GetLibrary>;
export const GetGame = z.object({ type: z.literal("get_game"), game_id: GameId });
export type GetGame = z.infer<typeof GetGame>;

export const GameDetails = z.object({
  type: z.literal("game_details"),
  game_id: GameId,
  version: GameVersion,
  manifest_hash: Sha256,
  files: ManifestFiles,
});
export type GameDetails = z.infer<typeof GameDetails>;

export const GetHashes = z.object({
  type: z.literal("get_hashes"),
  game_id: GameId,
  manifest_hash: Sha256,
});
export type GetHashes = z.infer<typeof GetHashes>;

/** What the sender knows of its chunks: see `chunk_hashes.ts`. */
export const Hashes = z.object({
  type: z.literal("hashes"),
  game_id: GameId,
  manifest_hash: Sha256,
  hashes: HashList,
});
export type Hashes = z.infer<typeof Hashes>;

export const GetChunk = z.object({
  type: z.literal("get_chunk"),
  game_id: GameId,
  manifest_hash: Sha256,
  path: ManifestPath,
  offset: ByteCount,
  length: z.number().int().nonnegative().max(CHUNK_BYTES),
});
export type GetChunk = z.infer<typeof GetChunk>;

/** Followed by exactly `length` raw bytes. */
export const ChunkHeader = z.object({
  type: z.literal("chunk"),
  length: z.number().int().nonnegative().max(CHUNK_BYTES),
});

/** Asks for the content of the archives of the game that this manifest lists, expanded. */
export const StreamInstall = z.object({
  type: z.literal("stream_install"),
  game_id: GameId,
  manifest_hash: Sha256,
});
export type StreamInstall = z.infer<typeof StreamInstall>;

/** Followed by the frames of `stream.ts`: so many folders and files, and so many bytes in the files. */
export const StreamBegin = z.object({
  type: z.literal("stream_begin"),
  entries: z.number().int().nonnegative().max(MAX_FILES_PER_GAME),
  total_bytes: ByteCount,
});
export type StreamBegin = z.infer<typeof StreamBegin>;

/** What a client sends. */
export const Request = z.discriminatedUnion("type", [
  Hello,
  Ping,
  Goodbye,
  LibrarySummary,
  LibrarySnapshot,
  LibraryDelta,
  GetLibrary,
  GetGame,
  GetHashes,
  GetChunk,
  StreamInstall,
]);
export type Request = z.infer<typeof Request>;

/** What a server sends back. */
export const Answer = z.discriminatedUnion("type", [
  HelloAck,
  Pong,
  Ok,
  LibrarySnapshot,
  LibraryDelta,
  GameDetails,
  Hashes,
  ChunkHeader,
  StreamBegin,
  StreamFailed,
  WireError,
]);
export type Answer = z.infer<typeof Answer>;
