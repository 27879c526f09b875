/**
 * The library as the others are told it: which games, under which revision, and what changed since when. No I/O but the
 * revision's own store.
 *
 * @module
 */

import type { Sha256 } from "../proto/ids.ts";
import { type GameSummary, libraryDigest } from "../proto/library.ts";
import type { LibraryDelta, LibrarySnapshot } from "../proto/message.ts";
import { diffLibraries, isEmptyDiff, type LibraryDiff } from "../watch/diff.ts";
import { LibraryHistory } from "./library_history.ts";

/** Gives the revision of a library: the current one while the digest stays, otherwise the next one. */
export type RevisionOf = (digest: Sha256) => number;

/** One peer's announced games over time. */
export class AnnouncedLibrary {
  readonly #revisionOf: RevisionOf;
  readonly #history = new LibraryHistory();
  #games: readonly GameSummary[] = [];
  #digest: Sha256 = libraryDigest([]);
  #rev = 0;

  constructor(revisionOf: RevisionOf) {
    this.#revisionOf = revisionOf;
  }

  /** 0 before the first update. */
  get rev(): number {
    return this.#rev;
  }

  get digest(): Sha256 {
    return this.#digest;
  }

  /** In the order they were given. */
  get games(): readonly GameSummary[] {
    return this.#games;
  }

  /** Takes the games as they are now; gives the change where there is one. The first update is none. */
  update(games: readonly GameSummary[]): LibraryDelta | undefined {
    const diff = diffLibraries(this.#games, games);
    const from_rev = this.#rev;
    if (from_rev > 0 && isEmptyDiff(diff)) return undefined;
    const digest = libraryDigest(games);
    // Where the revision can't be stored nothing has changed: the next update tries again.
    this.#rev = this.#revisionOf(digest);
    this.#digest = digest;
    this.#games = games;
    if (from_rev === 0) return undefined;
    this.#history.record(from_rev, this.#rev, diff);
    return deltaMessage(from_rev, this.#rev, diff);
  }

  /** What changed since `rev`, or everything where that is not known any more. */
  since(rev: number | undefined): LibraryDelta | LibrarySnapshot {
    const diff = rev === undefined ? undefined : this.#history.since(rev, this.#rev);
    if (rev !== undefined && diff) return deltaMessage(rev, this.#rev, diff);
    return { type: "library_snapshot", library_rev: this.#rev, games: [...this.#games] };
  }
}

function deltaMessage(from_rev: number, to_rev: number, diff: LibraryDiff): LibraryDelta {
  return { type: "library_delta", from_rev, to_rev, ...diff };
}
