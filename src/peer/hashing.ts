/**
 * Everything that a peer does with hashes of its own files: one hasher for all, the keeper that computes what is
 * missing, and the answers to others.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { GameId } from "../proto/ids.ts";
import { Hasher } from "../watch/hasher.ts";
import type { LibraryIndex } from "../watch/index.ts";
import { HashKeeper } from "./hash_keeper.ts";
import { HashServer } from "./hash_server.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operations } from "./operations.ts";
import type { Service } from "./service.ts";

/** What hashing needs of the rest of the peer. */
export interface HashingOptions {
  clock: Clock;
  index: LibraryIndex;
  library: LocalLibrary;
  operations: Operations;
  /** Whether chunks are sent to somebody now. */
  isServing(): boolean;
  /** The manifest of a game that may be served now. Throws `game_not_found`, `not_transferable`. */
  manifestOf(game_id: GameId): Manifest;
}

/** The parts, wired together. */
export class Hashing implements Disposable {
  readonly hasher = new Hasher();
  readonly keeper: HashKeeper;
  readonly server: HashServer;
  readonly service: Service;

  constructor({ clock, index, library, operations, isServing, manifestOf }: HashingOptions) {
    this.keeper = new HashKeeper({
      clock,
      store: index.hashes,
      library,
      hash: (range, signal) => this.hasher.hash(range, signal, "background"),
      isInMotion: (id) => operations.kindOf(id) !== null,
      isBusy: () => operations.list().length > 0 || isServing(),
    });
    this.server = new HashServer({
      store: index.hashes,
      game_dir: () => library.game_dir,
      manifestOf,
      onStale: (game_id) => this.keeper.scanned([game_id]),
    });
    this.service = {
      name: "hashes",
      policy: "best-effort",
      run: (signal) => this.keeper.run(signal),
    };
  }

  /** Ends the worker. */
  [Symbol.dispose](): void {
    this.hasher[Symbol.dispose]();
  }
}
