/**
 * One open `library.db` for everything that keeps something in it: the scan index, the chunk hashes, the journal of
 * the downloads. All run in the one process that holds the state directory's lock.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { guarded, IN_MEMORY, transaction } from "./database.ts";

/** Access to the file. Every method throws `io` where it can't be used. */
export class Store {
  readonly #statements = new Map<string, StatementSync>();

  constructor(readonly path: string, readonly db: DatabaseSync) {}

  /**
   * The statement of a fixed SQL text, prepared once: the runtime frees one that is not used any more late, and does
   * not see how much memory it holds.
   */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepared = guarded(this.path, () => this.db.prepare(sql));
    this.#statements.set(sql, prepared);
    return prepared;
  }

  /** Reads. */
  read<T>(action: () => T): T {
    return guarded(this.path, action);
  }

  /** Writes in one transaction that is on the disk when this returns. */
  write<T>(action: () => T): T {
    return guarded(this.path, () => transaction(this.db, action));
  }

  /**
   * Writes in one transaction that a crash of the process does not take back, but a power cut may, until `settle()`
   * or the next `write()`. For what may be lost, but must not make the peer wait for the disk.
   */
  writeLightly<T>(action: () => T): T {
    return guarded(this.path, () => {
      this.db.exec("PRAGMA synchronous = NORMAL");
      try {
        return transaction(this.db, action);
      } finally {
        this.db.exec("PRAGMA synchronous = FULL");
      }
    });
  }

  /** Makes everything durable that was written lightly, without holding up the peer meanwhile. */
  async settle(): Promise<void> {
    if (this.path === IN_MEMORY) return;
    try {
      using log = await Deno.open(`${this.path}-wal`, { write: true });
      await log.syncData();
    } catch (error) {
      // What was in a log that is gone stands in the file itself.
      if (!(error instanceof Deno.errors.NotFound)) guarded(this.path, () => fail(error));
    }
  }
}

function fail(error: unknown): never {
  throw error;
}
