/**
 * The last changes of the announced library, so that a peer that was away gets what it missed and not everything.
 *
 * @module
 */

import type { GameId } from "../proto/ids.ts";
import type { GameSummary } from "../proto/library.ts";
import { compareText } from "../proto/ids.ts";
import type { LibraryDiff } from "../watch/diff.ts";

/** Changes that are remembered: many more than a night brings. */
const MAX_STEPS = 4_096;

interface Step {
  from_rev: number;
  to_rev: number;
  diff: LibraryDiff;
}

/** A chain of changes, each beginning where the one before ended. */
export class LibraryHistory {
  #steps: Step[] = [];

  /** Remembers one change. */
  record(from_rev: number, to_rev: number, diff: LibraryDiff): void {
    this.#steps.push({ from_rev, to_rev, diff });
    if (this.#steps.length > MAX_STEPS) this.#steps.shift();
  }

  /** All changes from `rev` to `current` as one, or `undefined` where the chain does not reach back that far. */
  since(rev: number, current: number): LibraryDiff | undefined {
    if (rev === current) return { added: [], updated: [], removed: [] };
    const first = this.#steps.findIndex((step) => step.from_rev === rev);
    // Revision 0 is "nothing yet"; what a peer knows of us is always above it.
    if (first < 0 || rev === 0) return undefined;
    return merge(this.#steps.slice(first).map((step) => step.diff));
  }
}

/** Several changes in a row as one. Where a game left and came back it counts as updated. */
function merge(diffs: readonly LibraryDiff[]): LibraryDiff {
  const was_there = new Map<GameId, boolean>();
  const now = new Map<GameId, GameSummary | null>();
  const note = (id: GameId, game: GameSummary | null, before: boolean) => {
    if (!was_there.has(id)) was_there.set(id, before);
    now.set(id, game);
  };
  for (const { added, updated, removed } of diffs) {
    for (const game of added) note(game.id, game, false);
    for (const game of updated) note(game.id, game, true);
    for (const id of removed) note(id, null, true);
  }
  const ids = [...now.keys()].sort(compareText);
  const present = ids.flatMap((id) => now.get(id) ?? []);
  return {
    added: present.filter(({ id }) => !was_there.get(id)),
    updated: present.filter(({ id }) => was_there.get(id)),
    removed: ids.filter((id) => now.get(id) === null && was_there.get(id)),
  };
}
