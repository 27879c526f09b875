/**
 * The SHA-256 of each chunk of the local games, as they were found on the disk, so that they are computed once.
 *
 * A hash counts only as long as its file has the stamp that it had when it was hashed. Everything in here can be
 * computed again, so nothing waits for the disk.
 *
 * @module
 */

import { resolve } from "../base/std/path.ts";
import { GameId, Sha256 } from "../proto/ids.ts";
import type { FileStamp } from "./file_stamp.ts";
import type { Store } from "./store.ts";

/** The hash of one chunk of a file that had this stamp. */
export interface HashedChunk {
  readonly path: string;
  /** Its number in the file, from 0 on. */
  readonly chunk: number;
  readonly stamp: FileStamp;
  readonly sha256: Sha256;
}

/** Hashes in `library.db`, by game directory and game. Every method throws `io` where the file can't be used. */
export class ChunkHashStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Stores hashes in one transaction; the hashes of a file under another stamp go. */
  put(game_dir: string, game_id: GameId, hashes: readonly HashedChunk[]): void {
    if (hashes.length === 0) return;
    const dir = resolve(game_dir);
    this.#store.writeLightly(() => {
      // Until `complete()` says so again.
      this.#store.statement("DELETE FROM hashed_games WHERE game_dir = ? AND game_id = ?").run(dir, game_id);
      const clear = this.#store.statement(
        "DELETE FROM chunk_hashes WHERE game_dir = ? AND game_id = ? AND path = ? AND stamp <> ?",
      );
      const put = this.#store.statement("INSERT OR REPLACE INTO chunk_hashes VALUES (?, ?, ?, ?, ?, ?)");
      for (const { path, chunk, stamp, sha256 } of hashes) {
        clear.run(dir, game_id, path, stamp);
        put.run(dir, game_id, path, chunk, stamp, Uint8Array.fromHex(sha256));
      }
    });
  }

  /** The numbers of the chunks of a file that are known under this stamp. */
  known(game_dir: string, game_id: GameId, path: string, stamp: FileStamp): Set<number> {
    const rows = this.#store.read(() =>
      this.#store.statement(
        "SELECT chunk FROM chunk_hashes WHERE game_dir = ? AND game_id = ? AND path = ? AND stamp = ?",
      ).all(resolve(game_dir), game_id, path, stamp)
    );
    return new Set(rows.map((row) => Number(row.chunk)));
  }

  /** All hashes of a game, file by file, whatever their stamps are worth now. */
  ofGame(game_dir: string, game_id: GameId): Map<string, HashedChunk[]> {
    const files = new Map<string, HashedChunk[]>();
    this.#store.read(() => {
      const rows = this.#store.statement(
        "SELECT path, chunk, stamp, sha256 FROM chunk_hashes WHERE game_dir = ? AND game_id = ?",
      ).iterate(resolve(game_dir), game_id);
      for (const row of rows) {
        const hashed = readRow(row);
        const file = files.get(hashed.path);
        if (file) file.push(hashed);
        else files.set(hashed.path, [hashed]);
      }
    });
    return files;
  }

  /** All chunks of the game's manifest are known; the hashes of files that it does not have go. */
  complete(game_dir: string, game_id: GameId, manifest_hash: Sha256, paths: ReadonlySet<string>): void {
    const dir = resolve(game_dir);
    this.#store.writeLightly(() => {
      const of = "WHERE game_dir = ? AND game_id = ?";
      const stored = this.#store.statement(`SELECT DISTINCT path FROM chunk_hashes ${of}`).all(dir, game_id);
      const remove = this.#store.statement(`DELETE FROM chunk_hashes ${of} AND path = ?`);
      for (const { path } of stored) if (!paths.has(String(path))) remove.run(dir, game_id, String(path));
      this.#store.statement("INSERT OR REPLACE INTO hashed_games VALUES (?, ?, ?)").run(
        dir,
        game_id,
        manifest_hash,
      );
    });
  }

  /** The games of which all chunks were known, with the hash of the manifest that they had. */
  completed(game_dir: string): Map<GameId, Sha256> {
    const rows = this.#store.read(() =>
      this.#store.statement("SELECT game_id, manifest_hash FROM hashed_games WHERE game_dir = ?").all(
        resolve(game_dir),
      )
    );
    return new Map(rows.flatMap(({ game_id, manifest_hash }) => {
      const id = GameId.safeParse(game_id).data;
      const hash = Sha256.safeParse(manifest_hash).data;
      return id && hash ? [[id, hash]] : [];
    }));
  }

  /** The games that have hashes here. */
  ids(game_dir: string): GameId[] {
    const dir = resolve(game_dir);
    const rows = this.#store.read(() =>
      this.#store.statement(
        "SELECT game_id FROM chunk_hashes WHERE game_dir = ? UNION SELECT game_id FROM hashed_games WHERE game_dir = ?",
      ).all(dir, dir)
    );
    return rows.flatMap((row) => GameId.safeParse(row.game_id).data ?? []);
  }

  /** Drops what is known of these games. */
  forget(game_dir: string, ids: readonly GameId[]): void {
    if (ids.length === 0) return;
    const dir = resolve(game_dir);
    this.#store.writeLightly(() => {
      for (const table of ["chunk_hashes", "hashed_games"]) {
        const remove = this.#store.statement(`DELETE FROM ${table} WHERE game_dir = ? AND game_id = ?`);
        for (const id of ids) remove.run(dir, id);
      }
    });
  }
}

function readRow(row: Record<string, unknown>): HashedChunk {
  return {
    path: String(row.path),
    chunk: Number(row.chunk),
    stamp: String(row.stamp) as FileStamp,
    sha256: (row.sha256 instanceof Uint8Array ? row.sha256.toHex() : "") as Sha256,
  };
}
