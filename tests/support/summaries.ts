/**
 * Game summaries for tests, as a peer announces them.
 *
 * @module
 */

import fc from "fast-check";
import { GameId, GameVersion, Sha256 } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";

/** A game that others may download, unless `fields` say otherwise. */
export function summary(id: string, fields: Partial<GameSummary> = {}): GameSummary {
  return {
    id: GameId.parse(id),
    name: id,
    version: GameVersion.parse("1.0"),
    size: 10,
    downloaded: true,
    installed: false,
    manifest_hash: Sha256.parse("a".repeat(64)),
    availability: "ready",
    ...fields,
  };
}

/** Small libraries that have much in common, so that each kind of change comes up. Sorted by id. */
export const libraries = fc.array(
  fc.uniqueArray(fc.record({ n: fc.nat(5), size: fc.nat(2) }), { selector: ({ n }) => n }).map((games) =>
    games.toSorted((a, b) => a.n - b.n).map(({ n, size }) => summary(`g${n}`, { size }))
  ),
  { minLength: 1, maxLength: 12 },
);
