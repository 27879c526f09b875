/**
 * Keeps what is known of other libraries equal to them: asks after a handshake, takes pushes, asks again on a gap.
 *
 * @module
 */

import type { Scope } from "../base/scope.ts";
import type { PeerId, Sha256 } from "../proto/ids.ts";
import { libraryDigest } from "../proto/library.ts";
import type { LibraryDelta, LibrarySnapshot, Request } from "../proto/message.ts";
import type { PeerGameDB } from "./peer_db.ts";
import type { LibraryPush } from "./server.ts";

/** What the sync needs of the rest of the peer. */
export interface LibrarySyncOptions {
  db: PeerGameDB;
  scope: Scope;
  ask(
    peer_id: PeerId,
    request: Extract<Request, { type: "get_library" }>,
    signal: AbortSignal,
  ): Promise<LibraryDelta | LibrarySnapshot>;
  /** After what is known of a peer's library changed. */
  onChange(peer_id: PeerId): void;
  /** A library could not be had or told; the next handshake or push tries again. */
  onProblem(peer_id: PeerId, error: unknown): void;
}

/** Before the first library of a peer arrived. */
const UNKNOWN_REV = -1;

/** The libraries of the other peers. */
export class LibrarySync {
  readonly #options: LibrarySyncOptions;
  /** Peers that are asked now; `true`: ask once more when the answer is here. */
  readonly #asking = new Map<PeerId, boolean>();
  /** Peers whose library could not be had. */
  readonly #owed = new Set<PeerId>();

  constructor(options: LibrarySyncOptions) {
    this.#options = options;
  }

  /** A peer told where its library stands: asks where that is not what is known. */
  told(peer_id: PeerId, library_rev: number, library_digest: Sha256): void {
    const { db, onChange } = this.#options;
    const peer = db.get(peer_id);
    if (!peer) return;
    if (peer.library_digest === library_digest) {
      // A handshake that was long on its way may tell an older revision of the same games.
      peer.library_rev = Math.max(peer.library_rev, library_rev);
      return;
    }
    // A revision that is not newer means that the peer counts anew: what is known is no base for a delta.
    if (library_rev <= peer.library_rev) peer.library_rev = UNKNOWN_REV;
    if (peer.library_digest === undefined && library_digest === libraryDigest([])) {
      db.setLibrary(peer_id, library_rev, []);
      return onChange(peer_id);
    }
    this.#ask(peer_id);
  }

  /** Takes what a peer pushed. */
  pushed(peer_id: PeerId, push: LibraryPush): void {
    if (push.type === "library_summary") return this.told(peer_id, push.library_rev, push.library_digest);
    if (this.#apply(peer_id, push) === "gap") this.#ask(peer_id);
  }

  /** Discovery shows a newer revision than is known: the push that should have told it may be lost. */
  hinted(peer_id: PeerId, library_rev: number): void {
    const peer = this.#options.db.get(peer_id);
    if (peer && library_rev > peer.library_rev) this.#ask(peer_id);
  }

  /** It is time to try again what failed. */
  askAgain(): void {
    for (const peer_id of this.#owed) {
      this.#owed.delete(peer_id);
      if (this.#options.db.get(peer_id)) this.#ask(peer_id);
    }
  }

  #ask(peer_id: PeerId): void {
    if (this.#asking.has(peer_id)) return void this.#asking.set(peer_id, true);
    this.#asking.set(peer_id, false);
    this.#options.scope.spawn("library request", (signal) => this.#askUntilQuiet(peer_id, signal));
  }

  async #askUntilQuiet(peer_id: PeerId, signal: AbortSignal): Promise<void> {
    const { onProblem } = this.#options;
    try {
      do {
        this.#asking.set(peer_id, false);
        // What was told meanwhile is asked for also when this question fails.
        await this.#askOnce(peer_id, signal).catch((error) => {
          signal.throwIfAborted();
          this.#owed.add(peer_id);
          onProblem(peer_id, error);
        });
      } while (this.#asking.get(peer_id));
    } finally {
      this.#asking.delete(peer_id);
    }
  }

  async #askOnce(peer_id: PeerId, signal: AbortSignal): Promise<void> {
    const { db, ask } = this.#options;
    const known = db.get(peer_id)?.library_rev ?? UNKNOWN_REV;
    const request = { type: "get_library" as const, ...(known < 0 ? {} : { since_rev: known }) };
    const answer = await ask(peer_id, request, signal);
    if (this.#apply(peer_id, answer) === "gap") {
      this.#apply(peer_id, await ask(peer_id, { type: "get_library" }, signal));
    }
  }

  #apply(peer_id: PeerId, library: LibraryDelta | LibrarySnapshot): "done" | "gap" {
    const { db, onChange } = this.#options;
    if (library.type === "library_delta") {
      const outcome = db.applyDelta(peer_id, library);
      if (outcome === "applied") onChange(peer_id);
      return outcome === "gap" ? "gap" : "done";
    }
    // A late answer must not take back what a push has told since.
    if (library.library_rev < (db.get(peer_id)?.library_rev ?? UNKNOWN_REV)) return "done";
    db.setLibrary(peer_id, library.library_rev, library.games);
    onChange(peer_id);
    return "done";
  }
}
