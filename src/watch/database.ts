/**
 * Opens the SQLite file of the state directory: write-ahead log, migrations, and a way out when the file is
 * damaged or comes from a newer program. Such a file is set aside, never deleted, and a new one begun.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { basename, dirname } from "../base/std/path.ts";

/** The name of a database that lives in memory and is gone when it is closed. */
export const IN_MEMORY = ":memory:";

/** An open database. */
export interface OpenedDatabase {
  readonly db: DatabaseSync;
  /** What had to be done to open it, in words; `null` where nothing had. */
  readonly notice: string | null;
}

type Fault = "damaged" | "newer";

/**
 * Opens `path`, creating it and its folder where they are missing, and brings it to the last of
 * `migrations`: SQL texts of which the file's `user_version` counts those that were run. Throws `io` where
 * the file can't be used, and where another program locks it for longer than `busy_timeout_ms`.
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  busy_timeout_ms: number,
): OpenedDatabase {
  return guarded(path, () => {
    if (path !== IN_MEMORY) Deno.mkdirSync(dirname(path), { recursive: true });
    const db = attempt(path, migrations, busy_timeout_ms);
    if (db instanceof DatabaseSync) return { db, notice: null };
    const notice = setAside(path, db);
    const renewed = attempt(path, migrations, busy_timeout_ms);
    if (renewed instanceof DatabaseSync) return { db: renewed, notice };
    throw new Error(`the file is ${renewed} as soon as it is written`);
  });
}

/** Runs `action` on the database at `path`; what SQLite or the disk throws becomes one clear `io` error. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LanspreadError) throw error;
    const advice = /is locked/.test(messageOf(error))
      ? "it is locked; stop the other program that uses this state folder"
      : `${messageOf(error)}; check the state folder's disk and permissions`;
    throw new LanspreadError("io", `Cannot use the library index ${path}: ${advice}`, { cause: error });
  }
}

/** Runs `action` in one transaction that keeps all other writers out. */
export function transaction<T>(db: DatabaseSync, action: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function attempt(path: string, migrations: readonly string[], busy_timeout_ms: number): DatabaseSync | Fault {
  const db = new DatabaseSync(path, { timeout: busy_timeout_ms });
  try {
    const fault = faultOf(db, migrations.length);
    if (!fault) {
      // FULL: a revision that was announced must not be taken back by a power cut.
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      migrate(db, migrations);
      return db;
    }
    db.close();
    return fault;
  } catch (error) {
    db.close();
    if (isDamage(error)) return "damaged";
    throw error;
  }
}

function faultOf(db: DatabaseSync, known_version: number): Fault | undefined {
  if (userVersion(db) > known_version) return "newer";
  return db.prepare("PRAGMA quick_check(1)").get()?.quick_check === "ok" ? undefined : "damaged";
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  if (userVersion(db) === migrations.length) return;
  transaction(db, () => {
    // Another process may have been faster.
    for (const migration of migrations.slice(userVersion(db))) db.exec(migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function userVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

// The runtime gives SQLite's message only, not its result code.
function isDamage(error: unknown): boolean {
  return /not a database|malformed|database corruption/.test(messageOf(error));
}

function setAside(path: string, fault: Fault): string {
  let n = 1;
  while (exists(`${path}.${fault}-${n}`)) n++;
  const kept_path = `${path}.${fault}-${n}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (exists(path + suffix)) Deno.renameSync(path + suffix, kept_path + suffix);
  }
  const why = fault === "newer" ? "was written by a newer lanspread" : "was damaged";
  return `${path} ${why}; it is kept as ${basename(kept_path)} and the library is scanned anew`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
