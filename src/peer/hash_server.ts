/**
 * Answers `get_hashes`: what this peer knows of the chunks of a game, as far as the files still look as they did when
 * they were hashed.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import { LanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { ChunkHashes } from "../proto/chunk_hashes.ts";
import { ChunkOrder } from "../proto/chunk_order.ts";
import type { GameId } from "../proto/ids.ts";
import { CHUNK_BYTES } from "../proto/limits.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { GetHashes, Hashes } from "../proto/message.ts";
import type { ChunkHashStore, HashedChunk } from "../watch/chunk_hash_store.ts";
import { lookAtFile } from "../watch/file_stamp.ts";
import { forEachPooled } from "../watch/pool.ts";

const FILES_AT_ONCE = 16;
const never = new AbortController().signal;

/** What the server needs of the rest of the peer. */
export interface HashServerPorts {
  readonly store: ChunkHashStore;
  readonly game_dir: () => string;
  /** The manifest of a game that may be served now. Throws `game_not_found`, `not_transferable`. */
  manifestOf(game_id: GameId): Manifest;
  /** Some file does not look any more as it did when it was hashed. */
  onStale(game_id: GameId): void;
}

/** Looks at the files of a game once, however many ask meanwhile. */
export class HashServer {
  readonly #ports: HashServerPorts;
  readonly #collecting = new Map<Manifest, Promise<string>>();

  constructor(ports: HashServerPorts) {
    this.#ports = ports;
  }

  /** Throws `game_not_found`, `not_transferable`, `manifest_changed` and the signal's reason. */
  async answer({ game_id, manifest_hash }: GetHashes, signal: AbortSignal): Promise<Hashes> {
    const hashes = await abortable(this.#collected(this.#current(game_id, manifest_hash)), signal);
    // An operation may have begun meanwhile.
    this.#current(game_id, manifest_hash);
    return { type: "hashes", game_id, manifest_hash, hashes };
  }

  #current(game_id: GameId, manifest_hash: string): Manifest {
    const manifest = this.#ports.manifestOf(game_id);
    if (manifest.manifest_hash === manifest_hash) return manifest;
    throw new LanspreadError("manifest_changed", `${game_id} is not what it was; ask for the game again`);
  }

  #collected(manifest: Manifest): Promise<string> {
    const running = this.#collecting.get(manifest) ??
      this.#collect(manifest).finally(() => this.#collecting.delete(manifest));
    this.#collecting.set(manifest, running);
    return running;
  }

  async #collect({ game_id, files }: Manifest): Promise<string> {
    const { store, onStale } = this.#ports;
    const game_dir = this.#ports.game_dir();
    const order = new ChunkOrder(files);
    const hashes = new ChunkHashes(order.count);
    let is_stale = false;
    const work = async ([path, chunks]: [string, HashedChunk[]]) => {
      const seen = await lookAtFile(join(game_dir, game_id), path);
      for (const { chunk, stamp, sha256 } of chunks) {
        const index = order.indexOf({ path, offset: chunk * CHUNK_BYTES });
        if (index === undefined) continue;
        if (stamp === seen?.stamp) hashes.set(index, sha256);
        else is_stale = true;
      }
    };
    await forEachPooled(store.ofGame(game_dir, game_id), FILES_AT_ONCE, never, work);
    if (is_stale) onStale(game_id);
    return hashes.encode();
  }
}
