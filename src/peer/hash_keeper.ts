/**
 * Computes in the background what nobody has asked for yet: the hashes of the chunks of the local games.
 *
 * Participants: the local library says what was scanned, the hasher computes, the store keeps. Goals: after a scan
 * every chunk of every game that can be served has a hash at some time; transfers and operations go first; what is
 * found out survives a restart at once. Non-goals: noticing changes; the scan does, and whoever serves a hash.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import type { Manifest, ManifestFile } from "../proto/manifest.ts";
import type { ChunkHashStore, HashedChunk } from "../watch/chunk_hash_store.ts";
import { lookAtFile, SETTLE_MS, type StampedFile } from "../watch/file_stamp.ts";
import type { FileRange, HashedRange } from "../watch/hash_protocol.ts";
import { type FileChunk, needsHashes, planFile, smallestGame } from "../watch/hash_plan.ts";
import type { LocalGame } from "../watch/local_game.ts";

/** While the peer has something better to do it is looked at this often, in milliseconds. */
const BUSY_PAUSE_MS = 500;
/** So many hashes are stored at a time. */
const BATCH = 64;

/** What the keeper needs of the rest of the peer. */
export interface HashKeeperPorts {
  readonly clock: Clock;
  readonly store: ChunkHashStore;
  readonly library: {
    readonly game_dir: string;
    readonly games: Iterable<LocalGame>;
    get(id: GameId): LocalGame | undefined;
  };
  /** Looks at a file; default `lookAtFile`. */
  readonly look?: typeof lookAtFile;
  hash(range: FileRange, signal: AbortSignal): Promise<HashedRange>;
  /** Whether an operation runs on the game: its files are in motion. */
  isInMotion(id: GameId): boolean;
  /** Whether the peer has something better to do than hashing. */
  isBusy(): boolean;
}

/** One background task for all games. */
export class HashKeeper {
  readonly #ports: HashKeeperPorts;
  /** Games that were walked again since the last look. */
  readonly #changed = new Set<GameId>();
  readonly #todo = new Set<GameId>();
  /** Games with files that were just written. */
  readonly #unsettled = new Set<GameId>();
  #is_scanned = false;
  #wake = Promise.withResolvers<void>();

  constructor(ports: HashKeeperPorts) {
    this.#ports = ports;
  }

  /** A scan is over; these games were walked. */
  scanned(walked: Iterable<GameId>): void {
    for (const id of walked) this.#changed.add(id);
    this.#is_scanned = true;
    this.#wake.resolve();
  }

