/**
 * Tells the others what changed in the own library.
 *
 * Each peer is told in order, one push at a time; changes during a push go out together with the next one. A push that
 * fails is owed and tried again, so that a lost message is not a lost change.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { Scope } from "../base/scope.ts";
import type { PeerId } from "../proto/ids.ts";
import type { LibrarySummary } from "../proto/message.ts";
import type { AnnouncedLibrary } from "./announced_library.ts";
import type { LibraryPush } from "./server.ts";

/** What the pusher needs of the rest of the peer. */
export interface LibraryPushOptions {
  library: Pick<AnnouncedLibrary, "rev" | "digest" | "games" | "since">;
  scope: Scope;
  push(peer_id: PeerId, push: LibraryPush, signal: AbortSignal): Promise<unknown>;
  /** A push failed; it is tried again. */
  onProblem(peer_id: PeerId, error: unknown): void;
}

/** What each peer was told. */
export class LibraryPusher {
  readonly #options: LibraryPushOptions;
  /** The revision that each peer was told last. */
  readonly #told = new Map<PeerId, number>();
  readonly #pushing = new Set<PeerId>();

  constructor(options: LibraryPushOptions) {
    this.#options = options;
  }

  /**
   * A handshake told the peer where the library stood; what changed since then is pushed. What was owed before stays
   * owed: our answer to a hello may be lost, while an older connection goes on.
   */
  introduced(peer_id: PeerId, told_rev: number): void {
    this.#told.set(peer_id, Math.min(told_rev, this.#told.get(peer_id) ?? told_rev));
    this.#push(peer_id);
  }

  /** The peer is gone. */
  forget(peer_id: PeerId): void {
    this.#told.delete(peer_id);
  }

  /** The library changed, or it is time to try again: whoever was not told everything is told. */
  pushAll(): void {
    for (const peer_id of this.#told.keys()) this.#push(peer_id);
  }

  #push(peer_id: PeerId): void {
    if (this.#pushing.has(peer_id) || this.#told.get(peer_id) === this.#options.library.rev) return;
    this.#pushing.add(peer_id);
    this.#options.scope.spawn("library push", async (signal) => {
      try {
        await this.#pushUntilTold(peer_id, signal);
      } catch (error) {
        if (!signal.aborted) this.#options.onProblem(peer_id, error);
      } finally {
        this.#pushing.delete(peer_id);
      }
    });
  }

  async #pushUntilTold(peer_id: PeerId, signal: AbortSignal): Promise<void> {
    const { library } = this.#options;
    for (let told = this.#told.get(peer_id); told !== undefined && told !== library.rev;) {
      const { rev } = library;
      await this.#pushOnce(peer_id, library.since(told), signal);
      // A handshake meanwhile may have told less, and a goodbye has ended it.
      if (this.#told.get(peer_id) === told) this.#told.set(peer_id, rev);
      told = this.#told.get(peer_id);
    }
  }

  async #pushOnce(
    peer_id: PeerId,
    change: ReturnType<AnnouncedLibrary["since"]>,
    signal: AbortSignal,
  ): Promise<void> {
    const { push } = this.#options;
    if (change.type === "library_snapshot") return void await push(peer_id, this.#summary(), signal);
    try {
      await push(peer_id, change, signal);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      await push(peer_id, this.#summary(), signal);
    }
  }

  /** What a push says that is too long to be told in full: the other side asks for it. */
  #summary(): LibrarySummary {
    const { rev, digest, games } = this.#options.library;
    return { type: "library_summary", library_rev: rev, library_digest: digest, game_count: games.length };
  }
}

/** A frame that is too long is refused before anything is sent. */
function isTooLong(error: unknown): boolean {
  return error instanceof LanspreadError && error.code === "invalid_request";
}
