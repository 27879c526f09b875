/**
 * What each peer has been sent of the local files: whether a file still is the one it was when the peer got its first
 * bytes of it. Pure.
 *
 * A manifest names sizes and not contents, so a file that is rewritten at its old size keeps its manifest. A peer that
 * has a part of the old one must not get the rest from the new one. Once a file changed under it, it is sent nothing of
 * the game any more until it asks for the game again.
 *
 * Non-goals: a second change so soon after the first that the system gives both the same time, and writes through a
 * memory map that it tells of later.
 *
 * Memory: what was seen of each file once for all peers, and 4 bytes a file for each peer.
 *
 * @module
 */

import type { GameId, PeerId } from "../proto/ids.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { ManifestPath } from "../proto/paths.ts";
import type { FileStamp } from "../watch/file_stamp.ts";

/** Who asked for nothing during this many milliseconds is forgotten. */
const IDLE_MS = 60_000;
/** Receivers that are remembered; those who are sent something now are never forgotten. */
const MAX_RECEIVERS = 512;

/** One file: its number in the game, and how often it was another one so far; the first one counts 1. */
interface FileState {
  readonly index: number;
  stamp: FileStamp;
  version: number;
}

/** What was seen of one game by its manifest. */
interface ServedGame {
  readonly manifest_hash: string;
  readonly files: Map<ManifestPath, FileState>;
  receivers: number;
}

/** One peer that is sent one game. */
interface Receiver {
  readonly game_id: GameId;
  readonly game: ServedGame;
  /** Which version of each file it got; 0 for none yet. */
  readonly versions: Uint32Array;
  is_refused: boolean;
  chunks: number;
  used_ms: number;
}

/** A chunk that is sent, until it is disposed. */
export interface ServedChunk extends Disposable {
  /** The file looks like this now. Whether its bytes fit what the peer got before; `false` is final. */
  isSame(stamp: FileStamp): boolean;
}

/** The table of one server. */
export class ServedFiles {
  readonly #games = new Map<GameId, ServedGame>();
  /** Who was idle longest comes first. */
  readonly #receivers = new Map<string, Receiver>();
  readonly #now: () => number;

  /** `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many receivers are remembered. */
  get size(): number {
    return this.#receivers.size;
  }

  /** The peer asked for the game: it begins anew, unless it is in the middle of it. */
  asked(peer_id: PeerId, game_id: GameId): void {
    this.#sweep();
    const key = keyOf(peer_id, game_id);
    if (this.#receivers.get(key)?.chunks === 0) this.#forget(key);
  }

  /** A chunk of a file of the manifest is asked for. */
  begin(peer_id: PeerId, manifest: Manifest, path: ManifestPath): ServedChunk {
    this.#sweep();
    const key = keyOf(peer_id, manifest.game_id);
    const receiver = this.#receiverOf(key, manifest);
    receiver.chunks++;
    return {
      isSame: (stamp) => isSame(receiver, path, stamp),
      [Symbol.dispose]: () => {
        receiver.chunks--;
        if (this.#receivers.get(key) === receiver) this.#touch(key, receiver);
      },
    };
  }

  #receiverOf(key: string, manifest: Manifest): Receiver {
    const { game_id, files } = manifest;
    const game = this.#gameOf(manifest);
    const known = this.#receivers.get(key);
    if (known?.game === game) return this.#touch(key, known);
    this.#forget(key);
    game.receivers++;
    this.#games.set(game_id, game);
    const versions = new Uint32Array(files.length);
    return this.#touch(key, { game_id, game, versions, is_refused: false, chunks: 0, used_ms: 0 });
  }

  #gameOf({ game_id, manifest_hash }: Manifest): ServedGame {
    const known = this.#games.get(game_id);
    return known?.manifest_hash === manifest_hash ? known : { manifest_hash, files: new Map(), receivers: 0 };
  }

  #touch(key: string, receiver: Receiver): Receiver {
    receiver.used_ms = this.#now();
    this.#receivers.delete(key);
    this.#receivers.set(key, receiver);
    return receiver;
  }

  #sweep(): void {
    const idle_since_ms = this.#now() - IDLE_MS;
    for (const [key, { chunks, used_ms }] of this.#receivers) {
      if (chunks > 0) continue;
      if (used_ms > idle_since_ms && this.#receivers.size < MAX_RECEIVERS) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const receiver = this.#receivers.get(key);
    if (!receiver) return;
    this.#receivers.delete(key);
    const { game, game_id } = receiver;
    if (--game.receivers === 0 && this.#games.get(game_id) === game) this.#games.delete(game_id);
  }
}

function isSame(receiver: Receiver, path: ManifestPath, stamp: FileStamp): boolean {
  // Who is refused may still hold the old file open: what it looks like is nothing for others to go by.
  if (receiver.is_refused) return false;
  const { index, version } = seen(receiver.game, path, stamp);
  const known = receiver.versions[index] || version;
  receiver.versions[index] = known;
  receiver.is_refused = known !== version;
  return !receiver.is_refused;
}

function seen({ files }: ServedGame, path: ManifestPath, stamp: FileStamp): FileState {
  const file = files.get(path);
  if (!file) {
    const added = { index: files.size, stamp, version: 1 };
    files.set(path, added);
    return added;
  }
  if (file.stamp !== stamp) Object.assign(file, { stamp, version: file.version + 1 });
  return file;
}

function keyOf(peer_id: PeerId, game_id: GameId): string {
  return `${peer_id}/${game_id}`;
}