  /** Runs until the signal aborts. Throws `io` where the store can't be used. */
  async run(signal: AbortSignal): Promise<void> {
    while (true) {
      signal.throwIfAborted();
      if (this.#is_scanned) this.#look();
      const game = this.#next();
      if (game?.manifest) await this.#keep(game.manifest, signal);
      else await this.#rest(signal);
    }
  }

  /** Finds out which games lack hashes, and forgets those of games that are gone. */
  #look(): void {
    const { store, library, isInMotion } = this.#ports;
    this.#is_scanned = false;
    this.#todo.clear();
    const completed = store.completed(library.game_dir);
    for (const game of library.games) {
      if (needsHashes(game, completed, this.#changed)) this.#todo.add(game.id);
    }
    this.#changed.clear();
    const gone = store.ids(library.game_dir).filter((id) => !library.get(id)?.downloaded && !isInMotion(id));
    store.forget(library.game_dir, gone);
  }

  #next(): LocalGame | undefined {
    const { library, isInMotion } = this.#ports;
    const games = [...this.#todo].flatMap((id) => library.get(id) ?? []);
    const game = smallestGame(games.filter(({ id, manifest }) => manifest && !isInMotion(id)));
    if (game) this.#todo.delete(game.id);
    return game;
  }

  /** Waits for the next scan, or until the files that were just written may be looked at. */
  async #rest(signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers();
    if (this.#is_scanned) return;
    if (this.#unsettled.size === 0) return await abortable(this.#wake.promise, signal);
    await this.#ports.clock.sleep(SETTLE_MS, signal);
    for (const id of this.#unsettled) this.#todo.add(id);
    this.#unsettled.clear();
  }

  async #keep(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const { store, library } = this.#ports;
    const run = new GameRun(this.#ports, library.game_dir, manifest);
    const is_complete = await run.hashAll(signal);
    if (run.is_unsettled) this.#unsettled.add(manifest.game_id);
    if (!is_complete) return;
    const paths = new Set<string>(manifest.files.map(({ path }) => path));
    store.complete(run.game_dir, manifest.game_id, manifest.manifest_hash, paths);
    logger("hashes").debug("{game_id}: {computed} hashes computed, all {files} files are known", {
      game_id: manifest.game_id,
      computed: run.computed,
      files: manifest.files.length,
    });
  }
}

/** One pass over one game. */
class GameRun {
  readonly #batch: HashedChunk[] = [];
  computed = 0;
  is_unsettled = false;
  #is_missing_some = false;

  constructor(readonly ports: HashKeeperPorts, readonly game_dir: string, readonly manifest: Manifest) {}

  /** Gives whether all chunks are known now. */
  async hashAll(signal: AbortSignal): Promise<boolean> {
    try {
      for (const file of this.manifest.files) {
        signal.throwIfAborted();
        if (!this.#isCurrent()) return false;
        await this.#hashFile(file, signal);
      }
    } finally {
      this.#store();
    }
    return this.#isCurrent() && !this.#is_missing_some;
  }

  /** What was scanned or began since then makes this pass worthless. */
  #isCurrent(): boolean {
    const { library, isInMotion } = this.ports;
    const { game_id, manifest_hash } = this.manifest;
    if (library.game_dir !== this.game_dir || isInMotion(game_id)) return false;
    return library.get(game_id)?.manifest?.manifest_hash === manifest_hash;
  }

  async #hashFile(file: ManifestFile, signal: AbortSignal): Promise<void> {
    const { game_id } = this.manifest;
    const seen = await (this.ports.look ?? lookAtFile)(join(this.game_dir, game_id), file.path);
    const known = seen
      ? this.ports.store.known(this.game_dir, game_id, file.path, seen.stamp)
      : new Set<number>();
    const plan = planFile(file, seen, known);
    if (plan === "unsettled") this.is_unsettled = true;
    if (plan === "changed" || plan === "unsettled" || !seen) this.#is_missing_some = true;
    else for (const part of plan) if (!await this.#hashChunk(file, part, seen, signal)) return;
  }

  /** Gives whether it is worth going on with the file. */
  async #hashChunk(
    { path }: ManifestFile,
    { chunk, offset, length }: FileChunk,
    seen: StampedFile,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, isBusy, hash } = this.ports;
    while (isBusy()) await clock.sleep(BUSY_PAUSE_MS, signal);
    const range = { root: this.game_dir, path: `${this.manifest.game_id}/${path}`, offset, length };
    const hashed = this.#isCurrent()
      ? await hash(range, signal).catch((error) => this.#missed(error, signal))
      : undefined;
    if (hashed?.stamp !== seen.stamp) {
      this.#is_missing_some = true;
      return false;
    }
    this.computed++;
    this.#batch.push({ path, chunk, stamp: seen.stamp, sha256: hashed.sha256 });
    if (this.#batch.length >= BATCH) this.#store();
    return true;
  }

  // A file that can't be read or changes is looked at again after the next scan.
  #missed(error: unknown, signal: AbortSignal): undefined {
    signal.throwIfAborted();
    if (!(error instanceof LanspreadError)) throw error;
    logger("hashes").info("{reason}", { reason: error.message });
  }

  #store(): void {
    this.ports.store.put(this.game_dir, this.manifest.game_id, this.#batch.splice(0));
  }
}
