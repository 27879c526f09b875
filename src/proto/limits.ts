/**
 * Sizes and counts that bound what a peer accepts. All of them are part of the wire contract.
 *
 * @module
 */

/** The one version of the wire. A peer with another one is incompatible. */
export const PROTOCOL_VERSION = 1;
/** Application protocol in the TLS handshake (RFC 7301). */
export const ALPN = "lanspread/1";

/** The unit of transfer and of verification inside one file, in bytes. */
export const CHUNK_BYTES = 16 * 1024 * 1024;
/** The largest frame a server reads, in bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** The largest frame a client reads, in bytes: a library or a manifest. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** The largest `version.ini`, in bytes: it is held in memory until it is committed. */
export const MAX_SENTINEL_BYTES = 64 * 1024;

/** A sender that has nothing to send for the moment says so this often and not more often, in milliseconds. */
export const STREAM_WAIT_MS = 1_000;
/** Raw bytes that one data frame of a streamed install announces at most. */
export const STREAM_DATA_BYTES = 256 * 1024;
/** All paths of a streamed install together, in UTF-16 code units: its receiver remembers them. */
export const MAX_STREAM_PATH_LENGTH = 32 * 1024 * 1024;
/** Bytes on their way that the whole process may hold for other peers. */
export const MAX_BUFFER_BYTES = 256 * 1024 * 1024;

/** Requests that one peer may have open at a time. */
export const MAX_STREAMS_PER_PEER = 64;
/** A request's frame must be complete after this many milliseconds. */
export const HEADER_TIMEOUT_MS = 10_000;

/** Files in one manifest. */
export const MAX_FILES_PER_GAME = 200_000;
/** Hashes in one answer: a game of 6 TiB. What a larger one has beyond them is told by nobody, and not verified. */
export const MAX_HASHES = 390_000;
/** Games in one library. */
export const MAX_GAMES = 50_000;
/** One segment of a path, in UTF-8 bytes. */
export const MAX_SEGMENT_BYTES = 255;
/** A whole path below a game root, in UTF-8 bytes. */
export const MAX_PATH_BYTES = 2_048;
/** A peer's or a game's display name, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 256;
