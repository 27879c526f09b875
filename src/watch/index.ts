/**
 * The scan index: what each game root was found to hold, by its fingerprint, so that an unchanged root need
 * not be walked again, and the revision of the announced library, which outlives restarts.
 *
 * Participants: `scan.ts` looks up, stores and forgets; the peer asks for the revision. Everything in here
 * can be found again by a scan, so a damaged file costs time only.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { resolve } from "../base/std/path.ts";
import { GameId, type Sha256 } from "../proto/ids.ts";
import { LibraryRev } from "../proto/library.ts";
import { ChunkHashStore } from "./chunk_hash_store.ts";
import { guarded, IN_MEMORY, openDatabase } from "./database.ts";
import type { LocalGame } from "./local_game.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Store } from "./store.ts";
import { decodeGame, encodeGame } from "./stored_game.ts";

/**
 * How long another program's lock is waited for. The thread that serves waits too, and others take a peer that says
 * nothing for three seconds for gone; whoever is refused tries again later.
 */
export const BUSY_TIMEOUT_MS = 1_000;

/** One root to be stored. */
export interface IndexedRoot {
  readonly fingerprint: string;
  readonly game: LocalGame;
}

/** The index in `<state_dir>/library.db`. Every method throws `io` where the file can't be used. */
export class LibraryIndex implements Disposable {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #lookup: StatementSync;
  /** What opening it had to repair, in words for the log; `null` where nothing. */
  readonly notice: string | null;
  /** The open file, for what else is kept in it. */
  readonly store: Store;
  /** The hashes of the chunks of the local games. */
  readonly hashes: ChunkHashStore;

  private constructor(path: string, busy_timeout_ms: number) {
    const { db, notice } = openDatabase(path, MIGRATIONS, busy_timeout_ms);
    this.#path = path;
    this.#db = db;
    this.notice = notice;
    this.store = new Store(path, db);
    this.hashes = new ChunkHashStore(this.store);
    try {
      this.#lookup = guarded(
        path,
        () => db.prepare("SELECT game FROM roots WHERE game_dir = ? AND game_id = ? AND fingerprint = ?"),
      );
      if (notice !== null) this.#skipRevisions();
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Opens the file, creating it where it is missing. A damaged or newer one is set aside: see `notice`. */
  static open(path: string, options: { busy_timeout_ms?: number } = {}): LibraryIndex {
    return new LibraryIndex(path, options.busy_timeout_ms ?? BUSY_TIMEOUT_MS);
  }

  /** An index that is gone when it is disposed. */
  static inMemory(): LibraryIndex {
    return LibraryIndex.open(IN_MEMORY);
  }

  /** What the root held when it had this fingerprint, or `undefined`. */
  lookup(game_dir: string, game_id: GameId, fingerprint: string): LocalGame | undefined {
    const row = guarded(this.#path, () => this.#lookup.get(resolve(game_dir), game_id, fingerprint));
    return typeof row?.game === "string" ? decodeGame(game_id, row.game) : undefined;
  }

  /** The ids that are stored for a game directory. */
  ids(game_dir: string): GameId[] {
    const rows = guarded(
      this.#path,
      () => this.#db.prepare("SELECT game_id FROM roots WHERE game_dir = ?").all(resolve(game_dir)),
    );
    return rows.flatMap((row) => GameId.safeParse(row.game_id).data ?? []);
  }

  /** Stores some roots and forgets others, in one transaction. */
  update(game_dir: string, store: readonly IndexedRoot[], forget: readonly GameId[] = []): void {
    if (store.length + forget.length === 0) return;
    const dir = resolve(game_dir);
    this.#write((db) => {
      const remove = db.prepare("DELETE FROM roots WHERE game_dir = ? AND game_id = ?");
      const put = db.prepare("INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?)");
      for (const game_id of forget) remove.run(dir, game_id);
      for (const { fingerprint, game } of store) put.run(dir, game.id, fingerprint, encodeGame(game));
    });
  }

  /**
   * The revision of the library with this digest: the current one where the digest is the last announced one,
   * otherwise the next one, on disk before this returns. It only grows, over restarts too.
   */
  revision(digest: Sha256): number {
    return this.#write((db) => {
      const rev = LibraryRev.catch(Date.now()).parse(Number(readMeta(db, "library_rev") ?? 0));
      if (readMeta(db, "library_digest") === digest) return rev;
      writeMeta(db, "library_rev", String(rev + 1));
      writeMeta(db, "library_digest", digest);
      return rev + 1;
    });
  }

  /** Lets every later revision be above `rev`, on disk before this returns. A second time does nothing. */
  raiseRevision(rev: number): void {
    this.#write((db) => {
      if (rev <= LibraryRev.catch(Date.now()).parse(Number(readMeta(db, "library_rev") ?? 0))) return;
      writeMeta(db, "library_rev", String(rev));
      // Others may know another library under this revision.
      db.prepare("DELETE FROM meta WHERE key = 'library_digest'").run();
    });
  }

  /** Closes the file; a second time does nothing. */
  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close();
  }

  // The old revision went with the old file, and peers ignore what is not above it. No library changes once a
  // millisecond, so the time of day is.
  #skipRevisions(): void {
    this.#write((db) => {
      if (readMeta(db, "library_rev") === undefined) writeMeta(db, "library_rev", String(Date.now()));
    });
  }

  #write<T>(action: (db: DatabaseSync) => T): T {
    return this.store.write(() => action(this.#db));
  }
}

function readMeta(db: DatabaseSync, key: string): string | undefined {
  const value = db.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.value;
  return typeof value === "string" ? value : undefined;
}

function writeMeta(db: DatabaseSync, key: string, value: string): void {
  db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
}
