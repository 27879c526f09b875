/**
 * The tables of `library.db`, as they came to be. A text that was released never changes; a new one goes to the end.
 *
 * @module
 */

const SCAN_INDEX = `
  CREATE TABLE roots (
    game_dir TEXT NOT NULL, game_id TEXT NOT NULL, fingerprint TEXT NOT NULL, game TEXT NOT NULL,
    PRIMARY KEY (game_dir, game_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`;

// `hashed_games`: all chunks of this manifest were known. `stamp`: how the file looked when its chunk was hashed.
const CHUNK_HASHES = `
  CREATE TABLE chunk_hashes (
    game_dir TEXT NOT NULL, game_id TEXT NOT NULL, path TEXT NOT NULL, chunk INTEGER NOT NULL,
    stamp TEXT NOT NULL, sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (game_dir, game_id, path, chunk)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE hashed_games (
    game_dir TEXT NOT NULL, game_id TEXT NOT NULL, manifest_hash TEXT NOT NULL,
    PRIMARY KEY (game_dir, game_id)
  ) STRICT, WITHOUT ROWID;`;

// `files`: what the download writes. `previous`: what stood or may stand in the root from before, to be removed at the
// end where the new version does not have it; NULL where nothing.
const DOWNLOAD_JOURNAL = `
  CREATE TABLE downloads (
    game_dir TEXT NOT NULL, game_id TEXT NOT NULL, manifest_hash TEXT NOT NULL,
    files TEXT NOT NULL, previous TEXT,
    PRIMARY KEY (game_dir, game_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE finished_chunks (
    game_dir TEXT NOT NULL, game_id TEXT NOT NULL, path TEXT NOT NULL, byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL, sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (game_dir, game_id, path, byte_offset)
  ) STRICT, WITHOUT ROWID;`;

/** SQL texts in order; the file's `user_version` counts those that were run. */
export const MIGRATIONS: readonly string[] = [SCAN_INDEX, CHUNK_HASHES, DOWNLOAD_JOURNAL];
