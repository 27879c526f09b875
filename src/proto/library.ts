/**
 * What a peer tells about its games.
 *
 * @module
 */

import { z } from "zod";
import { digestJson } from "./digest.ts";
import { ByteCount, compareText, DisplayName, GameId, GameVersion, Sha256 } from "./ids.ts";
import { MAX_GAMES } from "./limits.ts";

/** Counts up with every real change of a peer's announced library. */
export const LibraryRev = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** `ready`: others may download it here. `local_only`: it is here, but can't be served as it is. */
export const Availability = z.enum(["ready", "local_only"]);
export type Availability = z.infer<typeof Availability>;

/** One game as a peer announces it. Sizes in bytes, without `local/`. */
export const GameSummary = z.object({
  id: GameId,
  name: DisplayName,
  /** `null` where the game is installed and its version is not known. */
  version: GameVersion.nullable(),
  size: ByteCount,
  downloaded: z.boolean(),
  installed: z.boolean(),
  /** `null` where the game is not downloaded. */
  manifest_hash: Sha256.nullable(),
  availability: Availability,
});
export type GameSummary = z.infer<typeof GameSummary>;

/** A whole library in a list, no id twice. */
export const GameSummaries = z.array(GameSummary).max(MAX_GAMES).superRefine((games, context) => {
  const ids = new Set(games.map((game) => game.id));
  if (ids.size !== games.length) context.addIssue({ code: "custom", message: "a game is listed twice" });
});

/**
 * SHA-256 over the summaries in order of their ids. Equal libraries have equal digests, whatever order they were
 * found in.
 */
export function libraryDigest(games: Iterable<GameSummary>): Sha256 {
  const sorted = [...games].sort((a, b) => compareText(a.id, b.id));
  return digestJson(
    sorted.map((
      g,
    ) => [g.id, g.name, g.version, g.size, g.downloaded, g.installed, g.manifest_hash, g.availability]),
  );
}
