/**
 * Remembers over failures, crashes and restarts how far each download came: which manifest it fetches, which chunks of
 * it are on the disk, and what stood in the game root before.
 *
 * Goals: no chunk is told to be finished that was not handed in; what is handed in survives a crash of the process at
 * once. Non-goals: believing itself. A file may have been changed by anybody since; `resume.ts` looks at the disk.
 *
 * @module
 */

import type { SQLOutputValue } from "node:sqlite";
import { z } from "zod";
import { inTurns, nextTurn } from "../../base/turns.ts";
import { join, resolve } from "../../base/std/path.ts";
import { ByteCount, GameId, GameVersion, Sha256 } from "../../proto/ids.ts";
import { type Chunk, makeManifest, type Manifest, ManifestFile } from "../../proto/manifest.ts";
import { ManifestPath } from "../../proto/paths.ts";
import type { Store } from "../../watch/store.ts";

/** A chunk that was written, and the hash of its bytes. */
export interface JournalChunk extends Chunk {
  readonly sha256: Sha256;
}

/** The file lists of versions that may have left files behind. */
const StoredFiles = z.object({ version: GameVersion, files: z.array(ManifestFile) });
const StoredChunk = z.object({ path: ManifestPath, offset: ByteCount, length: ByteCount, sha256: Sha256 });

/** So many chunks are read or forgotten before the peer does other things. */
const AT_ONCE = 4_096;
const OF_GAME = "WHERE game_dir = ? AND game_id = ?";

/** The journal in `library.db`. Every method throws `io` where the file can't be used. */
export class DownloadJournal {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * A download begins. One of the same manifest is gone on with; one of another is replaced, and its chunks are
   * forgotten. `previous` is what the library knows of the root now; what was known before the first try is added to
   * it, and so are the files of a download that was replaced. It is on the disk when this returns.
   */
  begin(game_dir: string, manifest: Manifest, previous: Manifest | null): JournalEntry {
    const { game_id, manifest_hash } = manifest;
    const dir = resolve(game_dir);
    const store = this.#store;
    const left_files = store.write(() => {
      const known = store.statement(`SELECT manifest_hash, files, previous FROM downloads ${OF_GAME}`)
        .get(dir, game_id);
      const goes_on = known?.manifest_hash === manifest_hash;
      if (!goes_on) store.statement(`DELETE FROM finished_chunks ${OF_GAME}`).run(dir, game_id);
      const lists = [previous, readFiles(known?.previous), goes_on ? null : readFiles(known?.files)];
      const left = joinLists(lists);
      store.statement("INSERT OR REPLACE INTO downloads VALUES (?, ?, ?, ?, ?)")
        .run(dir, game_id, manifest_hash, writeFiles(manifest), left && writeFiles(left));
      return left;
    });
    // Almost always nothing but what the library knows is left.
    const merged = left_files === previous
      ? previous
      : left_files && makeManifest(game_id, left_files.version, left_files.files);
    return new JournalEntry(this.#store, dir, manifest, merged);
  }

  /** What a download that neither ended nor was cancelled may have left: its entry, and the files it fetched. */
  left(
    game_dir: string,
    game_id: GameId,
  ): { entry: JournalEntry; files: readonly ManifestFile[] } | undefined {
    const dir = resolve(game_dir);
    const row = this.#store.read(() =>
      this.#store.statement(`SELECT manifest_hash, files, previous FROM downloads ${OF_GAME}`).get(
        dir,
        game_id,
      )
    );
    const files = readFiles(row?.files);
    if (!row || !files) return undefined;
    const before = readFiles(row.previous);
    const previous = before && makeManifest(game_id, before.version, before.files);
    const manifest = makeManifest(game_id, files.version, files.files);
    return { entry: new JournalEntry(this.#store, dir, manifest, previous), files: files.files };
  }

  /** Whether a download of the game began and neither ended nor was cancelled. */
  has(game_dir: string, game_id: GameId): boolean {
    return this.ids(game_dir).includes(game_id);
  }

  /** The games whose download began and neither ended nor was cancelled. */
  ids(game_dir: string): GameId[] {
    const rows = this.#store.read(() =>
      this.#store.statement("SELECT game_id FROM downloads WHERE game_dir = ?").all(resolve(game_dir))
    );
    return rows.flatMap((row) => GameId.safeParse(row.game_id).data ?? []);
  }

  /** Drops the entries of games whose root is not there any more. */
  async dropVanished(game_dir: string): Promise<void> {
    for (const id of this.ids(game_dir)) {
      if (await isGone(join(game_dir, id))) this.#store.write(() => drop(this.#store, resolve(game_dir), id));
    }
  }
}

/** The entry of one download under way. */
export class JournalEntry {
  readonly #store: Store;
  readonly #dir: string;
  readonly #game_id: GameId;
  readonly #manifest_hash: Sha256;
  #is_doubtful = false;

