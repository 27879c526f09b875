/**
 * What changed between two libraries. Pure.
 *
 * @module
 */

import { compareText, type GameId } from "../proto/ids.ts";
import { GameSummary } from "../proto/library.ts";

/** The change from one library to another, each list sorted by id. */
export interface LibraryDiff {
  readonly added: GameSummary[];
  /** As they are now. */
  readonly updated: GameSummary[];
  readonly removed: GameId[];
}

/** Compares two libraries by id, in whatever order they are. All lists are empty when they are equal. */
export function diffLibraries(before: readonly GameSummary[], after: readonly GameSummary[]): LibraryDiff {
  const old = new Map(before.map((game) => [game.id, game]));
  const now = new Set(after.map((game) => game.id));
  const known = after.filter((game) => old.has(game.id));
  return {
    added: after.filter((game) => !old.has(game.id)).sort(byId),
    updated: known.filter((game) => !sameSummary(game, old.get(game.id))).sort(byId),
    removed: before.map((game) => game.id).filter((id) => !now.has(id)).sort(compareText),
  };
}

/** Whether nothing changed. */
export function isEmptyDiff(diff: LibraryDiff): boolean {
  return diff.added.length + diff.updated.length + diff.removed.length === 0;
}

// The schema knows every field, so a new one can't be forgotten here.
const FIELDS = GameSummary.keyof().options;

function sameSummary(a: GameSummary, b: GameSummary | undefined): boolean {
  return b !== undefined && FIELDS.every((field) => a[field] === b[field]);
}

function byId(a: GameSummary, b: GameSummary): number {
  return compareText(a.id, b.id);
}