  constructor(
    store: Store,
    dir: string,
    { game_id, manifest_hash }: Manifest,
    /** Files that stand or may stand in the root from before; those that the manifest lacks go at the commit. */
    readonly previous: Manifest | null,
  ) {
    this.#store = store;
    this.#dir = dir;
    this.#game_id = game_id;
    this.#manifest_hash = manifest_hash;
  }

  /** The chunks that are finished, those of earlier tries included. Throws the signal's reason. */
  async chunks(signal: AbortSignal): Promise<JournalChunk[]> {
    const chunks: JournalChunk[] = [];
    for (let after: Row = { path: "", byte_offset: -1 };;) {
      const rows = this.#page(after);
      for (const row of rows) chunks.push(...readChunk(row));
      const last = rows.at(-1);
      if (!last || rows.length < AT_ONCE) return chunks;
      after = last;
      await nextTurn(signal);
    }
  }

  #page({ path, byte_offset }: Row): Row[] {
    return this.#store.read(() =>
      this.#store.statement(
        `SELECT path, byte_offset, byte_length, sha256 FROM finished_chunks ${OF_GAME}
           AND (path, byte_offset) > (?, ?) ORDER BY path, byte_offset LIMIT ?`,
      ).all(this.#dir, this.#game_id, path ?? null, byte_offset ?? null, AT_ONCE)
    );
  }

  /**
   * These chunks are on the disk. Resolves when that is, too. Does nothing where the entry was ended, replaced or
   * doubted meanwhile.
   */
  async record(chunks: readonly JournalChunk[]): Promise<void> {
    if (this.#is_doubtful) return;
    const store = this.#store;
    const [dir, game_id] = [this.#dir, this.#game_id];
    store.writeLightly(() => {
      const current = store.statement(`SELECT manifest_hash FROM downloads ${OF_GAME}`).get(dir, game_id);
      if (current?.manifest_hash !== this.#manifest_hash) return;
      const put = store.statement("INSERT OR REPLACE INTO finished_chunks VALUES (?, ?, ?, ?, ?, ?)");
      for (const { path, offset, length, sha256 } of chunks) {
        put.run(dir, game_id, path, offset, length, Uint8Array.fromHex(sha256));
      }
    });
    await store.settle();
  }

  /**
   * The chunks have to be fetched again. On the disk when this resolves: their bytes may be overwritten then. Throws the
   * signal's reason.
   */
  async forget(chunks: readonly Pick<Chunk, "path" | "offset">[], signal: AbortSignal): Promise<void> {
    if (chunks.length === 0) return;
    const store = this.#store;
    const remove = `DELETE FROM finished_chunks ${OF_GAME} AND path = ? AND byte_offset = ?`;
    for await (const some of inTurns(chunks, AT_ONCE, signal)) {
      store.writeLightly(() => {
        for (const { path, offset } of some) {
          store.statement(remove).run(this.#dir, this.#game_id, path, offset);
        }
      });
    }
    await store.settle();
  }

  /**
   * A source's files changed under the transfer: nothing is known to be of one piece any more. Forgets all chunks and
   * records no more; what stood before is still known.
   */
  doubt(): void {
    this.#is_doubtful = true;
    this.#store.write(() =>
      this.#store.statement(`DELETE FROM finished_chunks ${OF_GAME}`).run(this.#dir, this.#game_id)
    );
  }

  /** The download was committed or cancelled. */
  end(): void {
    this.#store.write(() => drop(this.#store, this.#dir, this.#game_id));
  }
}

function drop(store: Store, dir: string, game_id: GameId): void {
  for (const table of ["finished_chunks", "downloads"]) {
    store.statement(`DELETE FROM ${table} ${OF_GAME}`).run(dir, game_id);
  }
}

type Row = Record<string, SQLOutputValue>;

function readChunk({ path, byte_offset, byte_length, sha256 }: Row): JournalChunk[] {
  const hash = sha256 instanceof Uint8Array ? sha256.toHex() : "";
  const stored = StoredChunk.safeParse({ path, offset: byte_offset, length: byte_length, sha256: hash });
  return stored.success ? [stored.data] : [];
}

type FileList = Pick<Manifest, "version" | "files">;

/** All files of all lists; the first list's word counts. `null` where there is no list. */
function joinLists(lists: readonly (FileList | null)[]): FileList | null {
  const there = lists.filter((list) => list !== null);
  if (there.length <= 1) return there[0] ?? null;
  const files = new Map(there.toReversed().flatMap((list) => list.files.map((file) => [file.path, file])));
  return there[0] ? { version: there[0].version, files: [...files.values()] } : null;
}

function writeFiles({ version, files }: FileList): string {
  return JSON.stringify({ version, files: files.map(({ path, size }) => ({ path, size })) });
}

function readFiles(text: unknown): FileList | null {
  if (typeof text !== "string") return null;
  try {
    return StoredFiles.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** A root that can't be looked at now may be there. */
async function isGone(root: string): Promise<boolean> {
  return await Deno.lstat(root).then(() => false, (error) => error instanceof Deno.errors.NotFound);
}
